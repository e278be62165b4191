"""A note to the owner of a policy's text that is wrong, or that there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from proxy.access.people.roles import Person, Role
from proxy.console.case.addresses import CASES
from proxy.console.case.claims import ShownClaim
from proxy.console.case.forms import LONGEST_NOTE, text_of
from proxy.console.case.opened import open_case
from proxy.console.case.page import shown_claims
from proxy.console.case.passages import ShownPassage
from proxy.console.errors import Problem
from proxy.console.frame import Asking, fragment
from proxy.console.guards import requires
from proxy.console.reviewing import reviewing_of
from proxy.ledger.reviews.policy_notes import PolicyNote
from proxy.wire.services import Services

MISSING = "missing"


@dataclass(frozen=True, slots=True)
class NotedText:
    """A text that a note may be about; ``value`` is what the form sends."""

    value: str
    words: str
    passage: ShownPassage


def noted_texts(claims: Sequence[ShownClaim]) -> list[NotedText]:
    """The policy's passages beside the answer, each once."""
    return [
        NotedText(
            f"{one.document}:{one.line_start}", f"{one.section} ({one.document}, line {one.line_start})", one
        )
        for one in _passages(claims)
    ]


@post(CASES + "/{ref:str}/policy-note", guards=[requires(Role.REVIEWER)], status_code=200)
async def policy_note(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services], ref: FromPath[str]
) -> Response[str]:
    """Keep the note, for its owner to find at the document's page. The case goes on as it is."""
    form = await request.form()
    about, text = text_of(form, "about", 400), text_of(form, "text", LONGEST_NOTE)

    def kept() -> dict[str, Any]:
        now = datetime.now(UTC)
        opened = open_case(services.ledger, reviewing_of(request, person), person, ref, now)
        if not (opened.lease.is_mine and opened.is_revealed):
            raise Problem("Not now", "Hold the case and judge its answer first; then tell the owner.", 409)
        texts = noted_texts(shown_claims(services.ledger, opened))
        chosen = next((one for one in texts if one.value == about), None)
        values = {"case": opened.case, "documents": texts, "noted": "", "problem": ""}
        if not text or (chosen is None and about != MISSING):
            return {**values, "problem": "Choose which text, and write what is wrong or missing."}
        services.ledger.policy_notes.add(_note(person, ref, text, now, chosen))
        owner = chosen.passage.owner if chosen else None
        return {**values, "noted": f"Noted for {owner}." if owner else "Noted. Nobody is named as its owner."}

    return fragment(request, "case/_policy_note.html", **await asyncio.to_thread(kept))


def _note(person: Person, ref: str, text: str, now: datetime, chosen: NotedText | None) -> PolicyNote:
    if chosen is None:
        return PolicyNote(now, person.name, ref, text, tenant=person.tenant)
    one = chosen.passage
    return PolicyNote(
        now,
        person.name,
        ref,
        text,
        document_id=one.document,
        content_hash=one.content_hash,
        section=one.section,
        line=one.line_start,
        owner=one.owner,
        tenant=person.tenant,
    )


def _passages(claims: Sequence[ShownClaim]) -> Iterator[ShownPassage]:
    seen = set()
    for one in (shown for claim in claims for shown in claim.evidence):
        if isinstance(one, ShownPassage) and (key := (one.document, one.line_start)) not in seen:
            seen.add(key)
            yield one
