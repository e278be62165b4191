"""People who sign in and keys that open the proxy, and what was done about either."""
