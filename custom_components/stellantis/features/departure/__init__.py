"""Ready by departure: charges a car as cheaply as possible until a departure, and warms it up for it."""
