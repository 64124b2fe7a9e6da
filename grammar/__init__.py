"""Text to syntax tree and back: the lowest layer, which knows no types, catalog or database."""
