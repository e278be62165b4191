"""Why a document counts or does not, in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from proxy.corpus.documents import Scope
from proxy.corpus.folder import read_source
from proxy.corpus.sources import open_source
from proxy.corpus.validity import Calendar


def test_each_document_has_its_reason(
    folder: Path, write: Callable[..., Path], scope_on: Callable[..., Scope]
) -> None:
    write("a.md", "One.\n\nTwo.", title="A")
    write("ended.md", "Text.", title="B", effective_to="2025-12-31")
    write("later.md", "Text.", title="C", effective_from="2027-01-01T09:00:00+01:00")
    write("other.md", "Text.", title="D", jurisdiction="[DE, FR]")
    write("staff.md", "Text.", title="E", audience="staff")
    write("old.md", "Text.", title="F")
    write("new.md", "Text.", title="G", supersedes="old", effective_from="2026-01-01")
    documents = [read.document for read in read_source(open_source(folder)).documents]
    calendar = Calendar(documents)
    found = {document.id: calendar.validity(document, scope_on("2026-06-01", "CA")) for document in documents}
    assert {name: (validity.in_force, validity.why) for name, validity in found.items()} == {
        "a": (True, "in force"),
        "ended": (False, "no longer in force, ended 2026-01-01"),
        "later": (False, "not yet in force, from 2027-01-01T09:00+01:00"),
        "new": (True, "in force"),
        "old": (False, "superseded by new since 2026-01-01"),
        "other": (False, "for DE, FR, not for CA"),
        "staff": (False, "for staff, not for customer"),
    }
