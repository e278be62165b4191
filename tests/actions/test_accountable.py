"""Every answer has an accountable owner by name: reviewer, policy owner, or the route's owner, in this order."""

from __future__ import annotations

import pytest
from conftest import RunningProxy, StartProxy
from support.waiting import until

from proxy.actions.accountable import POLICY_OWNER, REVIEWER, ROUTE_OWNER, Accountable, accountable
from proxy.actions.decide import Action, Judged, Ruling
from proxy.corpus.documents import Document, Hit, Passage, PassageKind
from proxy.grounding.judging import NOTHING_TO_CHECK, Judgement
from proxy.grounding.text.segments import Segment, SegmentKind
from proxy.grounding.types import Claim, ClaimKind, Evidence, Label, Verdict
from proxy.rules.policies import OPERATOR, Route
from proxy.rules.problems import PoliciesError
from proxy.rules.reading import read_policies

ROUTE = Route(name="r", owner="Front Office")
SENTENCE = Segment("Two bags are free.", 0, 18, SegmentKind.SENTENCE, "Two bags are free.")


def judged(
    action: Action, confidence: float = 0.9, *, decided: str = "bags", owner: str | None = "Bags Team"
) -> Judged:
    """A sentence that a quote of ``decided`` decided, where only ``bags`` is a document."""
    document = Document("bags", "bags.md", "Bags", "Two bags are free.", "0" * 64, owner=owner)
    hit = Hit(Passage(document, 1, PassageKind.PARAGRAPH, ("Bags",), "", "", 0, 0, 1, 1), 1.0, 0.8, 1.0)
    claim = Claim("Two bags are free.", 0, 18, ClaimKind.POLICY, "Two bags are free.")
    verdict = Verdict(Label.SUPPORTED, confidence, "why", (Evidence(decided, "Bags", "Two bags are free."),))
    return Judged(SENTENCE, Ruling(action, "why"), Judgement(claim, verdict, (hit,)))


FARES = judged(Action.REWRITE, 0.1, owner="Fares")


def small_talk() -> Judged:
    judgement = Judgement(Claim("Hi!", 0, 3, ClaimKind.NOT_CHECKABLE, "Hi!"), NOTHING_TO_CHECK)
    return Judged(SENTENCE, Ruling(Action.DELIVER, ""), judgement)


def not_judged(action: Action) -> Judged:
    return Judged(SENTENCE, Ruling(action, ""), unverified="busy")


@pytest.mark.parametrize(
    ("sentences", "answered_by", "expected"),
    [
        ([judged(Action.DELIVER)], "ana", Accountable("ana", REVIEWER)),
        ([], "ana", Accountable("ana", REVIEWER)),
        ([judged(Action.DELIVER)], None, Accountable("Bags Team", POLICY_OWNER)),
        ([small_talk(), judged(Action.DELIVER)], None, Accountable("Bags Team", POLICY_OWNER)),
        ([judged(Action.DELIVER), FARES], None, Accountable("Fares", POLICY_OWNER)),
        ([judged(Action.REWRITE, 0.2), FARES], None, Accountable("Fares", POLICY_OWNER)),
        ([judged(Action.DELIVER, owner=None)], None, Accountable("Front Office", ROUTE_OWNER)),
        ([judged(Action.DELIVER, owner="")], None, Accountable("Front Office", ROUTE_OWNER)),
        ([judged(Action.DELIVER, decided="tool:get_booking")], None, Accountable("Front Office", ROUTE_OWNER)),
        ([judged(Action.DELIVER), not_judged(Action.REFUSE)], None, Accountable("Front Office", ROUTE_OWNER)),
        ([small_talk()], None, Accountable("Front Office", ROUTE_OWNER)),
        ([], None, Accountable("Front Office", ROUTE_OWNER)),
    ],
)  # fmt: skip
def test_the_first_that_there_is_counts(
    sentences: list[Judged], answered_by: str | None, expected: Accountable
) -> None:
    assert accountable(sentences, ROUTE, answered_by) == expected


def test_what_observing_would_have_done_decides_as_what_was_done_does() -> None:
    left = judged(Action.REWRITE, 0.9, owner="Fares")
    immediate = left.ruled(left.ruling.not_followed())
    assert accountable([judged(Action.DELIVER, 0.1), immediate], ROUTE).owner == "Fares"


def test_a_route_that_names_nobody_is_the_operators() -> None:
    assert accountable([], Route(name="r")) == Accountable(OPERATOR, ROUTE_OWNER)


@pytest.mark.parametrize("owner", ['""', '"   "', "7", "[a]", "x" * 201])
def test_an_owner_that_is_no_name_is_refused_with_its_line(owner: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "routes.yaml").write_text(f"routes:\n  - name: r\n    owner: {owner}\n", encoding="utf-8")
    with pytest.raises(PoliciesError, match=r"routes\.yaml:3.*owner"):
        read_policies(tmp_path)


def test_every_answer_says_who_is_accountable_in_record_and_object(start_proxy: StartProxy) -> None:
    proxy = start_proxy(policies="routes:\n  - name: air\n    owner: Front Office\n")
    supported = told(
        proxy, "When must I apply for the bereavement fare?", "You must apply before you travel."
    )
    assert supported == ("Fares and Ticketing", "policy owner", "Fares and Ticketing")
    greeting = told(proxy, "Hello!", "Hello!")
    assert greeting == ("Front Office", "route owner", "Front Office")


def told(proxy: RunningProxy, question: str, answer: str) -> tuple[str, str, str | None]:
    proxy.provider.answers(answer)
    cxai = proxy.ask(question).json()["cxai"]
    record = until(lambda: proxy.awaited_record(cxai["response_id"]))
    return cxai["accountable"]["owner"], cxai["accountable"]["role"], record.owner
