"""Checks that run after all other tests."""
