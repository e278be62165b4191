"""The log as files that anybody can check without this program; docs/audit.md has the recipe.

``chain.jsonl`` is the chain, a batch a line; ``rows.jsonl`` what opens its commitments, a row a line; ``head.json`` the
signed head. Each line is the very bytes that were hashed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from proxy.ledger.audit.chain import Batch
from proxy.ledger.audit.heads import signed
from proxy.ledger.audit.row_check import salts_of
from proxy.ledger.audit.rows import UNREADABLE, opening, rows_of
from proxy.ledger.audit.sealing import newest
from proxy.ledger.audit.verifying import batches
from proxy.ledger.errors import LedgerError

CHAIN_FILE, ROWS_FILE, HEAD_FILE = "chain.jsonl", "rows.jsonl", "head.json"


def export(connection: Connection, folder: Path, key: Ed25519PrivateKey, *, rows: bool) -> int:
    """Write the log into a folder that is empty or not there yet; how many entries it has.

    Without ``rows`` only commitments are written, which tell of nobody. Raises LedgerError.
    """
    head = newest(connection)
    if head.sealed_at is None:
        raise LedgerError("nothing was sealed yet, so that there is nothing to export")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise LedgerError(f"{folder} is not empty; name a folder that is, or is not there yet")
        folder.chmod(0o700)  # rows hold what customers have said
        with (folder / CHAIN_FILE).open("wb") as chain:
            for batch, _ in batches(connection):
                chain.write(batch.line() + b"\n")
        if rows:
            with (folder / ROWS_FILE).open("wb") as opened:
                for batch, _ in batches(connection):
                    opened.writelines(line + b"\n" for line in _openings(connection, batch))
        (folder / HEAD_FILE).write_bytes(signed(head, key) + b"\n")
    except OSError as error:
        raise LedgerError(f"{folder}: {error.strerror}") from error
    return head.entries


def _openings(connection: Connection, batch: Batch) -> Iterator[bytes]:
    """As the rows are now: one that was changed since opens nothing, one that is gone is left out."""
    salts = salts_of(connection, batch)
    found = rows_of(connection, salts.values())
    for seq, salt in salts.items():
        row = found.get((salt.table_name, salt.row_key))
        if row is not None and row is not UNREADABLE:
            yield opening(salt.table_name, seq, salt.salt, row)
