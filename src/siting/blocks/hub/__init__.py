"""Constraint: a site that is used has at least so many functions."""
