"""Controlled edits of policy sentences: rewordings that keep a sentence true, and single changes that do not."""
