"""A car as plain values: no I/O, no Home Assistant objects."""
