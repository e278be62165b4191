"""Tools for policy owners: what is wrong or doubtful in the documents, what changed in them, what they leave unanswered."""
