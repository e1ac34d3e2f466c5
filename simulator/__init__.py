"""The platform on your desk: the same API and the same OAuth, with cars that drive and charge."""

from .app import Simulator
from .config import Client, SimulatorConfig

__all__ = ["Client", "Simulator", "SimulatorConfig"]
