"""Notifications from the platform: the callback, the webhook, and when push is relied on."""
