"""A simulator of the Stellantis platform: its API and OAuth, with cars that drive and charge."""

from .app import Simulator
from .background import BackgroundSimulator, ControlError
from .config import Client, SimulatorConfig

__all__ = ["BackgroundSimulator", "Client", "ControlError", "Simulator", "SimulatorConfig"]
