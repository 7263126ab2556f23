"""Constraint: the floor area of what is added at a site is at most that of the site."""
