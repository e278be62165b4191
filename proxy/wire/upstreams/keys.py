"""An upstream's key, from where the settings say that it is. It is never shown, and never in an error."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol

import structlog

from proxy.wire.upstreams.options import KeyPlace

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 1.0


class KeyMissing(Exception):
    """There is no key where the settings say that there is one."""


class Key(Protocol):
    def value(self) -> str:
        """The key as it is now."""


class FixedKey:
    """A key that is what it was at the start."""

    def __init__(self, value: str) -> None:
        self._value = value

    def value(self) -> str:
        return self._value


class FileKey:
    """A key in a file that is looked at once a second: a new one counts without a restart.

    Where the file cannot be read any more, or is empty, the last key stays in force, and the log says so once.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._stamp = _stamp(path)
        self._value = _read(path)
        self._looked_at = clock()

    def value(self) -> str:
        now = self._clock()
        if now - self._looked_at >= LOOK_EVERY_S:
            self._looked_at = now
            self._look()
        return self._value

    def _look(self) -> None:
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._value = _read(self._path)
            log.info("a provider's key was read anew", file=str(self._path))
        except KeyMissing as error:
            log.error("a provider's key cannot be read; the last one stays in force", why=str(error))


def open_key(place: KeyPlace) -> Key:
    """Raises KeyMissing."""
    if place.file is not None:
        return FileKey(place.file)
    value = os.environ.get(place.env or "", "").strip()
    if not value:
        raise KeyMissing(f'the environment variable "{place.env}" is not set')
    return FixedKey(_usable(value, f'the environment variable "{place.env}"'))


def key_now(place: KeyPlace | Literal["client"] | None) -> str | None:
    """The key, where there is one that is ours."""
    if not isinstance(place, KeyPlace):
        return None
    try:
        return open_key(place).value()
    except KeyMissing:
        return None


def _read(path: Path) -> str:
    try:
        value = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise KeyMissing(f"{path}: cannot be read: {getattr(error, 'strerror', None) or 'no text'}") from None
    if not value:
        raise KeyMissing(f"{path}: is empty; it must hold the key")
    return _usable(value, str(path))


def _usable(value: str, where: str) -> str:
    """A header is one line of ASCII."""
    if not (value.isascii() and value.isprintable()):
        raise KeyMissing(f"{where}: holds what cannot be a key: it must be one line of ASCII")
    return value


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes with the file's content; a mounted secret is replaced, not written to."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
