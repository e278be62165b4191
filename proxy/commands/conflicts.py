"""``cxai corpus conflicts``: where the documents contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.corpus import FolderArgument, corpus
from proxy.commands.findings import Format, FormatOption, Located, StrictOption, failed, print_findings
from proxy.commands.options import (
    AsOfOption,
    CommandError,
    ConfigOption,
    CorpusOption,
    JsonOption,
    load,
    policy_date,
)
from proxy.commands.output import counted, print_json_lines

if TYPE_CHECKING:
    from proxy.authoring.conflicts.finding import DocumentConflict, Side
    from proxy.authoring.conflicts.intended import Marked

DocumentOption = Annotated[
    list[str] | None,
    typer.Option(
        "--document", metavar="GLOB", help="Only documents with such ids (airline/*); may be repeated."
    ),
]


@corpus.command("conflicts")
def conflicts(
    folder: FolderArgument = None,
    document: DocumentOption = None,
    as_of: AsOfOption = None,
    form: FormatOption = Format.TEXT,
    as_json: JsonOption = False,
    strict: StrictOption = False,
    show_intended: Annotated[
        bool, typer.Option("--intended", help="Show the conflicts that are marked as intended too.")
    ] = False,
    corpus: CorpusOption = None,
    config: ConfigOption = None,
) -> None:
    """Say where documents, or sections of one, contradict each other.

    Only what is in force together from today (or --as-of) on. Exits with 1 where neither side prevails by its authority
    and nobody has marked the conflict as intended.
    """
    place = load(config, corpus=folder or corpus).settings.corpus
    marked = _found(place, tuple(document or ("*",)), policy_date(as_of) or datetime.now(UTC))
    located = [_located(conflict) for conflict in marked.open]
    located += [
        Located("intended", problem.severity, problem.path, problem.line, problem.message)
        for problem in marked.stale
    ]
    form = Format.JSON if as_json else form
    if form is Format.GITHUB:
        print_findings(located, place, form)
    elif form is Format.JSON:
        print_json_lines(_json_rows(marked, show_intended))
    else:
        _print_text(marked, place, show_intended)
    if failed(located, strict=strict):
        raise typer.Exit(1)


def _found(place: Path, globs: tuple[str, ...], since: datetime) -> Marked:
    from proxy.authoring.conflicts.finding import find_conflicts
    from proxy.authoring.conflicts.intended import read_intended
    from proxy.corpus.documents import Scope
    from proxy.corpus.folder import read_source
    from proxy.corpus.problems import CorpusError
    from proxy.corpus.sources import open_source
    from proxy.models.embedder import Embedder, EmbedderError
    from proxy.models.entailment import EntailmentError, EntailmentModel

    asked = Scope(since, documents=globs)
    try:
        intended = read_intended(_folder(place))
        read = read_source(open_source(place))
        embedder, entailment = Embedder.load(), EntailmentModel.load()
    except (CorpusError, EmbedderError, EntailmentError) as error:
        raise CommandError(str(error)) from None
    for problem in read.problems:
        typer.echo(f"cxai: {problem}", err=True)
    documents = [item.document for item in read.documents]
    passages = [passage for item in read.documents if asked.names(item.document) for passage in item.passages]
    found = find_conflicts(documents, passages, embedder.embed_many, entailment.judge, since=since)
    return intended.sort_out(found, documents, asked.names)


def _folder(place: Path) -> Path:
    """The folder itself, also for ``folder@revision``: marks are always those of the working tree."""
    return place if place.exists() else Path(str(place).rpartition("@")[0] or place)


def _located(conflict: DocumentConflict) -> Located:
    first, second = conflict.sides
    message = (
        f"{_headline(conflict)}: “{_line(first.quote)}” ({first.section}) against “{_line(second.quote)}” "
        f"({second.document.path}:{second.line}, {second.section})"
    )
    return Located("conflict", conflict.severity, first.document.path, first.line, message)


def _headline(conflict: DocumentConflict) -> str:
    differs = f" ({conflict.differs})" if conflict.differs else ""
    return f"{conflict.kind.value}{differs}; {_who_prevails(conflict)}"


def _who_prevails(conflict: DocumentConflict) -> str:
    if conflict.prevails is not None:
        return f"{conflict.prevails.id} prevails by its authority, the other misleads"
    if conflict.first.document is conflict.second.document:
        return "both stand in one document; correct one of them"
    return "neither prevails; correct one of them, or give one the higher authority"


def _print_text(marked: Marked, place: Path, show_intended: bool) -> None:
    for conflict in marked.open:
        print(f"{conflict.severity.value}: {_headline(conflict)} [certainty {conflict.certainty:.2f}]")
        print("\n".join(_sides(conflict, place)), end="\n\n")
    for conflict, reason in marked.intended if show_intended else ():
        print(f"intended: {conflict.kind.value}: {reason}")
        print("\n".join(_sides(conflict, place)), end="\n\n")
    for problem in marked.stale:
        print(f"{problem.severity.value}: {place}/{problem}")
    print(f"{place}: {counted(len(marked.open), 'conflict')}, {len(marked.intended)} marked as intended")
    if marked.open:
        _say_how_to_mark(marked.open[0], place)


def _say_how_to_mark(conflict: DocumentConflict, place: Path) -> None:
    from proxy.authoring.conflicts.intended import INTENDED_FILE, mark_for

    print(
        f"\nIf both sides of a conflict are right, say why in {_folder(place) / INTENDED_FILE}; for the first one:\n"
    )
    print(mark_for(conflict), end="")


def _sides(conflict: DocumentConflict, place: Path) -> Iterator[str]:
    for side in conflict.sides:
        yield f"  {place / side.document.path}:{side.line}: {side.section}"
        yield f"    “{_line(side.quote)}”"
    scope = conflict.scope
    where = ", ".join(part for part in (scope.jurisdiction, scope.audience) if part)
    yield f"  both in force on {scope.policy_date:%Y-%m-%d} ({where})"


def _line(quote: str) -> str:
    return " ".join(quote.split())


def _json_rows(marked: Marked, show_intended: bool) -> Iterator[dict[str, Any]]:
    for conflict in marked.open:
        yield _json(conflict, None)
    for conflict, reason in marked.intended if show_intended else ():
        yield _json(conflict, reason)
    for problem in marked.stale:
        yield {
            "type": "mark",
            "path": problem.path,
            "line": problem.line,
            "severity": problem.severity.value,
            "message": problem.message,
        }


def _json(conflict: DocumentConflict, intended: str | None) -> dict[str, Any]:
    return {
        "type": "conflict",
        "kind": conflict.kind.value,
        "severity": conflict.severity.value,
        "certainty": round(conflict.certainty, 3),
        "differs": conflict.differs,
        "prevails": conflict.prevails.id if conflict.prevails else None,
        "sides": [_json_side(side) for side in conflict.sides],
        "in_force": conflict.scope.policy_date,
        "jurisdiction": conflict.scope.jurisdiction,
        "audience": conflict.scope.audience,
        "intended": intended,
    }


def _json_side(side: Side) -> dict[str, Any]:
    return {
        "document": side.document.id,
        "path": side.document.path,
        "section": side.section,
        "line": side.line,
        "quote": side.quote,
        "authority": side.document.authority,
    }
