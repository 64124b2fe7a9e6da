"""What runs have written down: of one entity, of a segment, of a lifecycle, of all runs."""
