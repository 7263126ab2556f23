"""Constraint: at least a share of a group is covered."""
