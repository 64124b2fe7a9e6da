"""The plan as Python functions."""
