"""Tests of the battery passport."""
