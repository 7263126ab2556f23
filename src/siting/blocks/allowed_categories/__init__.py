"""Constraint: only categories that the site or the model allows."""
