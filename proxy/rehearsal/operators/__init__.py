"""Production operators: what production does to conversations that a curated test has not; a file for each."""
