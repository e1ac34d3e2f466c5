"""Models of the API's objects: frozen, typed, and tolerant of missing and invalid members."""
