"""What is looked at when all other tests have run."""
