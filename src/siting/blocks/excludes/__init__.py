"""Constraint: of some offers, or of two categories at one site, at most one."""
