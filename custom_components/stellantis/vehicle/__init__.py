"""A car as plain values, without I/O or Home Assistant objects."""
