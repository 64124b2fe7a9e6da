"""Who is in which stage of a lifecycle: kept beside memberships, moved on by runs."""
