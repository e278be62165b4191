"""Answers that people review, and what they say of them and of the policy texts behind them."""
