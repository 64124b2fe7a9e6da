"""Who is in which segment: kept in the warehouse, refreshed by runs, with its history."""
