"""The lint rules, one to a file; `registry.py` lists them."""
