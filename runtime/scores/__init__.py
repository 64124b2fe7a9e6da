"""Scores at work: trained, judged, kept as files, and computed for everybody."""
