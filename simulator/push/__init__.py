"""Callbacks, monitors, and the notifications posted to webhooks."""
