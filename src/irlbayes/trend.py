"""One published result, answered alone: what a single interval says."""
