"""The page *Rules*: what is live and how often it fires; rules are tried, and urgent ones proposed and approved."""
