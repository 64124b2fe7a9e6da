"""Coverage of the rules by their tests, as a table, pages, and files for other tools."""
