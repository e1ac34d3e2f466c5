"""What is stored of cars across restarts, and what is derived from it."""
