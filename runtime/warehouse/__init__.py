"""Connections to warehouses: what the engines do differently outside of a query."""
