"""Remote actions: what can be sent to a car, and how it is carried out."""
