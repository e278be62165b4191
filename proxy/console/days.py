"""For how many days back a page tells its numbers: ``?days=30``, of those that the page offers."""

from __future__ import annotations

from collections.abc import Sequence

from proxy.console.errors import Problem
from proxy.console.frame import Asking


def days_asked(request: Asking, offered: Sequence[int], usual: int) -> int:
    """Raises Problem."""
    asked = request.query_params.get("days", str(usual))
    if asked not in map(str, offered):
        raise Problem("That cannot be asked for", f"days is one of {', '.join(map(str, offered))}.")
    return int(asked)
