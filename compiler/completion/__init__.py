"""What fits at a place that is being typed."""
