"""Settling a case, as the console's server sees it: what is refused, what leaves, and what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest
from conftest import RunningProxy
from console.case.escalated import ANSWER, escalate
from support.people import add_person, console_client, session_token

from proxy.access.people.roles import Role
from proxy.ledger.database import WRITES
from proxy.ledger.reviews.records import ReviewGiving
from proxy.ledger.staff.people import PersonRecord
from proxy.rules.policies import REJECTION_MESSAGE

COVERED = "A bereavement fare gives you 15% off the Standard or Flex fare for the same flights."


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Somebody at the page of a case; ``asked`` are the claims that they have to judge, all of the answer's here."""

    proxy: RunningProxy
    client: httpx.Client
    person: PersonRecord
    csrf: str
    ref: str

    def post(self, path: str, **fields: str) -> httpx.Response:
        return self.client.post(f"/console/cases/{self.ref}{path}", data={"csrf": self.csrf, **fields})

    def judge(self, number: int, verdict: str, **fields: str) -> httpx.Response:
        seen = f"{number}-text {number}-none {number}-0 {number}-1 {number}-2"
        told = {"visible_ms": "9000", "focused_ms": "8000", "evidence_ms": "9000", "seen": seen, **fields}
        return self.post(f"/claims/{number}", verdict=verdict, **told)

    def page(self) -> str:
        return self.client.get(f"/console/cases/{self.ref}").text


@pytest.fixture
def reviewer(escalating: RunningProxy) -> Iterator[Reviewer]:
    """Somebody who holds a case and has judged nothing yet."""
    with reviewing(escalating, "Ada Example") as made:
        made.post("/claim")
        yield made


@contextmanager
def reviewing(proxy: RunningProxy, name: str, ref: str = "") -> Iterator[Reviewer]:
    """Somebody new, at the page of this case, or of a new one."""
    with proxy.ledger() as ledger:
        person = add_person(ledger, Role.REVIEWER, name=name)
        token = session_token(ledger, person)
    with console_client(proxy.url, token) as client:
        csrf = client.get("/console/account").text.partition('name="csrf" value="')[2].partition('"')[0]
        yield Reviewer(proxy, client, person, csrf, ref or escalate(proxy))


def judge_all(reviewer: Reviewer) -> None:
    reviewer.judge(0, "supported")
    assert "Settle the case" in reviewer.judge(1, "contradicted").text


def test_nothing_is_decided_before_the_answer_is_judged(reviewer: Reviewer) -> None:
    reviewer.judge(0, "supported")
    for action in ("approve", "correct", "reject", "hand-over", "draft"):
        refused = reviewer.post(f"/{action}", text=COVERED, reason="x", note="x", to="queue")
        assert refused.status_code == 409 and "Judge the sentences" in refused.text, action
    with reviewer.proxy.ledger() as ledger:
        assert ledger.desk.answers(reviewer.ref) == []


@pytest.mark.parametrize("seen", ["", "1-text", "1-0 1-1", "0-text 0-0", "1-text 1-1"])
def test_a_judgement_whose_evidence_was_not_on_the_screen_is_refused(reviewer: Reviewer, seen: str) -> None:
    refused = reviewer.judge(1, "supported", seen=seen)
    assert "not been on your screen" in refused.text
    assert 'value="supported" checked' in refused.text  # as it was chosen
    assert refused.text.count('" checked') == 1
    with reviewer.proxy.ledger() as ledger:
        assert ledger.reviews.reviews("default", case_ref=reviewer.ref)[0].judgements == ()


def test_what_is_no_verdict_is_refused(reviewer: Reviewer) -> None:
    for verdict in ("", "approved", "<script>"):
        assert "Choose one of the four first." in reviewer.judge(1, verdict).text
    assert reviewer.judge(7, "supported").status_code < 500


def test_the_models_answer_leaves_over_a_warning_with_a_reason_alone(reviewer: Reviewer) -> None:
    judge_all(reviewer)
    warned = reviewer.post("/approve")
    assert warned.status_code == 422 and "Policy does not cover this" in warned.text
    sent = reviewer.post("/approve", override_reason="Agreed with Fares on the phone.")
    assert "The model’s answer is sent" in sent.text
    with reviewer.proxy.ledger() as ledger:
        answer = ledger.desk.answers(reviewer.ref)[0]
        assert (answer.text, answer.author, answer.verified) == (ANSWER, reviewer.person.id, False)
        assert answer.override_reason == "Agreed with Fares on the phone."
        assert ledger.reviews.reviews("default", case_ref=reviewer.ref)[0].finished


def test_what_has_left_is_told_so_though_the_ledger_fails_right_after(reviewer: Reviewer) -> None:
    judge_all(reviewer)
    full = "CREATE TRIGGER full BEFORE INSERT ON review_ends BEGIN SELECT RAISE(ABORT, 'full'); END"
    with reviewer.proxy.ledger() as ledger:
        with ledger._engine.execution_options(**{WRITES: True}).begin() as connection:
            connection.exec_driver_sql(full)
        try:
            sent = reviewer.post("/approve", override_reason="Agreed with Fares on the phone.")
        finally:
            with ledger._engine.execution_options(**{WRITES: True}).begin() as connection:
                connection.exec_driver_sql("DROP TRIGGER full")
        assert "The model’s answer is sent" in sent.text
        assert ledger.desk.answers(reviewer.ref)[0].text == ANSWER


def test_a_correction_that_policy_covers_leaves_at_once(reviewer: Reviewer) -> None:
    judge_all(reviewer)
    checked = reviewer.post("/draft", text=f"{COVERED} You may also have 90% off after your journey.")
    assert checked.text.count('class="tag good"') == 1 and COVERED in checked.text
    sent = reviewer.post("/correct", text=COVERED).text
    assert (
        "Your answer is sent" in sent and 'id="lease" hx-swap-oob' in sent
    )  # the top of the page tells it, too
    with reviewer.proxy.ledger() as ledger:
        answer = ledger.desk.answers(reviewer.ref)[0]
        assert (answer.text, answer.verified, answer.override_reason) == (COVERED, True, None)
        assert answer.author_name == "Ada Example"
    assert "You hold this case" not in reviewer.page() and "answered, opened" in reviewer.page()
    assert reviewer.post("/correct", text=COVERED).status_code == 409  # once is enough


def test_a_rejection_needs_a_reason_which_stays_on_record(reviewer: Reviewer) -> None:
    judge_all(reviewer)
    assert "Write why it cannot be said." in reviewer.post("/reject", text="Please call us.").text
    told = "Please call Reservations."
    sent = reviewer.post(
        "/reject", reason="The rule is made up.", text=told, override_reason="A way to reach us."
    )
    assert "The answer is rejected" in sent.text
    with reviewer.proxy.ledger() as ledger:
        notes = [event.note for event in ledger.desk.events(reviewer.ref)]
        assert "rejected the answer: The rule is made up." in notes
        assert ledger.desk.answers(reviewer.ref)[0].text == told


def test_the_operators_own_words_of_a_rejection_need_no_second_reason(reviewer: Reviewer) -> None:
    judge_all(reviewer)
    assert "colleague just now" not in reviewer.page()  # which is said where nobody could be asked
    assert REJECTION_MESSAGE in reviewer.page()
    sent = reviewer.post("/reject", reason="The rule is made up.", text=REJECTION_MESSAGE)
    assert "The answer is rejected" in sent.text
    with reviewer.proxy.ledger() as ledger:
        answer = ledger.desk.answers(reviewer.ref)[0]
        assert (answer.text, answer.verified, answer.override_reason) == (
            REJECTION_MESSAGE,
            False,
            "The rule is made up.",
        )


def test_a_case_is_handed_to_a_colleague_with_a_note(reviewer: Reviewer) -> None:
    judge_all(reviewer)
    assert "Choose who gets it" in reviewer.post("/hand-over", to="nobody", note="x").text
    with reviewing(reviewer.proxy, "Bo Other", reviewer.ref) as other:
        handed = reviewer.post("/hand-over", to=other.person.id, note="You know groups.")
        assert "It goes to Bo Other" in handed.text
        page = other.page()
        assert "You hold this case" in page and "You know groups." in page
        assert "You differ" not in page and "The machine said" not in page  # they judge for themselves
    assert "Bo Other holds this case" in reviewer.page()


def test_who_does_not_hold_the_case_changes_nothing(reviewer: Reviewer) -> None:
    judge_all(reviewer)
    with reviewing(reviewer.proxy, "Bo Other", reviewer.ref) as other:
        assert other.post("/claim").status_code == 409
        assert other.judge(0, "supported").status_code == 409
        assert other.post("/correct", text=COVERED).status_code == 409
        assert other.post("/release").status_code == 409
        assert "The machine said" not in other.page()


def test_a_case_that_is_put_back_is_taken_up_by_another_who_judges_anew(reviewer: Reviewer) -> None:
    judge_all(reviewer)
    assert reviewer.post("/release").status_code == 303
    with reviewing(reviewer.proxy, "Bo Other", reviewer.ref) as other:
        assert other.post("/claim").status_code == 303
        assert "0 of 2 done" in other.page()
    assert "Bo Other holds this case" in reviewer.post("/renew").text  # an open page does not take it back


def test_too_long_a_text_is_told_and_not_cut(reviewer: Reviewer) -> None:
    judge_all(reviewer)
    refused = reviewer.post("/correct", text="a " * 5_000)
    assert refused.status_code == 400 and "At most 8,000 characters" in refused.text


def test_the_owner_of_a_text_finds_what_a_reviewer_noted(reviewer: Reviewer) -> None:
    assert reviewer.post("/policy-note", about="missing", text="Too early.").status_code == 409
    judge_all(reviewer)
    about = (
        reviewer.page()
        .partition('<select id="about"')[2]
        .partition('<option value="airline/')[2]
        .partition('"')[0]
    )
    assert "Choose which text" in reviewer.post("/policy-note", about="airline/none:1", text="x").text
    noted = reviewer.post("/policy-note", about=f"airline/{about}", text="Nobody finds <b>this</b> sentence.")
    assert "Noted for Fares and Ticketing." in noted.text
    assert "Nobody is named as its owner" in reviewer.post("/policy-note", about="missing", text="Pets?").text
    document = "/console/policies/document?document=airline/bereavement-fares"
    page = reviewer.client.get(document).text
    assert (
        "Nobody finds &lt;b&gt;this&lt;/b&gt; sentence." in page
        and reviewer.ref in page
        and "Pets?" not in page
    )
    assert "Pets?" in reviewer.client.get("/console/policies").text
    assert "You hold this case" in reviewer.page()  # the case goes on


def test_the_page_of_the_answer_does_not_tell_what_the_case_keeps_back(reviewer: Reviewer) -> None:
    with reviewer.proxy.ledger() as ledger:
        case = ledger.desk.case(reviewer.ref)
        assert case is not None
        viewer = session_token(ledger, add_person(ledger, Role.VIEWER))
    path = f"/console/answers/{case.response_id}"
    assert "waits to be reviewed" in reviewer.client.get(path).text
    assert "rules out" not in reviewer.client.get(path).text
    with reviewing(reviewer.proxy, "Bo Other", reviewer.ref) as other:
        assert "waits to be reviewed" in other.client.get(path).text  # who may be the next to judge it
    with console_client(reviewer.proxy.url, viewer) as client:
        assert "Sentence by sentence" in client.get(path).text  # who judges nothing
    judge_all(reviewer)
    assert "Sentence by sentence" in reviewer.client.get(path).text


def test_the_list_of_answers_does_not_tell_it_either(reviewer: Reviewer) -> None:
    with reviewer.proxy.ledger() as ledger:
        case = ledger.desk.case(reviewer.ref)
    assert case is not None
    of_customer = f"/console/answers?customer={case.customer_id}"
    listed = reviewer.client.get(of_customer).text
    assert case.response_id in listed and "waits to be reviewed" in listed
    assert "contradicted</span>" not in listed and "escalate</span>" not in listed
    for narrowed in ("verdict=contradicted", "verdict=supported", "decision=escalate", "checked=yes"):
        assert case.response_id not in reviewer.client.get(f"{of_customer}&{narrowed}").text, narrowed
    judge_all(reviewer)
    assert case.response_id in reviewer.client.get(f"{of_customer}&verdict=contradicted").text


def test_a_second_opinion_is_given_before_the_settled_case_is_shown(reviewer: Reviewer) -> None:
    judge_all(reviewer)
    reviewer.post("/correct", text=COVERED)
    with reviewing(reviewer.proxy, "Bo Other", reviewer.ref) as other:
        assert "The machine said" in other.page()
        with reviewer.proxy.ledger() as ledger:
            (first,) = ledger.reviews.reviews("default", case_ref=reviewer.ref)
            asked = ReviewGiving("rg-second", first.item.id, other.person.id, 2, datetime.now(UTC))
            ledger.reviews.take(asked)
        assert "second opinion" in other.page() and "The machine said" not in other.page()
        address = f"/console/answers/{first.item.response_id}"
        assert "it is shown once you have judged it" in other.client.get(address).text
