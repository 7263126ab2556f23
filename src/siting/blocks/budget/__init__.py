"""Constraint: money stays within limits."""
