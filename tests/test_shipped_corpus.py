"""The shipped corpus, and what the guard does with sentences that a chatbot could say about it.

Two files of labelled cases: ``shipped_corpus_cases.yaml``, half of which was looked at while the verifier was built,
and ``unseen_corpus_cases.yaml``, written by somebody who did not know the verifier. A case goes the way of its
company's route in ``policies/``. The bars are regressions' bars, below what was measured (docs/quality.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
import yaml

from proxy.actions.decide import Action, Ruling, decide
from proxy.authoring.lint.linting import lint
from proxy.corpus.corpus import Corpus, build_corpus
from proxy.corpus.documents import Scope
from proxy.corpus.problems import Severity
from proxy.grounding.claims.kinds import claim_of
from proxy.grounding.judging import judge_claim
from proxy.grounding.policy.verifier import PolicyVerifier
from proxy.grounding.text.segments import segment
from proxy.models.embedder import Embedder
from proxy.models.entailment import EntailmentModel
from proxy.rules.reading import read_policies

REPOSITORY = Path(__file__).parents[1]
FOLDER = REPOSITORY / "policy_corpus"
TODAY = datetime(2026, 11, 25, 12, tzinfo=UTC)

FALSE_STOPPED = 0.70
TRUE_DELIVERED = 0.74


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
        return Scope(date, self.jurisdiction, documents=(f"{self.company}/*",))


def read_cases(name: str) -> list[Case]:
    path = Path(__file__).parent / "data" / name
    return [Case(**entry) for entry in yaml.safe_load(path.read_text(encoding="utf-8"))]


KNOWN, UNSEEN = read_cases("shipped_corpus_cases.yaml"), read_cases("unseen_corpus_cases.yaml")
CASES = KNOWN + UNSEEN
SETS = {
    "dev": [case for case in KNOWN if not case.held_out],
    "held_out": [case for case in KNOWN if case.held_out],
    "unseen": UNSEEN,
}
MOFFATT = [
    case
    for case in CASES
    if case.type in ("moffatt_verbatim", "moffatt_paraphrase", "bereavement_after_travel")
]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.load()


@pytest.fixture(scope="module")
def corpus(embedder: Embedder) -> Corpus:
    return build_corpus(FOLDER, embedder)


Judge = Callable[[Case], Ruling]


@pytest.fixture(scope="module")
def judge(corpus: Corpus, embedder: Embedder) -> Judge:
    """What is done with a case: what is done with its worst sentence."""
    verifier, policies = (
        PolicyVerifier(embedder.embed, EntailmentModel.load()),
        read_policies(REPOSITORY / "policies"),
    )

    @cache
    def ruling_of(case: Case) -> Ruling:
        route = policies.route_for(model=case.company)
        rulings = []
        for piece in segment(case.claim):
            claim = claim_of(piece, case.question)
            hits = corpus.retrieve(claim.reading, case.scope, question=case.question)
            judgement = judge_claim(
                claim, question=case.question, hits=hits, facts=(), said=[case.question], verifier=verifier
            )
            rulings.append(decide(judgement, route))
        return max(rulings, key=lambda ruling: ruling.action)

    return ruling_of


def miss(case: Case, ruling: Ruling) -> str:
    """In words; of a held-out case only what it is, so that reading a failure does not use it up."""
    what = f"{case.id} {case.type}: {ruling.action.word}"
    return what if case.held_out else f"{what} ({ruling.reason})\n    {case.claim}"


def share(cases: list[Case], judge: Judge, *, delivered: bool) -> float:
    misses = [
        miss(case, judge(case)) for case in cases if (judge(case).action is Action.DELIVER) is not delivered
    ]
    print(
        f"\n{'delivered' if delivered else 'stopped'}: {len(cases) - len(misses)} of {len(cases)}",
        *misses,
        sep="\n  ",
    )
    return 1 - len(misses) / len(cases)


@pytest.mark.parametrize("case", MOFFATT, ids=lambda case: case.id)
def test_the_sentence_of_the_case_and_its_paraphrases_are_stopped(case: Case, judge: Judge) -> None:
    assert judge(case).action is not Action.DELIVER, miss(case, judge(case))


@pytest.mark.parametrize("name", SETS)
def test_false_sentences_are_stopped(judge: Judge, name: str) -> None:
    false = [case for case in SETS[name] if case.label != "supported"]
    assert share(false, judge, delivered=False) >= FALSE_STOPPED


@pytest.mark.parametrize("name", SETS)
def test_true_sentences_are_delivered(judge: Judge, name: str) -> None:
    true = [case for case in SETS[name] if case.label == "supported"]
    assert share(true, judge, delivered=True) >= TRUE_DELIVERED


def test_the_shipped_corpus_is_clean_but_for_wording() -> None:
    """Real policies say "we may"; that is worth a note, and all that is to be said."""
    found = lint(FOLDER)
    assert {(finding.check, finding.problem.severity) for finding in found} <= {("wording", Severity.NOTE)}
    assert len(found) < 15


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
