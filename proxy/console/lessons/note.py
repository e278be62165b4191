"""A note to the owner of the text that a failure came of, or of a text that is missing.

It stands with its failure, as much of it as is kept of texts, and at the document's page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from proxy.console.case.forms import LONGEST_NOTE, text_of
from proxy.console.lessons.asked import Asked
from proxy.console.problem import Problem
from proxy.corpus.documents import Document
from proxy.ledger.failures.lessons import NOTE, Lesson, begun
from proxy.ledger.failures.records import FailureEvent
from proxy.ledger.records import DecisionRecord

MISSING = "missing"


def documents_of(record: DecisionRecord | None, documents: Sequence[Document]) -> list[Document]:
    """The documents that the answer was judged by, as they are now."""
    claims = record.claims if record else []
    named = {one.get("document") for claim in claims for one in claim.get("evidence") or ()}
    return [one for one in documents if one.id in named]


def notes_about(document_id: str, lessons: Iterable[Lesson]) -> list[Lesson]:
    """The notes of failures to the owner of a document."""
    return [one for one in lessons if one.kind == NOTE and one.told("document") == document_id]


async def make(asked: Asked) -> FailureEvent:
    """Raises Problem where no text is named, or nothing is said of it."""
    text = text_of(asked.form, "text", LONGEST_NOTE)
    documents = asked.services.corpus.current.documents
    told = _noted(text_of(asked.form, "about", 400), text, documents)
    return begun(NOTE, asked.now, asked.person.name, text, **told)


async def check(asked: Asked, lesson: Lesson) -> None:
    """Raises Problem where the text is still the one that was noted."""
    document, noted = lesson.told("document"), lesson.told("content_hash")
    if document and not _was_changed(document, noted, asked.services.corpus.current.documents):
        told = f"The text of {document} is the one that the note is about. It goes on waiting."
        raise Problem("The text was not changed yet", told, 409)


def _noted(about: str, text: str, documents: Sequence[Document]) -> dict[str, str]:
    """What the event of a note names: the document as it is now, and its owner. Raises Problem."""
    document = next((one for one in documents if one.id == about), None)
    if not text or (document is None and about != MISSING):
        raise Problem("Nothing was noted", "Choose which text, and write what is wrong or missing.", 422)
    if document is None:
        return {}
    told = {"document": document.id, "content_hash": document.content_hash, "owner": document.owner}
    return {name: value for name, value in told.items() if value}


def _was_changed(document_id: str, content_hash: str, documents: Sequence[Document]) -> bool:
    """Whether a document's text is another one than that which was noted, or the document is gone."""
    now = next((one for one in documents if one.id == document_id), None)
    return now is None or now.content_hash != content_hash
