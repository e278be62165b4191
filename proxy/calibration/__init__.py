"""Fitting and measuring a verifier's confidence on a company's own labels. Offline: needs the `calibrate` extra."""
