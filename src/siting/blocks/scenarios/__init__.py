"""Objective: most residents covered under several scenarios, expected or in the worst."""
