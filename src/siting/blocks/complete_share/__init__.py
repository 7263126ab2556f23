"""Constraint: at least a share of people who have every required category."""
