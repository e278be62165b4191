"""What a failure teaches is made with one click, counts once it holds, and is listed while it waits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import yaml
from conftest import RunningProxy, StartProxy, running_proxy
from console.case.at_the_page import press_button
from console.failures.told_failures import NOW, ago, happened, post, promise_of_90_days, readable
from selenium.webdriver.support.wait import WebDriverWait
from support.browser import PAYLOAD, Browser
from support.people import add_person, console_client, session_token, signed_in_as
from support.waiting import until

from proxy.access.people.roles import Role
from proxy.authoring.cases.reading import read_cases
from proxy.ledger.failures.lessons import Lesson
from proxy.ledger.failures.records import Failure, Step
from proxy.ledger.ledger import Ledger
from proxy.ledger.reviews.records import Review, ReviewItem

PASSES = {
    "question": "Can I claim the bereavement fare after my trip?",
    "answer": "If you have already travelled, you can ask for the reduced bereavement fare within 90 days.",
    "expect": "stopped",
}
FAILS = {**PASSES, "expect": "supported"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProxy]:
    with running_proxy(tmp_path_factory.mktemp("lessons")) as proxy:
        yield proxy


@pytest.fixture
def failure_id(running: RunningProxy, request: pytest.FixtureRequest) -> str:
    with running.ledger() as ledger:
        return promise_of_90_days(ledger, readable(request.node.name))


@pytest.fixture(scope="module")
def lead(running: RunningProxy) -> str:
    with running.ledger() as ledger:
        return signed_in_as(ledger, Role.LEAD)


def lessons(ledger: Ledger, failure_id: str) -> list[Lesson]:
    return [one for one in ledger.failures.lessons("default") if one.failure_id == failure_id]


def test_a_closed_failure_asks_for_its_lesson_and_a_case_that_passes_is_one(
    start_proxy: StartProxy, browser: Browser
) -> None:
    proxy = start_proxy()
    with proxy.ledger() as ledger:
        failure_id = promise_of_90_days(ledger)
        ledger.failures.add(failure_id, happened("corrected", ago(days=2), how="told"))
    browser.sign_in(proxy, Role.LEAD, name="Ana")
    browser.open(f"/console/failures/{failure_id}")
    press_button(browser, "The customer is whole again")
    browser.find("#saying input[value=confirmed]").click()
    browser.find("#note").send_keys("They said so.")
    browser.find("#saying button").click()
    browser.wait_for_text("What does this failure teach?")
    assert "so that it does not come again" in browser.text.lower()
    browser.expect_accessible("lessons-of-failure")
    answer = browser.find("#answer")
    assert answer.get_attribute("value") == "You can claim it within 90 days."
    answer.clear()
    answer.send_keys(PASSES["answer"])
    press_button(browser, "Try it, and keep it")
    patient = WebDriverWait(
        browser.driver, 150, ignored_exceptions=[Exception]
    )  # the page is another one then
    patient.until(lambda _: "commit it" in browser.text)
    browser.expect_accessible("lessons-of-failure-made")
    (placed,) = read_cases(proxy.policies)
    assert placed.case.answer == PASSES["answer"] and placed.case.name == f"learned-{failure_id.lower()}"
    with proxy.ledger() as ledger:
        (one,) = lessons(ledger, failure_id)
        assert (one.kind, one.waits) == ("case", False)
        file = ledger.failures.file(failure_id)
        assert file is not None and file.state.learned_at is not None
    browser.open("/console/failures/lessons")
    assert "1 lesson holds" in browser.text and "Nothing waits" in browser.text
    browser.expect_accessible("lessons")
    assert browser.complaints() == []


def test_a_case_that_fails_waits_where_it_stops_nobody_until_it_passes(
    running: RunningProxy, lead: str, failure_id: str
) -> None:
    tests = running.policies / "tests"
    assert post(running, lead, f"{failure_id}/lessons/case", FAILS).status_code == 303
    name = f"learned-{failure_id.lower()}.yaml"
    assert not (tests / name).exists()
    waiting = tests / "waiting" / name
    with running.ledger() as ledger:
        (one,) = lessons(ledger, failure_id)
        assert one.waits and "expected supported" in (one.first.note or "")
    again = post(running, lead, f"{failure_id}/lessons/case/again", {"key": one.key})
    assert again.status_code == 409 and "goes on waiting" in again.text
    waiting.write_text(waiting.read_text().replace("- supported", "- stopped"))
    assert post(running, lead, f"{failure_id}/lessons/case/again", {"key": one.key}).status_code == 303
    assert (tests / name).is_file() and not waiting.exists()
    with running.ledger() as ledger:
        (one,) = lessons(ledger, failure_id)
        assert not one.waits
    (tests / name).unlink()


def test_where_the_folder_cannot_be_written_to_the_case_is_downloaded(
    running: RunningProxy, lead: str, failure_id: str
) -> None:
    answer = post(
        running, lead, f"{failure_id}/lessons/file", {**PASSES, "question": "Mail ana@example.com?"}
    )
    assert answer.status_code == 200 and "attachment" in answer.headers["content-disposition"]
    (case,) = yaml.safe_load(answer.text)["cases"]
    assert (case["answer"], case["expect"], case["model"]) == (PASSES["answer"], ["stopped"], "m")
    with running.ledger() as ledger:
        assert lessons(ledger, failure_id) == []


def test_personal_details_are_not_suggested_for_a_file(running: RunningProxy, lead: str) -> None:
    with running.ledger() as ledger:
        failure_id = promise_of_90_days(ledger, "named", response_id=None, text="Mail ana@example.com.")
    with console_client(running.url, lead) as client:
        page = client.get(f"/console/failures/{failure_id}/lessons").text
    assert "Mail [email" in page and "ana@example.com" not in page


def test_a_seeded_item_is_for_those_who_do_not_know_the_answer(
    running: RunningProxy, failure_id: str
) -> None:
    with running.ledger() as ledger:
        ana = add_person(ledger, Role.LEAD)
        form = {"sentence": "0", "truth": "contradicted"}
        assert (
            post(running, session_token(ledger, ana), f"{failure_id}/lessons/seeded", form).status_code == 303
        )
        item = ledger.reviews.item(f"ri-failure-{failure_id}")
        assert item is not None and (item.kind, item.truth) == ("seeded-bad", {"0": "contradicted"})
        (one,) = lessons(ledger, failure_id)
        assert not one.waits and one.told("item") == item.id
        (read,) = ledger.reviews.of_answers("default", ana.id, [item.response_id or ""])
        assert read.item.kind == "read"
        assert item.id in offered_to(ledger, add_person(ledger, Role.REVIEWER).id)
        assert item.id not in offered_to(ledger, ana.id)


def offered_to(ledger: Ledger, person: str) -> set[str]:
    """What may be given to somebody to review."""
    seen = set[str]()

    def look(offered: Sequence[tuple[ReviewItem, int]], _: Sequence[Review], /) -> None:
        seen.update(item.id for item, _ in offered)

    ledger.reviews.give("default", person, NOW, look)
    return seen


def test_a_rule_waits_until_a_second_person_has_put_it_in_force(
    running: RunningProxy, lead: str, failure_id: str
) -> None:
    with console_client(running.url, lead) as client:
        page = client.get(f"/console/failures/{failure_id}/lessons").text
    assert "claims.exists(claim, claim.document == &#34;telecom/billing&#34;)" in page
    form = {
        "name": f"learned-{failure_id.lower()}",
        "when": "request.about_account",
        "effect": "route_to_human",
        "reason": "It happened.",
        "owner": "ana@example.com",
        "hours": "4",
    }
    assert (
        post(running, lead, f"{failure_id}/lessons/rule", {**form, "when": "request.abot"}).status_code == 422
    )
    assert post(running, lead, f"{failure_id}/lessons/rule", form).status_code == 303
    with running.ledger() as ledger:
        (one,) = lessons(ledger, failure_id)
        second = signed_in_as(ledger, Role.POLICY_OWNER)
    assert one.waits
    look = {"key": one.key}
    refused = post(running, lead, f"{failure_id}/lessons/rule/again", look)
    assert refused.status_code == 409 and "proposed" in refused.text
    approved = f"proposals/{one.told('proposal')}/approve"
    assert post(running, second, approved, {}, below="rules").status_code == 303
    assert post(running, lead, f"{failure_id}/lessons/rule/again", look).status_code == 303
    assert post(running, lead, f"{failure_id}/lessons/rule/again", look).status_code == 303
    with running.ledger() as ledger:
        (one,) = lessons(ledger, failure_id)
        assert not one.waits
        file = ledger.failures.file(failure_id)
        assert file is not None
        assert [told.step for told in file.events].count(Step.LEARNED) == 1


def test_a_reviewer_proposes_no_rule(running: RunningProxy, failure_id: str) -> None:
    with running.ledger() as ledger:
        token = signed_in_as(ledger, Role.REVIEWER)
    assert post(running, token, f"{failure_id}/lessons/rule", {"name": "x"}).status_code == 403


def test_a_note_waits_until_the_text_is_another_one(start_proxy: StartProxy, tmp_path: Any) -> None:
    corpus = tmp_path / "corpus"
    (corpus / "telecom").mkdir(parents=True)
    text = corpus / "telecom" / "billing.md"
    text.write_text("---\ntitle: Bills\nowner: Finance\n---\n\n# Bills\n\nBills are due within 14 days.\n")
    proxy = start_proxy(corpus=corpus)
    with proxy.ledger() as ledger:
        failure_id, token = promise_of_90_days(ledger), signed_in_as(ledger, Role.REVIEWER)
    form = {"about": "telecom/billing", "text": "It does not say what holds for travellers."}
    assert post(proxy, token, f"{failure_id}/lessons/note", {**form, "text": " "}).status_code == 422
    assert post(proxy, token, f"{failure_id}/lessons/note", form).status_code == 303
    with proxy.ledger() as ledger:
        (one,) = lessons(ledger, failure_id)
    assert one.waits and one.told("owner") == "Finance"
    look = {"key": one.key}
    assert post(proxy, token, f"{failure_id}/lessons/note/again", look).status_code == 409
    with console_client(proxy.url, token) as client:
        document = client.get("/console/policies/document?document=telecom/billing").text
        assert "what holds for travellers" in document and failure_id in document
        text.write_text(text.read_text().replace("14 days", "14 days, also after a trip"))
        until(
            lambda: (
                "also after a trip" in client.get("/console/policies/document?document=telecom/billing").text
            )
        )
    assert post(proxy, token, f"{failure_id}/lessons/note/again", look).status_code == 303
    with proxy.ledger() as ledger:
        assert not lessons(ledger, failure_id)[0].waits


@pytest.mark.parametrize(
    ("path", "form", "status", "told"),
    [
        ("case", {**PASSES, "answer": ""}, 422, "Write the answer"),
        ("case", {**PASSES, "expect": "perhaps"}, 422, "choose one of"),
        ("case", {**PASSES, "answer": "x" * 8001}, 400, "too long"),
        ("seeded", {"sentence": "7", "truth": "supported"}, 422, "Choose a sentence"),
        ("seeded", {"sentence": "0", "truth": "maybe"}, 422, "Choose a verdict"),
        ("note", {"about": "nothing/there", "text": "x"}, 422, "Choose which text"),
        ("poem", {}, 404, ""),
        ("case/again", {"key": "nothing"}, 404, ""),
    ],
)
def test_what_makes_no_lesson_is_told_in_words(
    path: str, form: dict[str, Any], status: int, told: str, running: RunningProxy, lead: str, failure_id: str
) -> None:
    answer = post(running, lead, f"{failure_id}/lessons/{path}", form)
    assert answer.status_code == status and told in answer.text, answer.text
    with running.ledger() as ledger:
        assert lessons(ledger, failure_id) == []


def test_what_does_not_count_teaches_nothing(running: RunningProxy, lead: str) -> None:
    with running.ledger() as ledger:
        told = Failure("suspected", "wrong_claim", ago(days=1))
        failure_id, _ = ledger.failures.tell(told, happened("proposed", ago(hours=1), source="customer"))
    answer = post(running, lead, f"{failure_id}/lessons/note", {"about": "missing", "text": "x"})
    assert answer.status_code == 409 and "accept it first" in answer.text


def test_what_lessons_say_is_text(start_proxy: StartProxy, browser: Browser) -> None:
    proxy = start_proxy()
    with proxy.ledger() as ledger:
        failure_id = promise_of_90_days(ledger, text=PAYLOAD, response_id=None)
        for number, kind in enumerate(("case", "seeded", "rule", "note", PAYLOAD)):
            names = ("name", "rule", "document", "item", "owner", "proposal")
            told = happened(
                "to_learn",
                ago(hours=number + 1),
                actor=PAYLOAD,
                note=PAYLOAD,
                lesson=kind,
                **dict.fromkeys(names, PAYLOAD),
            )
            ledger.failures.add(failure_id, told)
    browser.sign_in(proxy, Role.LEAD)
    for path in ("lessons", f"{failure_id}/lessons", failure_id):
        browser.open(f"/console/failures/{path}")
        browser.expect_nothing_ran()
    assert "<script>window.hacked=1</script>" in browser.text
