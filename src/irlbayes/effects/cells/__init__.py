"""What effect measures share: cells in, effects and variances out."""
