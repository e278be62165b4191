"""Records as table rows and back, and what both databases can hold of a text or a JSON value."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Row as DatabaseRow

from proxy.ledger.errors import LedgerError
from proxy.ledger.records import (
    ApiKey,
    Contact,
    DecisionRecord,
    EscalationRecord,
    PolicyChange,
    PromiseRecord,
    Turn,
)

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record = TypeVar("Record", bound="DataclassInstance")
Row = dict[str, Any]

# PostgreSQL holds no NUL, and UTF-8 no lone surrogate; both can come in JSON from a model or a customer.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\ufffd"  # one for one: offsets into the text stay true


def decision_row(record: DecisionRecord) -> Row:
    """The row of a decision, without ``store_text``. Raises LedgerError for what cannot be stored."""
    return row_of(record)


def escalation_row(record: EscalationRecord) -> Row:
    """The row of an escalation, without ``store_text``; its status is kept as events, not here."""
    row = row_of(record)
    del row["status"]
    return row


def turn_row(turn: Turn) -> Row:
    return row_of(turn)


def api_key_row(key: ApiKey) -> Row:
    return row_of(key)


def contact_row(contact: Contact) -> Row:
    """The row of a contact, without ``store_text``. Raises LedgerError for what cannot be stored."""
    return row_of(contact)


def promise_row(promise: PromiseRecord) -> Row:
    """The row of a promise, without ``store_text``; its state is told by contacts and the clock, not kept."""
    row = row_of(promise)
    del row["state"]
    return row


def policy_change_row(change: PolicyChange) -> Row:
    return row_of(change)


def record_of(kind: type[Record], row: Mapping[str, Any] | DatabaseRow[Any]) -> Record:
    values = row._mapping if isinstance(row, DatabaseRow) else row
    return kind(**{name: values[name] for name in names_of(kind)})


def storable(value: Any) -> Any:
    """The value with NUL and lone surrogates replaced by U+FFFD, NaN and infinities by None."""
    if isinstance(value, str):
        return _UNSTORABLE.sub(_REPLACEMENT, value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {storable(str(key)): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    raise LedgerError(f"a {type(value).__name__} cannot be recorded; records hold JSON values: {value!r:.80}")


def row_of(record: DataclassInstance) -> Row:
    """The row of any record. Raises LedgerError for what cannot be stored."""
    return {name: _column(name, getattr(record, name)) for name in names_of(type(record))}


def values_of(record: DataclassInstance) -> Row:
    """The row of a record that was a row before: what is in it can be stored."""
    return {name: getattr(record, name) for name in names_of(type(record))}


@cache
def names_of(kind: type[DataclassInstance]) -> tuple[str, ...]:
    """The names of a record's fields."""
    return tuple(field.name for field in fields(kind))


def _column(name: str, value: Any) -> Any:
    if not isinstance(value, datetime):
        return storable(value)
    if value.tzinfo is None:
        raise LedgerError(f"{name} {value.isoformat()} has no time zone; record aware datetimes")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise LedgerError(f"{name} {value.isoformat()} lies outside the years 1 to 9999 in UTC") from None
