"""What tells the members of a segment from everybody."""
