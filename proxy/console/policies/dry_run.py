"""What an edited text would change: ``cxai corpus diff`` between the documents as they are, and with the text."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proxy.console.children import Children
from proxy.console.problem import Problem
from proxy.corpus.documents import Document
from proxy.corpus.problems import CorpusError
from proxy.corpus.reading import read_content
from proxy.wire.services import Services

MOST_ANSWERS, MOST_JUDGED = 1000, 100
SINCE = "30d"
LONGEST_TEXT = 200_000  # characters: some 100 pages


@dataclass(frozen=True, slots=True)
class DryRun:
    """Rows of ``cxai corpus diff --json``; ``others`` are the sentences that would get another verdict."""

    changes: tuple[dict[str, Any], ...]
    others: tuple[dict[str, Any], ...]
    cases: tuple[dict[str, Any], ...]
    rules: tuple[dict[str, Any], ...]
    summary: dict[str, Any]

    @property
    def became(self) -> list[tuple[str, int]]:
        """How many sentences would get which other verdict."""
        counts = Counter(f"{one['before']} → {one['after']}" for one in self.others)
        return counts.most_common()


async def dry_run(children: Children, services: Services, document: Document, text: str) -> DryRun:
    """Raises Problem where the text makes no document, or it cannot be tried."""
    try:
        await asyncio.to_thread(read_content, f"{document.id}.md", text.encode())
    except (CorpusError, UnicodeEncodeError) as error:
        raise Problem("This text makes no document", str(error), 422) from None
    documents = services.corpus.current.documents
    with tempfile.TemporaryDirectory(prefix="cxai-dry-run-") as folder:
        old, new = Path(folder, "as it is"), Path(folder, "edited")
        await asyncio.to_thread(_write, old, documents, {})
        await asyncio.to_thread(_write, new, documents, {document.id: text})
        policies = services.policies.folder
        rows = await children.rows(
            *("corpus", "diff", str(old), str(new), "--json", "--tenant", services.tenant, "--since", SINCE),
            *("--limit", str(MOST_ANSWERS), "--judge", str(MOST_JUDGED)),
            *(("--policies", str(policies)) if policies else ()),
        )
    return _told(rows)


def _write(folder: Path, documents: Iterable[Document], edited: dict[str, str]) -> None:
    for document in documents:
        path = folder / f"{document.id}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(edited.get(document.id, document.text), encoding="utf-8", errors="surrogateescape")


def _told(rows: Sequence[dict[str, Any]]) -> DryRun:
    def those(what: str) -> tuple[dict[str, Any], ...]:
        return tuple(row for row in rows if row.get("what") == what)

    differing = tuple(row for row in those("answer") if row.get("after") not in (None, row.get("before")))
    return DryRun(those("change"), differing, those("case"), those("rule"), next(iter(those("summary")), {}))
