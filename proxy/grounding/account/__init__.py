"""Whether tool results bear out what is said about this customer."""
