"""Sign-in: OAuth, client certificates, and the schemas of their forms."""
