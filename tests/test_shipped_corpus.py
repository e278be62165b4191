"""The shipped corpus, and what the guard says about 151 sentences that a chatbot could say about it.

The bars are shares of both halves of ``data/shipped_corpus_cases.yaml``; the held-out half is the one that was not
looked at while the verifier was built. Misses are printed where a bar is not met.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from proxy.corpus.corpus import Corpus, build_corpus
from proxy.corpus.documents import Scope
from proxy.corpus.lint import lint
from proxy.grounding.claims import claim_of
from proxy.grounding.judging import judge_claim
from proxy.grounding.segments import segment
from proxy.grounding.types import Label, Verdict
from proxy.grounding.verifier import LexicalSemanticVerifier
from proxy.models.embedder import Embedder

REPOSITORY = Path(__file__).parents[1]
FOLDER = REPOSITORY / "policy_corpus"
TODAY = datetime(2026, 11, 25, 12, tzinfo=UTC)

FALSE_STOPPED = 0.90
TRUE_SUPPORTED = 0.85


@dataclass(frozen=True)
class Case:
    id: str
    company: str
    document: str
    label: str
    type: str
    question: str
    claim: str
    held_out: bool
    jurisdiction: str | None = None
    as_of: str | None = None

    @property
    def scope(self) -> Scope:
        date = datetime.fromisoformat(self.as_of).replace(tzinfo=UTC) if self.as_of else TODAY
        return Scope(date, self.jurisdiction)


def read_cases() -> list[Case]:
    path = Path(__file__).parent / "data" / "shipped_corpus_cases.yaml"
    return [Case(**entry) for entry in yaml.safe_load(path.read_text(encoding="utf-8"))]


CASES = read_cases()
MOFFATT = [case for case in CASES if case.type.startswith("moffatt")]
FALSE = [case for case in CASES if case.label != "supported" and case not in MOFFATT]
TRUE = [case for case in CASES if case.label == "supported"]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.load()


@pytest.fixture(scope="module")
def corpus(embedder: Embedder) -> Corpus:
    return build_corpus(FOLDER, embedder)


Judge = Callable[[Case], Verdict]


@pytest.fixture(scope="module")
def judge(corpus: Corpus, embedder: Embedder) -> Judge:
    """A case's verdict: that of its weakest sentence."""
    verifier = LexicalSemanticVerifier(embedder.embed)
    verdicts: dict[str, Verdict] = {}

    def verdict_of(case: Case) -> Verdict:
        if case.id not in verdicts:
            found = []
            for piece in segment(case.claim):
                claim = claim_of(piece)
                hits = corpus.retrieve(claim.reading, case.scope)
                judged = judge_claim(
                    claim,
                    question=case.question,
                    hits=hits,
                    facts=(),
                    said=[case.question],
                    verifier=verifier,
                )
                found.append(judged.verdict)
            verdicts[case.id] = min(found, key=lambda verdict: verdict.confidence)
        return verdicts[case.id]

    return verdict_of


def is_stopped(verdict: Verdict) -> bool:
    """Whether the sentence does not reach the customer: what says nothing checkable would."""
    return verdict.label in (Label.CONTRADICTED, Label.UNSUPPORTED)


def miss(case: Case, verdict: Verdict) -> str:
    """In words; of a held-out case only what it is, so that reading a failure does not use it up."""
    what = f"{case.id} {case.type}: {verdict.label} {verdict.confidence:.2f}"
    return what if case.held_out else f"{what} ({verdict.reason})\n    {case.claim}"


def share(cases: list[Case], judge: Judge, is_right: Callable[[Verdict], bool], name: str) -> float:
    misses = [miss(case, judge(case)) for case in cases if not is_right(judge(case))]
    print(f"\n{name}: {len(cases) - len(misses)} of {len(cases)}", *misses, sep="\n  ")
    return 1 - len(misses) / len(cases)


@pytest.mark.parametrize("case", MOFFATT, ids=lambda case: case.id)
def test_the_sentence_of_the_case_and_its_paraphrases_are_stopped(case: Case, judge: Judge) -> None:
    assert is_stopped(judge(case)), miss(case, judge(case))


@pytest.mark.parametrize("held_out", [False, True], ids=["dev", "held_out"])
def test_false_sentences_are_stopped(judge: Judge, held_out: bool) -> None:
    cases = [case for case in FALSE if case.held_out is held_out]
    assert share(cases, judge, is_stopped, "false sentences stopped") >= FALSE_STOPPED


@pytest.mark.parametrize("held_out", [False, True], ids=["dev", "held_out"])
def test_true_sentences_are_supported(judge: Judge, held_out: bool) -> None:
    cases = [case for case in TRUE if case.held_out is held_out]

    def is_supported(verdict: Verdict) -> bool:
        return verdict.label is Label.SUPPORTED

    assert share(cases, judge, is_supported, "true sentences supported") >= TRUE_SUPPORTED


def test_the_shipped_corpus_is_clean() -> None:
    assert [str(problem) for problem in lint(FOLDER)] == []


def test_it_shows_what_a_corpus_can_be(corpus: Corpus) -> None:
    documents = corpus.documents
    assert len(documents) >= 14
    assert {document.id.split("/")[0] for document in documents} == {"airline", "telecom"}
    in_force = {document.id for document in corpus.in_force(Scope(TODAY))}
    assert "airline/checked-baggage-2024" not in in_force, "superseded"
    assert "airline/loyalty-programme-2031" not in in_force, "not yet in force"
    assert "airline/staff/goodwill-guidelines" not in in_force, "for staff only"
    for_staff = {document.id for document in corpus.in_force(Scope(TODAY, audience="staff"))}
    assert "airline/staff/goodwill-guidelines" in for_staff
    in_canada = {document.id for document in corpus.in_force(Scope(TODAY, jurisdiction="CA"))}
    assert "airline/delays-canada" in in_canada
    assert "airline/delays-europe" not in in_canada


def test_every_case_names_a_shipped_document_and_an_own_id() -> None:
    assert all((FOLDER / f"{case.document}.md").is_file() for case in CASES)
    assert len({case.id for case in CASES}) == len(CASES)
    assert len(MOFFATT) >= 7
    assert len(FALSE) >= 25
    assert len(TRUE) >= 40
