"""A published meta-analysis as a starting point, and the studies since."""
