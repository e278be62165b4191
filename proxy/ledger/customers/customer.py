"""What the ledger knows of one customer, over all channels: what happened, what was promised; and how it is erased.

    ledger.customers.report([Contact(...)])
    ledger.customers.timeline("default", "c-4711")

All methods raise LedgerError; those that write return once it is durable.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from proxy.ledger.clock import Clock, utc_now
from proxy.ledger.customers import contacts, erasing, promises, returned, timeline
from proxy.ledger.database import Read
from proxy.ledger.desk import cases
from proxy.ledger.records import Contact, PromiseRecord, TimelineEntry
from proxy.ledger.rows import contact_row, record_of, storable
from proxy.ledger.texts import StoreText
from proxy.ledger.writer import Submit, lock_named


class CustomerRecords:
    """Made by ``Ledger.customers``. A customer is one of a tenant's: the same id at another tenant is somebody else."""

    def __init__(self, read: Read, submit: Submit, level: StoreText, now: Clock = utc_now) -> None:
        self._read = read
        self._submit = submit
        self._level = level
        self._now = now

    def report(self, reports: Sequence[Contact]) -> list[bool]:
        """Make contacts of one tenant durable, all or none; which of them are new.

        A contact with a case's reference may change its status. Where people hold a matter, answers that automation
        gave in spite of it are noted. Raises KeyTaken for a key that has another contact, and UnknownReference.
        """
        told = [Contact(**contact_row(one)) for one in reports]

        def write(connection: Connection) -> list[bool]:
            added = [contacts.add(connection, one, self._level) for one in told]
            new = [contact for contact, is_new in zip(told, added, strict=True) if is_new]
            for contact in new:
                cases.change_told(connection, contact)
            held = {(one.tenant, one.customer_id) for one in new if one.kind in contacts.OF_STATUS}
            for tenant, customer_id in sorted(held):
                returned.settle(connection, tenant, customer_id, self._now(), self._level)
            return added

        return self._submit(write, lock=_lock({one.tenant for one in told})).result()

    def note_returned(self, tenant: str, customer_id: str, since: datetime) -> int:
        """Note answers about the account that automation gave after ``since``, when people took over; how many are new.

        For what a fact of the context tells; what contacts tell is noted as they come. Without any such answer nothing
        is written.
        """
        customer_id = storable(customer_id)
        answers = self._read(returned.answers_query(tenant, customer_id, since))
        if not any(returned.is_about_account(answer.request) for answer in answers):
            return 0

        def write(connection: Connection) -> int:
            now = self._now()
            return returned.note_since(connection, tenant, customer_id, since, now, self._level)

        return self._submit(write, lock=_lock({tenant})).result()

    def note_promises(self, tenant: str, customer_id: str, happened: Sequence[promises.Happened]) -> int:
        """Note which promises were kept or broken by what facts of the context say; how many are new.

        Where a fact settles none of which nobody has told, nothing is written.
        """
        made = promises.made_query(tenant, storable(customer_id))
        read = self._read(made)
        if not any(promises.meant(one, read) for one in happened):
            return 0

        def write(connection: Connection) -> int:
            noted = 0
            for one in happened:
                promise = promises.meant(one, connection.execute(made).all())
                if promise is not None:
                    noted += promises.note(connection, promise, one, self._now(), self._level)
            return noted

        return self._submit(write, lock=_lock({tenant})).result()

    def timeline(
        self, tenant: str, customer_id: str, *, after: timeline.Place | None = None, limit: int = 50
    ) -> list[TimelineEntry]:
        """What happened to a customer, the newest first; of a long one what follows ``after``."""
        own, now = storable(customer_id), self._now()
        after = after and after._replace(id=storable(after.id))
        return timeline.page(self._read, tenant, own, now=now, after=after, limit=limit)

    def promises(
        self,
        *,
        customer_id: str | None = None,
        tenant: str | None = None,
        state: str | None = None,
        since: datetime | None = None,
        limit: int = 100,
    ) -> list[PromiseRecord]:
        """Promises, the newest first; of state ``unknown`` are those that are due and nobody has told of."""
        query = promises.query(
            now=self._now(),
            customer_id=storable(customer_id),
            tenant=tenant,
            state=state,
            since=since,
            limit=limit,
        )
        return [record_of(PromiseRecord, row) for row in self._read(query)]

    def kept(self, tenant: str, customer_id: str) -> dict[str, int]:
        """How many rows name a customer, by what they are: what ``erase`` would remove."""
        return dict(self._read(erasing.kept_query(tenant, storable(customer_id)))[0]._mapping)

    def erase(self, tenant: str, customer_id: str) -> None:
        """Remove all that names a customer. Of answers a blank row stays, for what reports count."""
        erasure = erasing.erasure(tenant, storable(customer_id))
        while self._submit(erasure, lock=_lock({tenant})).result():
            pass


def _lock(tenants: set[str]) -> int:
    """Reports of a tenant take turns, so that what is noted follows from all of them."""
    return lock_named("contacts of " + " ".join(sorted(tenants)))
