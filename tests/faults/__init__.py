"""Faults at each moment of an entry's life: what is shown, logged and told, and how it recovers."""
