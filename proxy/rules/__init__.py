"""Routes, modes and thresholds from ``policies/*.yaml``, validated and hot reloaded."""
