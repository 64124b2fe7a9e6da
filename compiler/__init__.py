"""Syntax tree to typed plan, and plan to SQL or Python: pure, no files, clocks or databases."""
