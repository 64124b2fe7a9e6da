"""Lifecycles as pictures."""
