"""Constraint: offers that are out."""
