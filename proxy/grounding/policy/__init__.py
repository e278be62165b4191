"""Whether policy passages bear out a claim: alignment, polarity, conflicts, and a calibrated probability."""
