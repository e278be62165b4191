"""Where the pages of cases are."""

from __future__ import annotations

from proxy.wire.doorkeeper import CONSOLE

CASES = f"{CONSOLE}/cases"


def case_address(ref: str) -> str:
    return f"{CASES}/{ref}"
