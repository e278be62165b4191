"""The drill: faults are injected into a running proxy, and what a customer gets is held against what is promised."""
