"""A candidate on live traffic: opened as the policies say, for some customers, or on copies that nobody sees."""
