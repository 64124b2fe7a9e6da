"""Refreshing only what can have changed since the last run."""
