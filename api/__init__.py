"""Segue: customer segments and lifecycles as text, compiled to warehouse SQL and to Python."""
