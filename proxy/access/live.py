"""The keys as they are now, in memory: a request costs no query, and a change is in force within two seconds."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from proxy.access.keys import digest_of, prefix_in
from proxy.ledger.records import ApiKey
from proxy.ledger.staff.api_keys import KeyTable
from proxy.threads import in_thread

log = structlog.get_logger(__name__)

READ_EVERY_S = 1.0
# Everything is read anew that often: a restored backup counts its revisions from an earlier one on.
READ_ALL_EVERY = 60
NOTE_USE_EVERY = 60
# While the database cannot be read nobody can be told that a key was revoked, so what was last read counts no longer.
TRUSTED_S = 300.0
_NO_DIGEST = digest_of("")


class KeyRefused(Exception):
    """A key that opens nothing. ``expired_at`` is there for who holds the whole key; others learn nothing of it."""

    def __init__(self, expired_at: datetime | None = None) -> None:
        super().__init__("the key has expired" if expired_at else "no such key")
        self.expired_at = expired_at


class KeysUnreadable(Exception):
    """The keys have not been read for too long."""


class LiveKeys:
    """All keys by prefix. ``load`` reads them at the start, ``run`` keeps them up to date.

    ``required`` is the setting ``require_keys``; None stands for "as soon as there has been a key".
    """

    def __init__(
        self, table: KeyTable, required: bool | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._table = table
        self._required = required
        self._clock = clock
        self._keys: dict[str, ApiKey] = {}
        self._seen = 0
        self._reads = 0
        self._read_at = clock()
        self._last_use: dict[str, datetime] = {}

    @property
    def required(self) -> bool:
        """Whether a request needs a key. Revoking the last one does not open the door again."""
        return bool(self._keys) if self._required is None else self._required

    @property
    def waived(self) -> bool:
        """Whether the operator chose that nobody needs a key, wherever a request comes from."""
        return self._required is False

    def load(self) -> None:
        """Read what has changed. Raises LedgerError."""
        everything = self._reads % READ_ALL_EVERY == 0
        changed = {key.prefix: key for key in self._table.changed_since(0 if everything else self._seen)}
        self._reads += 1
        if changed or everything:
            self._keys = changed if everything else {**self._keys, **changed}
            self._seen = max((key.revision for key in self._keys.values()), default=0)
        self._read_at = self._clock()

    def find(self, text: str) -> ApiKey:
        """The key that a text is. Raises KeyRefused, or KeysUnreadable.

        An unknown prefix takes the same steps as a wrong secret, and a revoked key looks like either.
        """
        if self._clock() - self._read_at > TRUSTED_S:
            raise KeysUnreadable
        key = self._keys.get(prefix_in(text) or "")
        is_right = hmac.compare_digest(digest_of(text), key.digest if key else _NO_DIGEST)
        if key is None or not is_right or key.revoked_at is not None:
            raise KeyRefused
        now = datetime.now(UTC)
        if key.expires_at is not None and now >= key.expires_at:
            raise KeyRefused(expired_at=key.expires_at)
        self._last_use[key.prefix] = now
        return key

    async def run(self) -> None:
        """Read on and note uses, until cancelled. What goes wrong is logged once for as long as it lasts."""
        is_away, rounds = False, 0
        while True:
            await asyncio.sleep(READ_EVERY_S)
            rounds += 1
            try:
                await in_thread(self.load)
                if rounds % NOTE_USE_EVERY == 0:
                    await self.note_uses()
                is_away = False
            except Exception as error:  # whatever it is, a worker that looks no more would shut everybody out
                if not is_away:
                    log.error("API keys not read; those last read count for now", error=str(error))
                is_away = True

    async def note_uses(self) -> None:
        """Write down when keys were last used, to the minute. Raises LedgerError."""
        used, self._last_use = self._last_use, {}
        if used:
            await in_thread(self._table.used, used)
