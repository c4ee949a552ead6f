"""Does the engine mean what it says: simulation-based calibration of every shipped model."""
