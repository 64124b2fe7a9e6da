"""Names, types and units: from syntax tree to plan."""
