"""OpenAI in and out: routes, SSE, errors, the upstream client."""
