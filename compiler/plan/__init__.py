"""The typed expression graph and what is known about it."""
