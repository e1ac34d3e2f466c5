"""Triggers and conditions for automations, for what no device class says; trigger.py and condition.py list them."""
