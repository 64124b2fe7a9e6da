"""Segue in a dbt project: its tables as a catalog, and rules as models of it."""
