"""Tests of charging until a departure."""
