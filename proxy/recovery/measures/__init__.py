"""The measures of recovery: each with its definition, its n and its interval, over columns of failures."""
