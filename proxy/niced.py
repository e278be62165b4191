"""``cxai`` commands in processes of their own, with less right to the processor than answers have.

What is slow, or reads libraries that serving may not read, is done so: nothing is worked out twice, in two ways.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

PRELUDE = "import os; os.nice(10); from proxy.cli import main"  # with which a child's program begins
ENDS_WITHIN_S = 5.0  # once it is killed; a child of its own may hold its pipes for longer


class Ran(NamedTuple):
    """What a command came to: its exit status, and what it wrote."""

    status: int
    out: str
    err: str


def environment_with(database_url: str) -> dict[str, str]:
    """A child's environment. The address of the ledger may hold a password, which arguments would show."""
    return {**os.environ, "CXAI_DATABASE_URL": database_url, "CXAI_LOG_LEVEL": "error"}


async def run_niced(arguments: Sequence[str], database_url: str, within_s: float | None = None) -> Ran:
    """Run one command; it ends with whoever waits for it. Raises TimeoutError where it takes longer."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", f"{PRELUDE}; main()", *arguments),
        env=environment_with(database_url),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(child.communicate(), within_s)
    except BaseException:
        with suppress(ProcessLookupError):
            child.kill()
        with suppress(TimeoutError):  # a loop that is closed before its pipes are would leave them open
            await asyncio.wait_for(child.communicate(), ENDS_WITHIN_S)
        raise
    assert child.returncode is not None
    return Ran(child.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))
