"""Tells when a source may have changed: file events for a folder, polling for a git revision."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import watchfiles

from proxy.corpus.sources import FolderSource, Source

# A copy or a deployment writes several files, and they should count together: wait for a pause, but not for long.
PAUSE_MS = 200
LONGEST_WAIT_MS = 1000
POLL_S = 1.0


async def changes(source: Source) -> AsyncGenerator[bool]:
    """Yields about once a second, and at once after file events: True where something did change.

    False means that nothing was noticed, which is no proof: some file systems send no events, and what happened before
    the watch began is not noticed either. The caller looks for itself now and then.
    """
    if not isinstance(source, FolderSource):
        while True:
            yield False
            await asyncio.sleep(POLL_S)
    while True:
        place = _place(source.folder)
        if place is None:
            yield False
            await asyncio.sleep(POLL_S)
            continue
        yield True  # the folder may have changed before, or may just have come back
        async with aclosing(_events(place[0])) as noticed:
            async for certain in noticed:
                yield certain
                if _place(source.folder) != place:
                    break


async def _events(folder: Path) -> AsyncGenerator[bool]:
    """The first is always certain: what happened just before the watch began has sent no event."""
    timeout_ms = int(POLL_S * 1000)
    watch = watchfiles.awatch(
        folder, debounce=LONGEST_WAIT_MS, step=PAUSE_MS, rust_timeout=timeout_ms, yield_on_timeout=True
    )
    first = True
    try:
        async for events in watch:
            yield first or bool(events)
            first = False
    except FileNotFoundError:  # it went away just now
        return


def _place(folder: Path) -> tuple[Path, int] | None:
    """The folder as it is now: a link may point elsewhere, or the folder be replaced by a new one of the same name."""
    try:
        resolved = folder.resolve(strict=True)
        return (resolved, resolved.stat().st_ino) if resolved.is_dir() else None
    except OSError:
        return None
