"""The CXAI Proxy: every claim of a chatbot's answer is grounded in official policy before it is delivered."""
