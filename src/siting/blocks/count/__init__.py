"""Constraint: how many offers are chosen."""
