"""Constraint: at least so many places that lack none of the required categories."""
