"""Members, entries and exits out of a warehouse, as files for another tool."""
