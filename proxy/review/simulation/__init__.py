"""Review under load, simulated: people who tire and hurry, our design, and a plain queue."""
