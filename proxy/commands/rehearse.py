"""``cxai rehearse record``: traffic made into a suite that can be rehearsed."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.commands.options import (
    CommandError,
    ConfigOption,
    DatabaseOption,
    SinceOption,
    check_tenant,
    existing_ledger,
    load,
    moment,
    require_extra,
)
from proxy.commands.output import counted

if TYPE_CHECKING:
    from proxy.rehearsal.suite.model import Head
    from proxy.rehearsal.suite.replacing import Find

rehearse = typer.Typer(
    no_args_is_help=True, help="Recorded conversations, played again before customers are."
)

LEDGER = "ledger"
NO_MODEL = (
    "without --spacy-model Presidio finds no names of persons and places; "
    "those are found by the built-in mode alone"
)


@rehearse.command("record")
def record(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE...", help="What to read; none for the ledger.")
    ] = None,
    source: Annotated[
        str, typer.Option("--from", metavar="SOURCE", help="ledger, openai-log, csv or otlp.")
    ] = LEDGER,
    to: Annotated[
        Path, typer.Option("--to", metavar="FILE", help="The suite to write; it must not be there yet.")
    ] = Path("suite.jsonl"),
    name: Annotated[str | None, typer.Option("--name", help="What the suite is called.")] = None,
    sample: Annotated[
        int | None,
        typer.Option("--sample", min=1, help="Draw so many conversations; all of them without it."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Another one draws another sample.")] = 1,
    labels: Annotated[
        Path | None, typer.Option("--labels", metavar="FILE", help="What people found of the answers.")
    ] = None,
    licence: Annotated[str | None, typer.Option("--licence", help="Under which it may be used.")] = None,
    keep_personal_data: Annotated[
        bool, typer.Option("--keep-personal-data", help="Replace nothing.")
    ] = False,
    by_presidio: Annotated[
        bool, typer.Option("--presidio", help="Replace what Presidio finds, too (the extra `presidio`).")
    ] = False,
    spacy_model: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="By which Presidio finds names and places: a package or folder."),
    ] = None,
    since: SinceOption = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Only before this time.")] = None,
    tenant: Annotated[str, typer.Option("--tenant", help="Whose answers, of the ledger.")] = "default",
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Make recorded traffic into a suite.

    For example: cxai rehearse record --from openai-log requests.jsonl --sample 200 --to pilot.jsonl

    Personal details are replaced by made-up ones, the same always by the same.
    """
    from proxy.rehearsal.labels import read_labels
    from proxy.rehearsal.recording import Recording
    from proxy.rehearsal.recording import record as recorded
    from proxy.rehearsal.sources.registry import SOURCES
    from proxy.rehearsal.sources.source import Given, SourceError
    from proxy.rehearsal.suite.reading import write_suite

    if source not in SOURCES:
        raise CommandError(f'--from: there is no source "{source}"; there are {", ".join(SOURCES)}')
    if (source == LEDGER) == bool(files):
        raise CommandError("name the files to read, or --from ledger without any")
    if to.exists():
        raise CommandError(f"--to: {to} is there already; name a file that is not")
    find_too = _finder(by_presidio, spacy_model, keep_personal_data)
    with ExitStack() as stack:
        given = Given(files or ())
        if source == LEDGER:
            settings = load(config, database_url=database_url).settings
            check_tenant(settings, tenant)
            given = Given(
                ledger=stack.enter_context(existing_ledger(settings)),
                tenant=tenant,
                since=moment(since) or given.since,
                until=moment(until) or datetime.now(UTC),
            )
        try:
            head, conversations = recorded(
                Recording(
                    name or to.stem,
                    source,
                    most=sample,
                    seed=seed,
                    keep_personal_data=keep_personal_data,
                    find_too=find_too,
                    licence=licence,
                    labels=read_labels(labels) if labels else {},
                ),
                given,
            )
        except SourceError as error:
            raise CommandError(str(error)) from None
    if not conversations:
        raise CommandError(f"there is no conversation to record{_left_out(head)}")
    try:
        write_suite(to, head, conversations)
    except OSError as error:
        raise CommandError(f"--to: {to} cannot be written: {error.strerror}") from None
    turns = sum(len(one.turns) for one in conversations)
    print(
        f"{to}: {counted(head.sampling.taken, 'conversation')} of {head.sampling.of}, {counted(turns, 'turn')}; "
        f"personal data {head.personal_data}{_left_out(head)}"
    )


def _finder(by_presidio: bool, spacy_model: str | None, keep_personal_data: bool) -> Find | None:
    """What finds personal details beside the built-in mode. Raises CommandError."""
    if not by_presidio:
        if spacy_model is not None:
            raise CommandError("--spacy-model: it is Presidio that uses it; add --presidio")
        return None
    if keep_personal_data:
        raise CommandError("--presidio: nothing is replaced with --keep-personal-data; leave one of them out")
    require_extra("presidio", "--presidio needs", ("presidio_analyzer", "spacy"))
    from proxy.rehearsal.suite.presidio import NoModel, Presidio

    try:
        finder = Presidio(spacy_model)
    except NoModel as error:
        raise CommandError(f"--spacy-model: {error}") from None
    if spacy_model is None:
        print(f"cxai: note: {NO_MODEL}", file=sys.stderr)
    return finder


def _left_out(head: Head) -> str:
    return "".join(f"; left out: {count} × {reason}" for reason, count in head.left_out.items())
