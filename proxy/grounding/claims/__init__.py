"""What a segment claims: policy, a fact about this customer, or nothing that can be checked."""
