"""The commands of ``cxai``, one file a group. What is slow to import is imported where it is used."""
