"""The stored history of cars, and the data that is derived from it."""
