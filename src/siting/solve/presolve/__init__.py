"""Lossless reductions of a program, each with its inverse."""
