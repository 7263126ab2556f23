"""Constraint: offers that are decided."""
