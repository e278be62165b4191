"""The options that many commands share, and the settings that follow from them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from proxy.ledger.ledger import Ledger
    from proxy.rules.policies import Policies
    from proxy.settings import LoadedSettings, Settings

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings file; ./cxai.yaml where it is not given."),
]
CorpusOption = Annotated[
    Path | None, typer.Option("--corpus", metavar="DIR", help="Folder of official policy documents.")
]
PoliciesOption = Annotated[
    Path | None, typer.Option("--policies", metavar="DIR", help="Folder of routes and thresholds.")
]
DatabaseOption = Annotated[
    str | None, typer.Option("--database-url", metavar="URL", help="Where records are kept.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line instead of a table.")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, help="How many to show at most.")]
TenantOption = Annotated[str | None, typer.Option("--tenant", help="Only this tenant's.")]
SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="WHEN", help="How far back (30m, 1h, 7d), or a date.")
]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="The policy date; now by default.")
]
JurisdictionOption = Annotated[
    str | None, typer.Option("--jurisdiction", help="The market, as the documents name it.")
]
AudienceOption = Annotated[str, typer.Option("--audience", help="Whose documents count.")]


class CommandError(Exception):
    """What a person asked for cannot be done; the text says why, and what to do."""


def load(config: Path | None = None, **command_line: object) -> LoadedSettings:
    """The settings for one command; what only looks wrong is said on stderr, where warnings are logged too."""
    from proxy.corpus.lasting import lasting

    with (
        lasting()
    ):  # half of all modules come with the settings, and a quarter of the time would go into looking through
        from proxy.settings import SettingsError
        from proxy.settings_sources import load_settings
        from proxy.telemetry.logs import configure_logging

        configure_logging("WARNING", json=False)  # never into what a command prints
        try:
            loaded = load_settings(config, command_line)
        except SettingsError as error:
            raise CommandError(str(error)) from None
    for warning in loaded.warnings:
        print(f"cxai: warning: {warning}", file=sys.stderr)
    return loaded


def check_tenant(settings: Settings, tenant: str) -> None:
    """Raises CommandError for a tenant that the settings do not name."""
    known = ("default", *settings.tenants)
    if tenant not in known:
        raise CommandError(f'--tenant: there is no tenant "{tenant}"; the settings name {", ".join(known)}')


def whoever_runs_this() -> str:
    """Who is accountable for what a command changes: the system's user, and who became it by sudo."""
    import os
    import pwd

    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user may have no name
        user = f"uid {os.getuid()}"
    before = os.environ.get("SUDO_USER")
    return f"{before} as {user}" if before and before != user else user


def policies_folder(settings: Settings) -> Path:
    """The folder of policies, which some commands cannot do without."""
    if settings.policies is None:
        raise CommandError(
            "there is no policies folder; name one (--policies DIR, or the setting `policies`)"
        )
    return settings.policies


def policies_in(settings: Settings) -> Policies:
    """What is in force for these settings; mistakes end the command, each on its line."""
    from proxy.rules.problems import PoliciesError
    from proxy.rules.reading import read_policies

    try:
        return read_policies(settings.policies)
    except PoliciesError as error:
        raise CommandError(str(error)) from None


@contextmanager
def existing_ledger(settings: Settings) -> Iterator[Ledger]:
    """The ledger to read from; one that is not there yet is said to be so, not made."""
    from proxy.ledger.ledger import Ledger, LedgerError

    if (file := _missing_ledger(settings)) is not None:
        raise CommandError(
            f"there is no ledger at {file} yet; the proxy makes it when it starts "
            "(--database-url, or the setting database_url, names another one)"
        )
    try:
        with Ledger.open(settings.database_url, store_text=settings.store_text, upgrade=False) as ledger:
            yield ledger
    except LedgerError as error:
        raise CommandError(str(error)) from None


@contextmanager
def writable_ledger(settings: Settings) -> Iterator[Ledger]:
    """The ledger to write to, made where it is not there yet: keys and people may come before the first start."""
    from proxy.ledger.ledger import Ledger, LedgerError

    try:
        with Ledger.open(settings.database_url, store_text=settings.store_text) as ledger:
            yield ledger
    except LedgerError as error:
        raise CommandError(str(error)) from None


@contextmanager
def existing_writable_ledger(settings: Settings) -> Iterator[Ledger]:
    """The ledger to write to; one that is not there yet is said to be so."""
    with existing_ledger(settings), writable_ledger(settings) as ledger:
        yield ledger


def ledger_exists(settings: Settings) -> bool:
    """Whether there is a ledger yet, for what can be done without one."""
    return _missing_ledger(settings) is None


def _missing_ledger(settings: Settings) -> Path | None:
    """The ledger's file where that is not there yet; a server's database counts as there."""
    from proxy.ledger.database import ledger_url, sqlite_file
    from proxy.ledger.errors import LedgerError

    try:
        file = sqlite_file(ledger_url(settings.database_url))
    except LedgerError as error:
        raise CommandError(str(error)) from None
    return None if file is None or file.exists() else file


def policy_date(as_of: str | None) -> datetime | None:
    """The value of ``--as-of``."""
    from proxy.context.customer import ContextError, parse_policy_date

    try:
        return parse_policy_date(as_of)
    except ContextError:
        raise CommandError(f'--as-of: "{as_of}" is not a date; write it like 2026-03-01') from None


def duration(text: str | None, option: str) -> timedelta | None:
    """``90d`` as ninety days; ``option`` is named where it cannot be read."""
    from proxy.rules.durations import length_of

    if text is None:
        return None
    try:
        if (length := length_of(text)) is not None:
            datetime.now(UTC) + length  # which has to be a date, too
            return length
    except OverflowError:
        pass
    raise CommandError(f'{option}: "{text}" is no length of time; write 30m, 24h or 90d')


def moment(text: str | None, *, now: datetime | None = None) -> datetime | None:
    """``1h`` as one hour ago; a date or time as it is (UTC where it names no zone)."""
    from proxy.rules.durations import length_of

    if text is None:
        return None
    try:
        if (age := length_of(text)) is not None:
            return (now or datetime.now(UTC)) - age
        at = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        raise CommandError(f'"{text}" is no time; write 30m, 1h, 7d, or a date such as 2026-03-01') from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def require_extra(extra: str, what: str, modules: Sequence[str]) -> None:
    """Say at once what is missing, before minutes of work; ``what`` says what needs it, as in "calibrating needs"."""
    from importlib import import_module

    for name in modules:
        try:
            import_module(name)
        except ImportError:
            raise CommandError(
                f"{what} {name.partition('.')[0]}, which is not installed; pip install 'cxai-proxy[{extra}]' "
                "(the proxy itself does not need it)"
            ) from None
