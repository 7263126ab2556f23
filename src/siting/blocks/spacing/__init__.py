"""Constraint: no two outlets of a category nearer to each other than so many metres."""
