"""Recall: whom did we tell this? Past answers found by what they mean, judged again, and put right."""
