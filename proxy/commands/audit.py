"""The audit log: ``cxai audit verify`` and the other commands that look at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.commands.options import (
    CommandError,
    ConfigOption,
    DatabaseOption,
    JsonOption,
    LimitOption,
    SinceOption,
    existing_ledger,
    load,
    moment,
)
from proxy.commands.output import counted, print_json_lines, print_table

if TYPE_CHECKING:
    from proxy.ledger.audit.entries import SealedRow
    from proxy.ledger.audit.finding import Verified
    from proxy.ledger.audit.heads import SignedHead
    from proxy.ledger.staff.events import StaffEvent

audit = typer.Typer(no_args_is_help=True, help="The audit log: what was sealed, and whether it stands.")

HeadsOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--heads", metavar="FILE", help="Exported heads to compare with, kept elsewhere; may be given again."
    ),
]
PublicKeyOption = Annotated[
    list[str] | None,
    typer.Option(
        "--public-key", metavar="HEX", help="A key whose heads count, beside the own one; may be given again."
    ),
]


@audit.command("verify")
def verify(
    heads: HeadsOption = None,
    public_key: PublicKeyOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Look through the log and every sealed row: what was changed, removed, added or reordered is named.

    Without --heads the own file of heads is compared with, which whoever rewrites the log may rewrite too. Status 1
    where anything is wrong. For example: cxai audit verify --heads /mnt/worm/heads.jsonl
    """
    settings = load(config, database_url=database_url).settings
    files = settings.audit.files(settings.database_url)
    trusted = {key.lower() for key in public_key or ()}
    with _said():
        if files.key.exists():
            from proxy.ledger.audit.heads import public_text, signing_key

            trusted.add(public_text(signing_key(files.key)))
        compared = heads or [file for file in (files.heads,) if file.exists()]
        read = [head for file in compared for head in _heads(file)]
        with existing_ledger(settings) as ledger:
            found = ledger.audit.verify(read, trusted)
    if as_json:
        _print_json(found)
    else:
        _print(found, compared)
    if found.findings:
        raise typer.Exit(1)


@audit.command("head")
def head(config: ConfigOption = None, database_url: DatabaseOption = None) -> None:
    """Seal what waits, sign how far the log is, append that to the file of heads, and print it.

    For example, once a day, to a place out of reach: cxai audit head | mail -s "audit head" auditor@example.com
    """
    from proxy.ledger.audit.keeping import export_head

    settings = load(config, database_url=database_url).settings
    with _said(), existing_ledger(settings) as ledger:
        ledger.audit.seal()
        line = export_head(ledger.audit, settings.audit.files(settings.database_url))
    print(line.decode("ascii") if line else "Nothing was sealed yet.")


@audit.command("key")
def key(
    pem: Annotated[bool, typer.Option("--pem", help="As PEM, for openssl and others.")] = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Print the public key that heads are signed for; the key is made where there is none yet."""
    from proxy.ledger.audit.heads import public_pem, public_text, signing_key

    settings = load(config, database_url=database_url).settings
    with _said():
        own = signing_key(settings.audit.files(settings.database_url).key)
    print(public_pem(own).strip() if pem else public_text(own))


@audit.command("export")
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is empty or not there yet.")],
    rows: Annotated[
        bool,
        typer.Option(
            "--rows/--commitments-only", help="With the rows themselves, or nothing but their commitments."
        ),
    ] = True,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Write the log as files that can be checked without this program (docs/audit.md has the recipe).

    The rows hold what customers have said: the folder is for this user only. For example: cxai audit export audit-march
    """
    from proxy.ledger.audit.heads import public_text, signing_key

    settings = load(config, database_url=database_url).settings
    with _said(), existing_ledger(settings) as ledger:
        key = signing_key(settings.audit.files(settings.database_url).key)
        ledger.audit.seal()
        entries = ledger.audit.export(folder, key, rows=rows)
    print(f"{folder} holds {counted(entries, 'sealed row')}, signed for the public key {public_text(key)}.")


@audit.command("events")
def events(
    since: SinceOption = None,
    table: Annotated[str | None, typer.Option(help="Only of this table, such as policy_changes.")] = None,
    limit: LimitOption = 100,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """List what was sealed, newest first: which row, by whom, and whether it still stands so."""
    settings = load(config, database_url=database_url).settings
    with _said(), existing_ledger(settings) as ledger:
        found = ledger.audit.newest_entries(since=moment(since), table=table, limit=limit)
    _print_entries(found, as_json, empty="Nothing was sealed there.")


@audit.command("staff")
def staff(
    since: SinceOption = None,
    limit: LimitOption = 100,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """List who was let in, with which roles and keys, and who answered customers: what, when and by whom.

    For example: cxai audit staff --since 30d
    """
    settings = load(config, database_url=database_url).settings
    with _said(), existing_ledger(settings) as ledger:
        found = ledger.staff_events.listed(since=moment(since), limit=limit)
    if as_json:
        print_json_lines(map(asdict, found))
        return
    columns = ("when (UTC)", "what", "who or which", "tenant", "event", "by", "since then")
    print_table(columns, [_staff_row(one) for one in found], empty="Nothing was done there.")


def _staff_row(one: StaffEvent) -> tuple[object, ...]:
    """An answer is named by its case, a person by address, a key by its prefix."""
    state = one.state
    if one.ref is not None:
        since = "verified" if state["verified"] else "sent over a warning"
        return one.at, one.kind, one.ref, state["tenant"], one.event, one.actor, since
    rights = " ".join(state.get("roles") or state.get("scopes") or ())
    since = "disabled" if state.get("disabled") else "revoked" if state.get("revoked_at") else rights
    return one.at, one.kind, state.get("email", one.subject), state["tenant"], one.event, one.actor, since


@audit.command("explain")
def explain(
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="A response id, a case's reference, or an entry's number.")
    ],
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Say where a row stands in the log, and whether it is what was sealed.

    For example: cxai audit explain CX-7K3F-92QD
    """
    settings = load(config, database_url=database_url).settings
    with _said(), existing_ledger(settings) as ledger:
        found = ledger.audit.entries_of(key)
    _print_entries(
        found, as_json, empty=f"No sealed row is called {key}; it may wait to be sealed, or be removed."
    )


def _print_entries(found: list[SealedRow], as_json: bool, *, empty: str) -> None:
    if as_json:
        print_json_lines(map(asdict, found))
        return
    columns = ("entry", "batch", "sealed (UTC)", "table", "row", "by", "stands", "commitment")
    rows = [
        (
            one.seq,
            one.batch,
            one.sealed_at,
            one.table,
            None if one.key is None else one.key.replace("\x1f", " "),
            one.actor,
            f"removed by {one.removed}" if one.removed else "as sealed" if one.as_sealed else "NOT as sealed",
            one.commitment[:16],
        )
        for one in found
    ]
    print_table(columns, rows, empty=empty)


@contextmanager
def _said() -> Iterator[None]:
    from proxy.ledger.errors import LedgerError

    try:
        yield
    except LedgerError as error:
        raise CommandError(str(error)) from None


def _heads(file: Path) -> list[SignedHead]:
    from proxy.ledger.audit.heads import read_heads

    return list(read_heads(file))


def _print(found: Verified, compared: list[Path]) -> None:
    for finding in found.findings:
        print(finding)
    for notice in found.notices:
        print(f"notice: {notice}")
    for table, count in sorted(found.told_later.items()):
        print(f"notice: {counted(count, 'row')} of {table} tell of a time long before they were written")
    removed = "".join(f", {count} removed by {rule}" for rule, count in sorted(found.removed.items()))
    print(
        f"{counted(found.entries, 'sealed row')} in {found.batches} batches: {found.rows} are there{removed}; "
        f"{found.waiting} wait to be sealed."
    )
    if compared:
        print(f"Compared with {counted(found.heads, 'exported head')} ({', '.join(map(str, compared))}).")
    else:
        print("There are no exported heads to compare with: a tail that was cut off would not show.")
    print(f"{counted(len(found.findings), 'finding')}." if found.findings else "Nothing is wrong.")


def _print_json(found: Verified) -> None:
    print_json_lines(
        {
            "wrong": one.wrong,
            "table": one.table,
            "key": one.key,
            "entry": one.seq,
            "batch": one.batch,
            "text": one.text,
        }
        for one in found.findings
    )
