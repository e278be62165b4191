"""Looks through the whole log and every sealed row: what was changed, taken out, put in or put elsewhere is named."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, exists, func, select

from proxy.ledger.audit.chain import NO_HEAD, Batch, Entry, Head
from proxy.ledger.audit.finding import Finding, Verified, Wrong
from proxy.ledger.audit.heads import SignedHead
from proxy.ledger.audit.row_check import check_rows, unsealed_rows
from proxy.ledger.audit.sealed import SEALED
from proxy.ledger.audit.staff_check import check_staff
from proxy.ledger.schema import audit_batches, audit_entries, audit_pending, audit_removals, audit_salts

# A row that waits for longer than this waits for a sealer that does not run.
SEALED_WITHIN = timedelta(minutes=10)
_AT_ONCE = 100  # batches


def verify(
    connection: Connection, heads: Iterable[SignedHead] = (), trusted: Collection[str] = ()
) -> Verified:
    """Everything that is wrong with the log; ``trusted`` are public keys in hex.

    The connection should see all as it is at one moment, whatever is written meanwhile.
    """
    found, heads = Verified(), list(heads)
    exported = {one.batch for one in heads}
    hashes: dict[int, str] = {0: NO_HEAD.hash}  # of the exported ones: a log has millions of batches
    last_drained: datetime | None = None
    after = NO_HEAD
    for batch, stored_hash in batches(connection):
        found.findings += _links(batch, stored_hash, after)
        check_rows(connection, batch, last_drained, found)
        found.put_back.update(one.rule for one in batch.entries if one.rule is not None)
        if batch.number in exported:
            hashes[batch.number] = stored_hash
        last_drained = batch.sealed_at if batch.drained else last_drained
        last_seq = batch.entries[-1].seq if batch.entries else after.entries
        after = Head(batch.number, stored_hash, last_seq, batch.sealed_at)
        found.batches += 1
        found.entries += len(batch.entries)
    found.findings += _strays(connection)
    found.findings += _too_many_put_back(found)
    found.findings += unsealed_rows(connection)
    found.findings += check_staff(connection)
    _check_waiting(connection, found)
    _check_heads(heads, trusted, hashes, after.batch, found)
    return found


def batches(connection: Connection) -> Iterator[tuple[Batch, str]]:
    """The batches in order, each with the hash that is kept for it; a page of them at a time is in memory."""
    page = select(audit_batches).order_by(audit_batches.c.number).limit(_AT_ONCE)
    rows = connection.execute(page).all()
    while rows:
        of_page = select(audit_entries).where(audit_entries.c.batch.in_([row.number for row in rows]))
        entries: dict[int, list[Entry]] = {row.number: [] for row in rows}
        for one in connection.execute(of_page.order_by(audit_entries.c.seq)):
            entries[one.batch].append(Entry(one.seq, one.table_name, one.commitment, one.rule))
        for row in rows:
            own = entries[row.number]
            yield Batch(row.number, row.previous, row.sealed_at, bool(row.drained), own), row.hash
        rows = connection.execute(page.where(audit_batches.c.number > rows[-1].number)).all()


def _links(batch: Batch, stored_hash: str, before: Head) -> Iterator[Finding]:
    """What is wrong between this batch and the one before it, and within it."""
    if batch.number != before.batch + 1:
        gap = (
            f"{before.batch + 1}"
            if batch.number == before.batch + 2
            else f"{before.batch + 1} to {batch.number - 1}"
        )
        yield Finding(Wrong.CHAIN, f"batch {gap} is missing before it", batch=batch.number)
    elif batch.previous != before.hash:
        yield Finding(Wrong.CHAIN, "it does not go on from the batch before it", batch=batch.number)
    if batch.hash() != stored_hash:
        yield Finding(
            Wrong.CHAIN, "it is not what was sealed: its entries or its time were changed", batch=batch.number
        )
    expected = range(before.entries + 1, before.entries + 1 + len(batch.entries))
    if batch.number == before.batch + 1 and [one.seq for one in batch.entries] != list(expected):
        yield Finding(Wrong.CHAIN, "entries are missing, added or in another order", batch=batch.number)
    if before.sealed_at is not None and batch.sealed_at < before.sealed_at - SEALED_WITHIN:
        yield Finding(Wrong.CHAIN, "it was sealed before the batch before it", batch=batch.number)


def _strays(connection: Connection) -> Iterator[Finding]:
    """What belongs to nothing in the log."""
    no_batch = ~exists().where(audit_batches.c.number == audit_entries.c.batch)
    for row in connection.execute(select(audit_entries).where(no_batch)):
        yield Finding(Wrong.CHAIN, "the entry's batch is not there", seq=row.seq, batch=row.batch)
    for table in (audit_salts, audit_removals):
        no_entry = ~exists().where(audit_entries.c.seq == table.c.seq)
        for row in connection.execute(select(table).where(no_entry)):
            yield Finding(Wrong.CHAIN, f"{table.name} names an entry that is not there", seq=row.seq)
    still_there = exists().where(audit_salts.c.seq == audit_removals.c.seq)
    for row in connection.execute(select(audit_removals).where(still_there)):
        text = f"noted as removed ({row.rule}), and its row can still be opened"
        yield Finding(Wrong.REMOVAL, text, seq=row.seq)


def _too_many_put_back(found: Verified) -> Iterator[Finding]:
    """Each row that was put back stands for one that the same rule has removed."""
    for rule, count in found.put_back.items():
        if count > found.removed[rule]:
            text = f"{count} rows were put back by {rule}, and it has removed {found.removed[rule]}"
            yield Finding(Wrong.REMOVAL, text)


def _check_waiting(connection: Connection, found: Verified) -> None:
    of_table = select(audit_pending.c.table_name, func.count().label("rows"))
    waiting = connection.execute(of_table.group_by(audit_pending.c.table_name)).all()
    found.waiting = sum(row.rows for row in waiting)
    for row in waiting:
        if row.table_name not in SEALED:
            found.notices.append(f"{row.table_name} waits to be sealed, and this release does not know it")
            return
    last = connection.execute(
        select(audit_batches.c.sealed_at).order_by(audit_batches.c.number.desc()).limit(1)
    ).scalar()
    if waiting and (last is None or datetime.now(UTC) - last > SEALED_WITHIN):
        since = f"since {last:%Y-%m-%d %H:%M:%S} UTC" if last else "ever"
        found.notices.append(
            f"nothing was sealed {since}, and {found.waiting} rows wait: is a proxy running?"
        )


def _check_heads(
    heads: Iterable[SignedHead], trusted: Collection[str], hashes: dict[int, str], last: int, found: Verified
) -> None:
    for head in heads:
        found.heads += 1
        if not head.authentic:
            found.findings.append(Finding(Wrong.HEAD, f"{head.source}: this head's signature is not good"))
        elif head.key not in trusted:
            text = f"{head.source}: signed by the key {head.key}, which is not trusted (--public-key)"
            found.findings.append(Finding(Wrong.HEAD, text))
        elif head.batch > last:
            text = f"{head.source}: batch {head.batch} was sealed, and the log ends with batch {last}: its tail is gone"
            found.findings.append(Finding(Wrong.HEAD, text, batch=head.batch))
        elif hashes.get(head.batch) != head.hash:
            text = f"{head.source}: the log up to this batch is not the one that was signed: it was rewritten"
            found.findings.append(Finding(Wrong.HEAD, text, batch=head.batch))
