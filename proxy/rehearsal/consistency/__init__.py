"""The same question in other words and by another channel: does the same come of it?"""
