"""``cxai corpus lint`` and ``cxai corpus index``: what is wrong with the documents, and what was read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.findings import Format, FormatOption, Located, StrictOption, failed, print_findings
from proxy.commands.options import (
    AsOfOption,
    AudienceOption,
    CommandError,
    ConfigOption,
    CorpusOption,
    JsonOption,
    JurisdictionOption,
    load,
    policy_date,
)
from proxy.commands.output import print_json_lines, print_table

if TYPE_CHECKING:
    from proxy.corpus.folder import SourceReading
    from proxy.corpus.reading import ReadDocument
    from proxy.corpus.validity import Validity

corpus = typer.Typer(no_args_is_help=True, help="The official policy documents.")

FolderArgument = Annotated[
    Path | None, typer.Argument(metavar="DIR", help="The folder; the setting `corpus` where it is not given.")
]


@corpus.command("lint")
def lint(
    folder: FolderArgument = None,
    form: FormatOption = Format.TEXT,
    as_json: JsonOption = False,
    strict: StrictOption = False,
    skip: Annotated[
        list[str] | None,
        typer.Option("--skip", metavar="CHECK", help="A check to leave out; may be repeated."),
    ] = None,
    corpus: CorpusOption = None,
    config: ConfigOption = None,
) -> None:
    """Say what is wrong or doubtful in the documents. Exits with 1 where there is an error.

    Errors keep a document from counting as it says; warnings are probably mistakes; notes are worth a second look.
    """
    from proxy.authoring.lint.linting import lint as findings_in
    from proxy.corpus.problems import CorpusError

    place = _place(folder or corpus, config)
    _check_names(skip or ())
    try:
        found = findings_in(place, skip=skip or ())
    except CorpusError as error:
        raise CommandError(str(error)) from None
    located = [
        Located(one.check, one.problem.severity, one.problem.path, one.problem.line, one.problem.message)
        for one in found
    ]
    print_findings(located, place, Format.JSON if as_json else form)
    if failed(located, strict=strict):
        raise typer.Exit(1)


def _check_names(skipped: Sequence[str]) -> None:
    from proxy.authoring.lint.registry import CHECKS
    from proxy.rules.mistakes import suggestion

    for name in skipped:
        if name not in CHECKS:
            raise CommandError(f'--skip: there is no check "{name}"{suggestion(name, list(CHECKS))}')


@corpus.command("index")
def index(
    folder: FolderArgument = None,
    as_of: AsOfOption = None,
    jurisdiction: JurisdictionOption = None,
    audience: AudienceOption = "customer",
    as_json: JsonOption = False,
    corpus: CorpusOption = None,
    config: ConfigOption = None,
) -> None:
    """Show what is read, and what of it is in force.

    For each document: whether it is in force for this date, market and audience, and why (not).
    """
    from proxy.corpus.documents import Scope
    from proxy.corpus.validity import Calendar

    place = _place(folder or corpus, config)
    reading = _read(place)
    scope = Scope(policy_date(as_of) or datetime.now(UTC), jurisdiction, audience)
    calendar = Calendar([read.document for read in reading.documents])
    rows = [_described(read, calendar.validity(read.document, scope)) for read in reading.documents]
    if as_json:
        print_json_lines(rows)
    else:
        columns = (
            "document",
            "title",
            "in_force",
            "why",
            "jurisdictions",
            "audiences",
            "authority",
            "passages",
        )
        title = f"{place}: {len(rows)} documents, {sum(row['passages'] for row in rows)} passages"
        cells = [[_cell(row[column]) for column in columns] for row in rows]
        heads = [column.replace("_", " ") for column in columns]
        print_table(heads, cells, empty=f"{place}: no documents.", title=title)
    for problem in reading.problems:
        typer.echo(f"cxai: {problem}", err=True)


def _place(folder: Path | None, config: Path | None) -> Path:
    return load(config, corpus=folder).settings.corpus


def _read(place: Path) -> SourceReading:
    from proxy.corpus.folder import read_source
    from proxy.corpus.problems import CorpusError
    from proxy.corpus.sources import open_source

    try:
        return read_source(open_source(place))
    except CorpusError as error:
        raise CommandError(str(error)) from None


def _described(read: ReadDocument, validity: Validity) -> dict[str, Any]:
    document = read.document
    return {
        "document": document.id,
        "path": document.path,
        "title": document.title,
        "in_force": validity.in_force,
        "why": validity.why,
        "effective_from": document.effective_from,
        "effective_to": document.effective_to,
        "jurisdictions": document.jurisdictions,
        "audiences": document.audiences,
        "authority": document.authority,
        "risk": document.risk.value,
        "content_hash": document.content_hash,
        "passages": len(read.passages),
    }


def _cell(value: Any) -> Any:
    return (", ".join(value) or "all") if isinstance(value, tuple) else value
