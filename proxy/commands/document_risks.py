"""How much depends on each document, as its front matter says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxy.commands.options import CommandError

if TYPE_CHECKING:
    from proxy.settings import Settings


def risks_of(settings: Settings) -> dict[str, str]:
    """The risk of each document by its id. Raises CommandError where they cannot be read."""
    from proxy.corpus.folder import read_source
    from proxy.corpus.problems import CorpusError
    from proxy.corpus.sources import open_source

    try:
        read = read_source(open_source(settings.corpus))
    except CorpusError as error:
        raise CommandError(str(error)) from None
    return {one.document.id: one.document.risk.value for one in read.documents}
