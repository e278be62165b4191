"""The pages *Answers*: everything that passed is searched, and each answer is opened as the path of its decision."""
