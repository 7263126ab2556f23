"""Constraint: an offer only where so many people are within reach of it."""
