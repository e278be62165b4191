"""The database that the records are kept in: ``cxai db upgrade``, ``cxai db backup`` and ``cxai db restore``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.commands.options import CommandError, ConfigOption, DatabaseOption, load

if TYPE_CHECKING:
    from proxy.ledger.backup import Contents

database = typer.Typer(no_args_is_help=True, help="The database that the records are kept in.")


@database.command("upgrade")
def upgrade(config: ConfigOption = None, database_url: DatabaseOption = None) -> None:
    """Bring the tables up to date.

    Safe beside running workers, and harmless when there is nothing to do.
    """
    from proxy.ledger.migrations import upgrade as upgrade_tables

    settings = load(config, database_url=database_url).settings
    with _said():
        revision = upgrade_tables(settings.database_url)
    print(f"The database is at revision {revision}.")


@database.command("backup")
def backup(
    copy: Annotated[Path, typer.Argument(metavar="FILE", help="A file that is not there yet.")],
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Copy an SQLite ledger, while the proxy runs. The copy is read through before it gets its name.

    For example: cxai db backup /backups/cxai-2026-03-01.db
    """
    from proxy.ledger.backup import back_up

    settings = load(config, database_url=database_url).settings
    with _said():
        print(_told(copy, back_up(settings.database_url, copy)))


@database.command("restore")
def restore(
    copy: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `cxai db backup` made.")],
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Put a copy where an SQLite ledger was. The proxy must be stopped, and the old file moved away."""
    from proxy.ledger.backup import restore as put_back

    settings = load(config, database_url=database_url).settings
    with _said():
        print(_told(settings.database_url, put_back(copy, settings.database_url)))


@contextmanager
def _said() -> Iterator[None]:
    from proxy.ledger.errors import LedgerError

    try:
        yield
    except LedgerError as error:
        raise CommandError(str(error)) from None


def _told(place: object, contents: Contents) -> str:
    newest = f", the newest answer of {contents.newest[:19]} UTC" if contents.newest else ""
    return (
        f"{place} holds {contents.answers:,} answers and {contents.escalations:,} escalations{newest} "
        f"(revision {contents.revision})."
    )
