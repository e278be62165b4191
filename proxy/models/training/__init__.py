"""How the shipped models are made: labelled rows, training, export, fitting. Serving imports nothing of it."""
