"""What is done about a verdict: rewrite with the policy's own words, or hand over to a person."""
