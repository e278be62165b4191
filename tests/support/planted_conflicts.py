"""Documents with contradictions planted in them, from the YAML files in tests/authoring/conflicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from support.builtin_verifier import embedder

from proxy.authoring.conflicts.finding import DocumentConflict, Side, find_conflicts
from proxy.corpus.reading import ReadDocument, read_content
from proxy.models.entailment import EntailmentModel

DATA = Path(__file__).parents[1] / "authoring" / "conflicts"
TODAY = datetime(2026, 11, 25, tzinfo=UTC)

entailment = cache(EntailmentModel.load)


@dataclass(frozen=True)
class Plant:
    """A section with a sentence that contradicts one of the quotes in ``against``."""

    kind: str
    document: str
    section: str
    text: str
    against: list[str]
    front: dict[str, Any] = field(default_factory=dict)

    def is_found_in(self, conflict: DocumentConflict) -> bool:
        return any(self._are(*sides) for sides in (conflict.sides, conflict.sides[::-1]))

    def _are(self, mine: Side, theirs: Side) -> bool:
        planted = mine.document.id == self.document and mine.section.endswith(self.section)
        return planted and any(words in theirs.quote or theirs.quote in words for words in self.against)


def plants(name: str) -> list[Plant]:
    return [Plant(**each) for each in yaml.safe_load((DATA / f"{name}.yaml").read_text(encoding="utf-8"))]


def with_plants(read: Sequence[ReadDocument], planted: Sequence[Plant]) -> list[ReadDocument]:
    """The documents with each plant as a section at the end of its document, which may be a new one."""
    texts = {item.document.id: item.document.text for item in read}
    for plant in planted:
        front = yaml.safe_dump(plant.front, default_flow_style=None)
        new = f"---\n{front}---\n# {plant.front.get('title')}\n"
        texts[plant.document] = f"{texts.get(plant.document, new)}\n## {plant.section}\n\n{plant.text}\n"
    return documents(texts)


def documents(texts: dict[str, str]) -> list[ReadDocument]:
    return [read_content(f"{name}.md", text.encode()) for name, text in texts.items()]


def conflicts_in(read: Sequence[ReadDocument], since: datetime | None = TODAY) -> list[DocumentConflict]:
    passages = [passage for item in read for passage in item.passages]
    return find_conflicts(
        [item.document for item in read], passages, embedder().embed_many, entailment().judge, since=since
    )
