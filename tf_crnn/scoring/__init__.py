"""Errors counted in all the ways that a report tells, and how far a model knows of them."""
