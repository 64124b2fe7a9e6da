"""Scores in SQL: a trained model as steps of a query."""
