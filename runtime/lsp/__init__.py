"""The language server: what `segue check` knows, while somebody types."""
