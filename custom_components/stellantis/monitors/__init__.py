"""Monitors on the platform: the integration's own and the user's."""
