"""In and out: doors, dialects, errors, the upstream client."""
