"""Edits of documents with what a diff must tell of each: the sets in ``data/``, and whether it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from proxy.authoring.changes.diff import Change

DATA = Path(__file__).parent / "data"
SHIPPED = Path(__file__).parents[3] / "policy_corpus"


@dataclass(frozen=True, slots=True)
class Edit:
    """``kinds`` are those that may be told, none for an edit of no substance; ``says`` must stand in the words."""

    document: str
    old: str
    new: str
    kinds: frozenset[str]
    substance: bool
    says: tuple[str, ...]
    most: int

    def is_told_by(self, changes: Sequence[Change]) -> bool:
        told = [change for change in changes if change.of_substance]
        kinds = {change.kind.value for change in told}
        if not changes or not kinds <= self.kinds or len(told) > self.most:
            return False
        if self.substance and not told:
            return False
        return all(any(words in change.words for change in told) for words in self.says)


def edits_of(name: str) -> list[Edit]:
    given = yaml.safe_load((DATA / f"edits_{name}.yaml").read_text(encoding="utf-8"))
    return [_edit(one) for one in given]


def _edit(given: dict[str, Any]) -> Edit:
    shipped = SHIPPED / f"{given['doc']}.md"
    path = shipped if shipped.exists() else DATA / f"{given['doc']}.md"
    old = path.read_text(encoding="utf-8")
    substance = given["kind"] != "none"
    return Edit(
        document=given["doc"],
        old=old,
        new=_moved(old, given["move"], given["before"]) if "move" in given else _replaced(old, given),
        kinds=frozenset({given["kind"], *given.get("also", ())}),
        substance=substance,
        says=tuple(given.get("says", ())),
        most=given.get("most", 1),
    )


def _replaced(text: str, given: dict[str, Any]) -> str:
    assert given["from"] in text, given
    return text.replace(given["from"], given["to"], 1)


def _moved(text: str, heading: str, before: str) -> str:
    """A section of the second level at another place."""
    start = text.index(heading)
    after = text.find("\n## ", start + 3)
    end = len(text) if after < 0 else after + 1
    section, rest = text[start:end].rstrip() + "\n\n", text[:start] + text[end:]
    place = rest.index(before)
    return rest[:place] + section + rest[place:]
