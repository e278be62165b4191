"""``cxai corpus show``: the text that was in force when something was said."""

from __future__ import annotations

from typing import Annotated

import typer

from proxy.commands.corpus import corpus
from proxy.commands.options import (
    CommandError,
    ConfigOption,
    DatabaseOption,
    JsonOption,
    existing_ledger,
    load,
)
from proxy.commands.output import print_json_lines, print_table


@corpus.command("show")
def show(
    version: Annotated[
        str, typer.Argument(metavar="VERSION", help="A corpus version (c-...), or a document's content hash.")
    ],
    document: Annotated[
        str | None, typer.Argument(metavar="DOCUMENT", help="The id of one document of that corpus version.")
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Show which documents a corpus version names, or one of them.

    For example: cxai corpus show c-1f... airline/refunds
    """
    settings = load(config, database_url=database_url).settings
    with existing_ledger(settings) as ledger:
        named = ledger.corpus_version(version)
        if named and document is None:
            _list(version, named, as_json)
            return
        content_hash = named.get(document or "", version)
        text = ledger.document_text(content_hash) if document is None or document in named else None
    if text is None:
        what = (
            f'document "{document}" of corpus version'
            if named or document
            else "corpus version or content hash"
        )
        raise CommandError(
            f'no {what} "{version}" is kept; cxai answers --json has the versions of each answer'
        )
    typer.echo(text, nl=False)


def _list(version: str, named: dict[str, str], as_json: bool) -> None:
    rows = sorted(named.items())
    if as_json:
        print_json_lines(
            {"document": document, "content_hash": content_hash} for document, content_hash in rows
        )
        return
    print_table(("document", "content hash"), rows, empty="", title=f"{version}: {len(rows)} documents")
