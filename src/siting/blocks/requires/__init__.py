"""Constraint: an offer of one category needs one of another at its site or near it."""
