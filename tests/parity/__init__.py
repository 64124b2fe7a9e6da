"""The proof that every backend gives the same members, values and scores."""
