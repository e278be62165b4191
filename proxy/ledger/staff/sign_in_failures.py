"""Failed sign-ins by account, counted for all workers together; what is older than an hour is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from proxy.ledger.schema.people import sign_in_failures
from proxy.ledger.writer import Submit, lock_named

FORGOTTEN = timedelta(hours=1)
_LOCK = lock_named("sign-in failures")


class SignInFailures:
    """``account`` is a digest of what was typed. Both methods raise LedgerError."""

    def __init__(self, submit: Submit) -> None:
        self._submit = submit

    def count(self, account: str, now: datetime, wait_after: Callable[[int], timedelta]) -> timedelta:
        """Count one more; how long to wait instead, where the last one's wait has not ended.

        ``wait_after`` says how long the next one waits after so many failures.
        """

        def write(connection: Connection) -> timedelta:
            connection.execute(delete(sign_in_failures).where(sign_in_failures.c.last_at < now - FORGOTTEN))
            own = sign_in_failures.c.account == account
            known = connection.execute(select(sign_in_failures).where(own)).first()
            if known is not None and known.last_at <= now < known.free_at:
                left: timedelta = known.free_at - now
                return left
            failures = 1 if known is None else known.failures + 1
            row = {"failures": failures, "last_at": now, "free_at": now + wait_after(failures)}
            connection.execute(delete(sign_in_failures).where(own))
            connection.execute(insert(sign_in_failures), {"account": account, **row})
            return timedelta()

        return self._submit(write, lock=_LOCK).result()

    def forget(self, account: str) -> None:
        def write(connection: Connection) -> None:
            connection.execute(delete(sign_in_failures).where(sign_in_failures.c.account == account))

        self._submit(write, lock=_LOCK).result()
