"""A table in a file, read again when it has changed, beside the answers: until it is read, the one before answers.

What it says was true when the file was last written, where no column says since when.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from pathlib import Path

from proxy.context.sources.file_table import FileTable, read_table
from proxy.context.sources.source import Asked, Found, SourceError, Surroundings
from proxy.context.sources.threads import Threads
from proxy.rules.context_options import FileOptions, Origin, SourceOptions

Stamp = tuple[int, int]  # when it was written, in nanoseconds, and its size

# How long a request waits for a changed file. A large one takes longer; what the table before says is as old as it was.
PATIENCE_S = 0.05


class FileSource:
    """Keeps the declared facts of all the file's customers in memory, and nothing else of the file."""

    def __init__(self, path: Path, options: FileOptions, origins: Mapping[str, Origin]) -> None:
        self._path = path
        self._options = options
        self._origins = origins
        self._threads = Threads(options.name)
        self._reader = ThreadPoolExecutor(1, thread_name_prefix=f"context-{options.name}-file")
        self._lock = threading.Lock()
        self._read: tuple[Stamp, FileTable] | None = None
        self._reading: Future[None] | None = None

    async def read(self, asked: Asked) -> Mapping[str, Found]:
        return await self._threads.run(lambda: self._of(asked.customer_id))

    async def close(self) -> None:
        self._threads.close()
        self._reader.shutdown(wait=False, cancel_futures=True)

    def _of(self, customer_id: str) -> Mapping[str, Found]:
        try:
            self._read_what_changed()
        except OSError as error:
            raise SourceError(f"cannot be read: {error.strerror or type(error).__name__}") from None
        with self._lock:  # a table that is let go is nobody's any more
            assert self._read is not None
            return self._read[1].of(customer_id)

    def _read_what_changed(self) -> None:
        """Raises OSError, and SourceError where the file is not as it is declared."""
        stamp = self._stamp()
        with self._lock:
            is_first = self._read is None
            if self._read is not None and self._read[0] == stamp:
                return
            if self._reading is None or self._reading.done():
                self._reading = self._reader.submit(self._read_again)
            reading = self._reading
        wait([reading], timeout=None if is_first else PATIENCE_S)
        if reading.done():
            reading.result()

    def _read_again(self) -> None:
        stamp = self._stamp()
        written_at = datetime.fromtimestamp(stamp[0] / 1e9, UTC)
        table = read_table(self._path, self._options, self._origins, written_at)
        with self._lock:
            before, self._read = self._read, (stamp, table)
        if before is not None:
            self._reader.submit(before[1].let_go)

    def _stamp(self) -> Stamp:
        status = self._path.stat()
        return status.st_mtime_ns, status.st_size


def open_file(
    options: SourceOptions, origins: Mapping[str, Origin], surroundings: Surroundings
) -> FileSource:
    assert isinstance(options, FileOptions)
    return FileSource((surroundings.folder or Path()) / options.path, options, origins)
