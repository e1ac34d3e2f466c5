"""The authorization server: clients, consent, grants and tokens."""
