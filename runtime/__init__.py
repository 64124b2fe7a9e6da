"""Everything that touches the world: files, databases, clocks and the command line."""
