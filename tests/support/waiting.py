"""Waiting for what comes true a little later."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(condition: Callable[[], T], limit_s: float = 15) -> T:
    """What the condition says once it is true; the test fails where it is not in time."""
    ends = time.monotonic() + limit_s
    while not (said := condition()):
        assert time.monotonic() < ends, "it did not come true in time"
        time.sleep(0.02)
    return said
