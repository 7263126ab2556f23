"""Constraint: a category is added at most once at a site."""
