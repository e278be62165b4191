"""What a handler raises for people to read; ``errors.py`` makes a page of it, or a part of one."""

from __future__ import annotations


class Problem(Exception):
    """What a handler raises for people to read: what was wrong, and what to do. It changes nothing."""

    def __init__(self, title: str, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.title = title
        self.text = text
        self.status = status
