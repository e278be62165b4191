"""The demo: a provider that plays recorded chatbot answers, and the conversations of its table."""
