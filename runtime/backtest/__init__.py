"""Rules over past dates: how large they would have been, and who would have moved."""
