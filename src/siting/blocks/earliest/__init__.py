"""Constraint: offers that cannot be built before a year."""
