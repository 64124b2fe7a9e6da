"""Two versions of a project: where they come from, how many people differ, and the report."""
