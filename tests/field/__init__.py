"""Cases from the field: what drivers reported, in our own numbers."""
