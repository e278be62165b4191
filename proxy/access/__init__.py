"""Who may ask: API keys, what each may do and how often, tenants, and the locks on the door (TLS, limits)."""
