"""A regression case of a failure: what was asked and said, and what must come of it, for ``cxai policies test``.

It is tried before it counts: one that passes is written into ``policies/tests``, for a person to commit; one that fails
waits in ``policies/tests/waiting``, which no test run reads, so that a lesson not learned yet stops nobody's change.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from litestar.datastructures import FormMultiDict

from proxy.authoring.cases.options import EXPECTED
from proxy.authoring.cases.reading import FOLDER, cases_from
from proxy.console.case.forms import LONGEST_ANSWER, LONGEST_NOTE, text_of
from proxy.console.frame import console_of
from proxy.console.lessons.asked import Asked
from proxy.console.problem import Problem
from proxy.ledger.failures.lessons import CASE, Lesson, begun, holds
from proxy.ledger.failures.records import Failure, FailureEvent, Kind
from proxy.ledger.masking import mask
from proxy.ledger.records import DecisionRecord
from proxy.rules.problems import PoliciesError
from proxy.rules.reading import policy_texts
from proxy.wire.services import Services

WAITING = "waiting"
_HEAD = "# Learned from {failure_id}. Look at it before you commit it: it must name no customer.\n"
_EXPECTED: Mapping[str, str] = {Kind.WRONG_BLOCK: "supported"}  # of all else: that it is stopped


@dataclass(frozen=True, slots=True)
class CaseForm:
    """What the form says; ``expect`` is one of ``EXPECTED`` of the cases' files."""

    question: str
    answer: str
    expect: str
    document: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """``problem`` says what came instead of what was meant; "" where it passed."""

    problem: str

    @property
    def passed(self) -> bool:
        return not self.problem


def suggested(failure: Failure, record: DecisionRecord | None, sentence: str) -> CaseForm:
    """The case as a form begins with: personal details are masked, since a file is read by many."""
    question = (record.question if record else None) or ""
    answer = sentence or failure.text or ""
    return CaseForm(mask(question), mask(answer), _EXPECTED.get(failure.kind, "stopped"))


def case_text(failure_id: str, form: CaseForm, record: DecisionRecord | None) -> str:
    """The file of one case. Raises Problem where it is none."""
    case: dict[str, Any] = {"name": case_name(failure_id)}
    case |= {"question": form.question} if form.question else {}
    case |= {"answer": form.answer, "expect": [form.expect]}
    case |= {"document": form.document} if form.document else {}
    case |= _asker(record)
    body = yaml.safe_dump({"cases": [case]}, sort_keys=False, allow_unicode=True, width=110)
    text = _HEAD.format(failure_id=failure_id) + body
    if not form.answer or form.expect not in EXPECTED:
        raise Problem(
            "This is no case yet", f"Write the answer, and choose one of {', '.join(EXPECTED)}.", 422
        )
    try:
        cases_from({file_name(failure_id): text})
    except PoliciesError as error:
        raise Problem("This is no case yet", "\n".join(one.message for one in error.problems), 422) from None
    return text


def case_name(failure_id: str) -> str:
    return f"learned-{failure_id.lower()}"


def file_name(failure_id: str) -> str:
    return f"{case_name(failure_id)}.yaml"


def write_case(services: Services, failure_id: str, text: str, *, passed: bool) -> bool:
    """Put the file where it belongs, and nowhere else; whether it could be written."""
    if services.policies.folder is None:
        return False
    tests = services.policies.folder / FOLDER
    here, there = tests / file_name(failure_id), tests / WAITING / file_name(failure_id)
    place, other = (here, there) if passed else (there, here)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        other.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def waiting_text(services: Services, failure_id: str) -> str | None:
    """The case that waits, as its file says it now: somebody may have put it right there. None where there is none."""
    if services.policies.folder is None:
        return None
    try:
        return (services.policies.folder / FOLDER / WAITING / file_name(failure_id)).read_text(
            encoding="utf-8"
        )
    except (OSError, UnicodeDecodeError):
        return None


async def make(asked: Asked) -> FailureEvent:
    """Try the case, and write it where it belongs. Raises Problem."""
    text = case_text(asked.failure_id, form_of(asked.form), asked.opened.around.record)
    tried = await _tried(asked, text)
    wrote = await asyncio.to_thread(write_case, asked.services, asked.failure_id, text, passed=tried.passed)
    told: dict[str, Any] = {"name": file_name(asked.failure_id), "written": wrote}
    if tried.passed and wrote:
        return holds(CASE, asked.now, asked.person.name, **told)
    return begun(CASE, asked.now, asked.person.name, tried.problem or None, **told)


async def check(asked: Asked, _: Lesson) -> None:
    """Try the case again, as its file says it by now. Raises Problem where it does not pass."""
    text = await asyncio.to_thread(waiting_text, asked.services, asked.failure_id)
    if text is None:
        told = f"policies/tests/waiting/{file_name(asked.failure_id)} is not there (any more). Make the case anew."
        raise Problem("The case cannot be tried", told, 409)
    tried = await _tried(asked, text)
    if not tried.passed:
        raise Problem("The case still fails", f"{tried.problem}. It goes on waiting.", 409)
    if not await asyncio.to_thread(write_case, asked.services, asked.failure_id, text, passed=True):
        raise Problem("The case could not be written", "The policies folder cannot be written to.", 409)


def form_of(form: FormMultiDict) -> CaseForm:
    """What was sent. Raises Problem where it is too long."""
    return CaseForm(
        text_of(form, "question", LONGEST_NOTE),
        text_of(form, "answer", LONGEST_ANSWER),
        text_of(form, "expect", 40),
        text_of(form, "document", 400),
    )


async def _tried(asked: Asked, text: str) -> Tried:
    """The case alone, held against the documents and policies that are live. Raises Problem."""
    services, failure_id = asked.services, asked.failure_id
    with tempfile.TemporaryDirectory(prefix="cxai-case-") as tried:
        folder = Path(tried, "policies")
        (folder / FOLDER).mkdir(parents=True)
        for path, content in policy_texts(services.policies.folder).items():
            (folder / Path(path).name).write_text(content, encoding="utf-8")
        (folder / FOLDER / file_name(failure_id)).write_text(text, encoding="utf-8")
        rows = await console_of(asked.request).children.rows(
            *("policies", "test", "--json", "--policies", str(folder), "--corpus", services.corpus.place)
        )
    own = next((row for row in rows if row.get("name") == case_name(failure_id)), None)
    if own is None:
        raise Problem("The case could not be tried", "The log says why.", 422)
    return Tried("; ".join(map(str, own.get("problems") or ())))


def _asker(record: DecisionRecord | None) -> dict[str, str]:
    """By whom and when it was asked, so that the case goes the same way and does not change by itself."""
    if record is None:
        return {}
    asked = record.request or {}
    names = {"channel": "channel", "audience": "audience", "market": "jurisdiction"}
    told = {name: str(asked[ours]) for ours, name in names.items() if asked.get(ours)}
    at = record.policy_date or record.created_at
    return {"model": record.model, **told, "as_of": f"{at:%Y-%m-%d}"}
