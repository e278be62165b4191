"""The dialects that clients and providers speak. To add one, see dialect.py."""
