"""Scores: what a trained model is, what it is trained on, and how it becomes SQL and Python."""
