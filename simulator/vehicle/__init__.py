"""Simulated cars: their models, state, schedule, routines and history."""
