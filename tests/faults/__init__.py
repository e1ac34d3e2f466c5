"""Faults at each moment of an entry's life: what is shown, logged and reported, and how it recovers."""
