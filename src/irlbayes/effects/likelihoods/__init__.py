"""Likelihoods that report kinds share: the exact ones, their fits, and their PyTensor terms."""
