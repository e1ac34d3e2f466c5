"""Real processes: Home Assistant and the simulator, as a person has them."""
