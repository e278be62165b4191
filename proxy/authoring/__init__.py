"""Tools for policy owners: what is wrong or doubtful in the documents, and their own cases tried against them."""
