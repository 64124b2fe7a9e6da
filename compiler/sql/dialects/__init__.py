"""One file per warehouse, holding only what differs."""
