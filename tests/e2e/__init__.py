"""End-to-end tests with Home Assistant and the simulator as real processes."""
