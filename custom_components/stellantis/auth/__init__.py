"""Sign-in: OAuth, client certificates, and the forms that ask for them."""
