"""What people say of a failure at its page: a step once, with a note and their name, or a refusal in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from conftest import RunningProxy, StartProxy, running_proxy
from console.case.at_the_page import press_button
from console.failures.told_failures import NOW, ago, happened, post, promise_of_90_days
from selenium.webdriver.common.keys import Keys
from support.browser import Browser
from support.people import add_person, console_client, session_token, signed_in_as
from support.recorded import recorded_decision

from proxy.access.people.roles import Role
from proxy.ledger.failures.records import Failure, FailureState
from proxy.ledger.ledger import Ledger
from proxy.review.plan import ReviewPlan
from proxy.review.sampling import is_kept_back


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProxy]:
    with running_proxy(tmp_path_factory.mktemp("steps")) as proxy:
        yield proxy


@pytest.fixture
def found(running: RunningProxy, request: pytest.FixtureRequest) -> str:
    """A failure of this test's own that was detected two days after it happened, ten days ago."""
    with running.ledger() as ledger:
        told = Failure(request.node.name, "broken_promise", ago(days=10), customer_id="C-1")
        return ledger.failures.tell(told, happened("detected", ago(days=8), source="customer"))[0]


def state(proxy: RunningProxy, failure_id: str) -> FailureState:
    with proxy.ledger() as ledger:
        file = ledger.failures.file(failure_id)
        assert file is not None
        return file.state


def reviewer(proxy: RunningProxy) -> str:
    with proxy.ledger() as ledger:
        return signed_in_as(ledger, Role.REVIEWER)


def test_a_proposed_failure_is_accepted_and_followed_to_its_end_with_the_keyboard_alone(
    start_proxy: StartProxy, browser: Browser
) -> None:
    proxy = start_proxy()
    with proxy.ledger() as ledger:
        told = Failure(
            "maybe", "broken_promise", ago(days=3), customer_id="C-9", text="You promised 120 CAD."
        )
        failure_id, _ = ledger.failures.tell(told, happened("proposed", ago(days=2), source="customer"))
    browser.sign_in(proxy, Role.REVIEWER, name="Ana")
    browser.open(f"/console/failures/{failure_id}")
    browser.expect_accessible("failure-proposed")
    press_button(browser, "It is a failure")
    browser.tab_to("#severity")
    browser.press("high")
    press_send(browser)
    browser.wait_for_text("Found by the customer.")
    press_button(browser, "Put right with the customer")
    browser.tab_to("#saying input[name=how]")
    browser.press(Keys.SPACE)
    browser.tab_to("#note")
    browser.press("Paid out.")
    browser.expect_accessible("failure-saying")
    press_send(browser)
    browser.wait_for_text("Paid out.")
    assert "Told by Ana." in browser.text
    press_button(browser, "The customer is whole again")
    browser.tab_to("#saying input[name=how]")
    browser.press(Keys.SPACE)
    browser.tab_to("#note")
    browser.press("They said thanks.")
    press_send(browser)
    browser.wait_for_text("What does this failure teach?")
    browser.open(f"/console/failures/{failure_id}")
    assert "the customer confirmed it" in browser.text
    browser.expect_accessible("failure-restored")
    now = state(proxy, failure_id)
    assert (now.status, now.detected_by, now.severity) == ("restored", "customer", "high")
    assert (now.restored_how, now.doubtful) == ("confirmed", False)
    assert browser.complaints() == []


def press_send(browser: Browser) -> None:
    browser.tab_to("#saying button")
    browser.press(Keys.ENTER)


def test_the_same_form_sent_twice_is_one_step(running: RunningProxy, found: str) -> None:
    token = reviewer(running)
    for _ in range(2):
        assert post(running, token, f"{found}/contained", {"note": "A rule."}).status_code == 303
    with running.ledger() as ledger:
        file = ledger.failures.file(found)
    assert file is not None and [one.step for one in file.events] == ["detected", "contained"]


@pytest.mark.parametrize(
    ("step", "form", "status", "told"),
    [
        ("restored", {"how": "confirmed", "note": "x"}, 409, "record that it was corrected first"),
        ("reopened", {"note": "x"}, 409, "still open"),
        ("corrected", {"how": "told"}, 422, "Write a note"),
        ("corrected", {"how": "somehow", "note": "x"}, 422, "Choose how"),
        ("corrected", {"note": "x"}, 422, "Choose how"),
        ("contained", {"note": "x", "at": "tomorrow"}, 422, "is no time"),
        ("contained", {"note": "x", "at": "9999-01-01T00:00"}, 422, "still to come"),
        ("contained", {"note": "x", "at": "2020-01-01T00:00"}, 422, "cannot have been before"),
        ("contained", {"note": "x", "at": "0001-01-01T00:00+23:00"}, 422, "is no time"),
        ("contained", {"note": "x" * 2001}, 400, "too long"),
        ("contained", {"note": "x", "once": "../../x"}, 422, "Load the page again"),
        ("classified", {}, 422, "what is known better"),
        ("classified", {"severity": "awful"}, 422, "severity is one of"),
        ("classified", {"amount": "many", "currency": "EUR"}, 422, "is no amount"),
        ("classified", {"amount": "nan", "currency": "EUR"}, 422, "is no amount"),
        ("classified", {"amount": "12"}, 422, "currency, too"),
        ("classified", {"amount": "12", "currency": "Euro"}, 422, "three letters"),
        ("learned", {"note": "x"}, 404, ""),
        ("proposed", {"note": "x"}, 404, ""),
    ],
)
def test_what_does_not_follow_is_refused_in_words_and_changes_nothing(
    step: str, form: dict[str, Any], status: int, told: str, running: RunningProxy, found: str
) -> None:
    before = state(running, found)
    answer = post(running, reviewer(running), f"{found}/{step}", form)
    assert answer.status_code == status and told in answer.text, answer.text
    assert state(running, found) == before


def test_what_happened_earlier_keeps_its_time_and_when_we_knew(running: RunningProxy, found: str) -> None:
    at = ago(days=5).replace(second=0, microsecond=0)
    form = {"note": "They were paid.", "how": "honoured", "at": f"{at:%Y-%m-%dT%H:%M}"}
    assert post(running, reviewer(running), f"{found}/corrected", form).status_code == 303
    with running.ledger() as ledger:
        file = ledger.failures.file(found)
    assert file is not None
    corrected = file.events[-1]
    assert corrected.at == at and corrected.known_at is not None and corrected.known_at > NOW
    assert not file.state.doubtful


def test_severity_cause_and_money_are_told_better(running: RunningProxy, found: str) -> None:
    form = {
        "severity": "low",
        "cause": "rule",
        "amount": "1,200.50",
        "currency": "cad",
        "note": "Bank statement",
    }
    assert post(running, reviewer(running), f"{found}/classified", form).status_code == 303
    now = state(running, found)
    assert (now.severity, now.cause, now.amount, now.currency) == ("low", "rule", 1200.5, "CAD")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.POLICY_OWNER])
def test_who_follows_no_failures_changes_none(role: Role, running: RunningProxy, found: str) -> None:
    with running.ledger() as ledger:
        token = signed_in_as(ledger, role)
    assert post(running, token, f"{found}/dismissed", {"note": "x"}).status_code == 403
    with console_client(running.url, token) as client:
        assert "What happened since?" not in client.get(f"/console/failures/{found}").text
    assert state(running, found).status == "detected"


def test_a_whole_incident_is_contained_at_once_and_no_more_than_that(start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    with proxy.ledger() as ledger:
        ids = [promise_of_90_days(ledger, f"r{number}", response_id=None, text=None) for number in range(3)]
        other, _ = ledger.failures.tell(
            Failure("else", "broken_promise", ago(days=2), incident="another"),
            happened("detected", ago(days=1)),
        )
    form = {"note": "The text says so now.", "everywhere": "yes"}
    assert post(proxy, reviewer(proxy), f"{ids[0]}/contained", form).status_code == 303
    assert [state(proxy, one).status for one in (*ids, other)] == ["contained"] * 3 + ["detected"]


def test_another_tenants_failure_is_not_changed(running: RunningProxy) -> None:
    with running.ledger() as ledger:
        told = Failure("foreign", "broken_promise", ago(days=2), tenant="acme")
        foreign, _ = ledger.failures.tell(told, happened("detected", ago(days=1)))
    assert post(running, reviewer(running), f"{foreign}/dismissed", {"note": "x"}).status_code == 404


def kept_back_answer(ledger: Ledger) -> str:
    """The id of an answer that may be drawn for review."""
    records = (recorded_decision(f"drawn{number}", ago=timedelta(days=10)) for number in range(1000))
    return next(one.response_id for one in records if is_kept_back(one, ReviewPlan()))


def test_who_may_be_asked_to_judge_an_answer_reads_nothing_of_its_failure_before_they_choose_to(
    start_proxy: StartProxy, browser: Browser
) -> None:
    proxy = start_proxy()
    with proxy.ledger() as ledger:
        failure_id = promise_of_90_days(ledger, kept_back_answer(ledger))
        viewer, ana = signed_in_as(ledger, Role.VIEWER), add_person(ledger, Role.REVIEWER)
        token = session_token(ledger, ana)
    path, secret = f"/console/failures/{failure_id}", "within 90 days"
    with console_client(proxy.url, viewer) as client:
        assert secret in client.get(path).text
    with console_client(proxy.url, token) as client:
        listed = client.get("/console/failures").text
        assert failure_id in listed and secret not in listed and "C-1" not in listed
        assert failure_id not in client.get("/console/failures?customer=C-1").text
        assert secret not in client.get(path).text
    assert post(proxy, token, f"{failure_id}/dismissed", {"note": "x"}).status_code == 409
    browser.sign_in(proxy, Role.REVIEWER)
    browser.open(path)
    browser.expect_accessible("failure-withheld")
    press_button(browser, "Read it now, and leave its review to others")
    browser.wait_for_text(secret)
