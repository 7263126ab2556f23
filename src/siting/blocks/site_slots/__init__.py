"""Constraint: a site takes at most as many added categories as it has slots."""
