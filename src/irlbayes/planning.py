"""What the next study would show: the probability that it settles a question, and the size that does."""
