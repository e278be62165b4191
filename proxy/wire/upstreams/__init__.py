"""The model providers behind the proxy: which one is asked, how, and what is done where one fails."""
