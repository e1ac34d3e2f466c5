"""The objects of the API: frozen, typed, and forgiving in what they are made from."""
