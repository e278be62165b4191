"""Exchanges that say nothing checkable: they make a conversation longer, and change nothing of what is true in it."""

from __future__ import annotations

EXCHANGES = (
    ("Hi there!", "Hello! How can I help you today?"),
    ("One moment, I have to look for my papers.", "Of course, take your time."),
    ("Are you still there?", "I'm here to help."),
    ("Sorry, my connection is bad here.", "Thank you for your patience."),
    ("I am on the train, so I may be slow to answer.", "Thank you for letting me know."),
    ("ok", "How else can I help you?"),
    ("Wait, somebody is at my door.", "Of course, take your time."),
    ("I am back.", "Welcome back!"),
)
ANSWERS = frozenset(answer for _, answer in EXCHANGES)
