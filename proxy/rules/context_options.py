"""What ``policies/context.yaml`` declares: the sources of a customer's context, and the facts that are read from them.

Only declared facts are ever read, and rules are compiled against them. The sources themselves are in
``context/sources/``; docs/context.md describes the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, Strict
from sqlalchemy import make_url, text
from sqlalchemy.exc import ArgumentError

from proxy.grounding.account.promised_actions import ACTIONS
from proxy.rules.durations import Duration
from proxy.rules.fact_values import FactType, Value, fact_value
from proxy.rules.match import Text, Written

CUSTOMER = "{customer_id}"
LEDGER = "ledger"
NOT_FACTS = ("completeness", "not_fresh")  # what rules read under ``context`` beside the facts

Kind = Literal["http", "sql", "file", "headers", "ledger"]
Class = Literal["required", "wanted", "optional"]


def _web_address(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"must be an address such as https://crm.example.com/customers/{CUSTOMER}")
    if parts.username or parts.password:
        raise ValueError('must not hold a user or a password; write "api_key: {env: NAME}"')
    if CUSTOMER not in parts.path + parts.query or CUSTOMER in parts.netloc:
        raise ValueError(f"must have {CUSTOMER} in its path or query, where the customer's id goes")
    return address


def _database(value: Any) -> Any:
    if isinstance(value, str):
        try:
            url = make_url(value)
        except (ArgumentError, ValueError):
            raise ValueError(
                "must be a database's address such as postgresql://user@host/name, or {env: NAME}"
            ) from None
        if url.password is not None or "password" in url.query:
            raise ValueError('must not hold a password; write "database: {env: NAME}"')
    return value


def _query(query: str) -> str:
    parameters = set(text(query).compile().params)
    if parameters != {"customer_id"}:
        more = ", ".join(f":{name}" for name in sorted(parameters - {"customer_id"}))
        raise ValueError(
            f"knows nothing but :customer_id, and not {more}; write \\: for a colon"
            if more
            else "must have :customer_id where the customer's id goes"
        )
    return query


def _file(path: str) -> str:
    if not path.lower().endswith((".csv", ".json")):
        raise ValueError("must end in .csv or .json")
    return path


def _as_origin(value: Any) -> Any:
    """``crm: flags.complaint`` says the value alone; ``crm:`` takes what is called like the fact."""
    return {"value": value} if isinstance(value, str) else {} if value is None else value


def _promised(action: str) -> str:
    if action not in ACTIONS:
        raise ValueError(f"must be what is promised: {', '.join(ACTIONS)}")
    return action


class Variable(Written):
    """Where a secret is: it never stands in the file itself."""

    env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    """The name of an environment variable."""


class SourceOptions(Written):
    """Where facts come from; what all kinds of sources have in common."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,49}$")]
    """What facts, records, traces and metrics call it: small letters, digits, `.`, `_` and `-`."""
    kind: Kind
    """`http`, `sql`, `file`, `headers` or `ledger`."""
    cache: Duration = timedelta(0)
    """How long what it said about a customer may be used again; never longer than a fact's `max_age`."""
    breaker_failures: Annotated[int, Strict(), Field(ge=0)] = 5
    """After how many failures in a row it is left alone for a while; 0: never."""
    breaker_open: Duration = timedelta(seconds=15)
    """How long it is left alone, before one request tries it."""


class HttpOptions(SourceOptions):
    """JSON from a web address, such as a CRM's."""

    url: Annotated[str, AfterValidator(_web_address)]
    """Its address, with `{customer_id}` where the customer's id goes. Only this address is asked."""
    api_key: Variable | None = None
    """Where its key is: `{env: NAME}`."""
    auth: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$", max_length=64)] = "bearer"
    """How the key is sent: `bearer`, or the name of a header such as `X-Api-Key`."""
    max_bytes: Annotated[int, Strict(), Field(ge=1)] = 1_000_000
    """The longest answer that is read."""


class SqlOptions(SourceOptions):
    """One row of a database."""

    database: Annotated[Variable | str, BeforeValidator(_database)]
    """Its address as SQLAlchemy writes it, without a password, or where that is: `{env: NAME}`."""
    query: Annotated[str, AfterValidator(_query)]
    """A SELECT with `:customer_id`; its first row counts."""
    timeout: Duration = timedelta(seconds=2)
    """How long the database may work on a query that nobody waits for any more."""


class FileOptions(SourceOptions):
    """A table in a file, read again when it has changed."""

    path: Annotated[str, AfterValidator(_file)]
    """A `.csv` with a line of column names or a `.json` list of objects; below the policies folder where relative."""
    key: Text
    """The column, or the objects' key, with the customer's id."""

    @property
    def is_json(self) -> bool:
        return self.path.lower().endswith(".json")


class HeadersOptions(SourceOptions):
    """What the calling program says in the request's own `x-cxai-context-*` headers."""


class LedgerOptions(SourceOptions):
    """Our own ledger; it is always there, under the name `ledger`."""

    breaker_failures: Annotated[int, Strict(), Field(ge=0)] = 0
    """As for all sources; 0, because while it is left alone every customer would count as having an open case."""


SOURCE_KINDS: dict[str, type[SourceOptions]] = {
    "http": HttpOptions,
    "sql": SqlOptions,
    "file": FileOptions,
    "headers": HeadersOptions,
    "ledger": LedgerOptions,
}


class Origin(Written):
    """Where in a source's answer a fact stands."""

    value: Text | None = None
    """JMESPath in JSON, the column of a table, or the end of a header's name; else the fact's own name."""
    true_at: Text | None = None
    """The same for the time since when it is true; without it, it counts from when it was read."""
    absent: bool | float | str | None = None
    """What it means where the source has none, such as `false`; without it, it is then not known."""


class FactOptions(Written):
    """A fact about the customer that may be read, and what holds where it is not known."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    """What rules call it: `context.<name>.value`. Small letters, digits and `_`."""
    type: FactType
    """`bool`, `number`, `text` or `time`."""
    importance: Class = Field(default="wanted", alias="class")
    """`required` ones that are not fresh lower what automation may do; `optional` ones do not count."""
    max_age: Duration
    """How long after it was true it still counts as fresh."""
    protective_value: bool | float | str | None = None
    """What is taken for true where it is not fresh: the value that protects the customer."""
    masked: bool | None = None
    """Whether records, traces and logs go without its value; all but `bool` facts do unless it says `false`."""
    keep_days: Annotated[int, Strict(), Field(ge=0)] | None = None
    """For how many days its value is kept in records; 0: not at all. Without it, as long as the record."""
    keeps_promise: Annotated[str, AfterValidator(_promised)] | None = None
    """What happened at this time, such as `refund`: the promise of it was kept, or broken if it was due before."""
    origins: dict[str, Annotated[Origin, BeforeValidator(_as_origin)]] = Field(alias="from", min_length=1)
    """The sources that say it, by name. Where they differ, the protective value wins."""

    @cached_property
    def is_masked(self) -> bool:
        return self.type != "bool" if self.masked is None else self.masked

    @cached_property
    def protective(self) -> Value | None:
        """The protective value as one of the fact's type. Raises ValueError."""
        return None if self.protective_value is None else fact_value(self.protective_value, self.type)


def _ledger_fact(name: str, kind: FactType, **more: Any) -> FactOptions:
    written = {"name": name, "type": kind, "class": "optional", "max_age": "1m", "masked": False, **more}
    return FactOptions.model_validate({**written, "from": {LEDGER: None}})


LEDGER_SOURCE = LedgerOptions(name=LEDGER, kind="ledger")
LEDGER_FACTS = (
    _ledger_fact("open_case", "bool", **{"class": "required"}, protective_value=True),
    _ledger_fact("open_case_ref", "text"),
    _ledger_fact("open_case_since", "time"),
    _ledger_fact("open_case_holder", "text", masked=True),
    _ledger_fact("recent_failures", "number"),
    _ledger_fact("promises_due", "number"),
    _ledger_fact("answered_case_ref", "text"),
)
"""What our own ledger says of every customer, whether or not there is a ``context.yaml``."""


class ContextOptions(Written):
    """All that may be asked about a customer. Our own ledger's facts are always among it."""

    budget: Duration = timedelta(milliseconds=150)
    """The time that all sources together may take; who has not answered by then has failed."""
    sources: tuple[SourceOptions, ...] = (LEDGER_SOURCE,)
    facts: tuple[FactOptions, ...] = LEDGER_FACTS
    _places: dict[str, str] = PrivateAttr(default_factory=dict)

    @property
    def places(self) -> dict[str, str]:
        """The file and line of each fact that a company declares."""
        return self._places

    @cached_property
    def types(self) -> dict[str, FactType]:
        """What rules are compiled against: each fact's type, in the facts' order."""
        return {fact.name: fact.type for fact in self.facts}

    @cached_property
    def version(self) -> str:
        """Names exactly what is declared: 16 hex digits."""
        written = self.model_dump_json(serialize_as_any=True)
        return hashlib.sha256(written.encode()).hexdigest()[:16]

    def facts_from(self, source: str) -> Mapping[str, Origin]:
        """Where the facts stand that this source says, by name."""
        return {fact.name: fact.origins[source] for fact in self.facts if source in fact.origins}


BUILT_IN_CONTEXT = ContextOptions()
