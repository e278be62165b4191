"""The page of a case in a real browser, without a mouse."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import RunningProxy, StartProxy
from console.case.at_the_page import hold, judge, judge_all, look_at_all_of, press_button
from console.case.escalated import ANSWER, INVENTED, ROUTE, TRUE, escalate
from selenium.webdriver.common.keys import Keys
from support.browser import NARROW, PAYLOAD, Browser
from support.people import add_person, console_client, session_token
from support.peoples_answers import CASE_REF, TEXT, a_persons_answer
from support.reviewing import reviewing

from proxy.access.people.roles import Role
from proxy.ledger.reviews.records import SAMPLED, ReviewItem

# What the machine thought of the invented sentence, in whatever form it could come.
MACHINE = (
    "rules out",
    "x-cxai-confidence",
    "confidence",
    "↔",
    "The machine said",
    "You differ",
    "You agree",
    "held back",
)


def test_what_the_machine_thought_is_not_sent_before_the_reviewer_has_judged(
    escalating: RunningProxy, browser: Browser
) -> None:
    ref = escalate(escalating)
    browser.sign_in(escalating, Role.REVIEWER)
    browser.open(f"/console/cases/{ref}")
    assert leaked(browser) == []
    hold(browser, ref)
    assert TRUE in browser.text and INVENTED in browser.text
    assert leaked(browser) == []
    judge(browser, 1, "supported")
    browser.wait_for_text("1 of 2 done")
    assert leaked(browser) == []
    judge(browser, 2, "supported")
    browser.wait_for_text("You differ")
    assert "at most 90 days" in browser.text and "not after travel has been completed" in browser.text
    browser.expect_accessible("case-judged")
    press_button(browser, "Judge sentence 2 again")
    judge(browser, 2, "contradicted")
    browser.wait_for_text("(first: supported)")
    assert "You differ" not in browser.text
    with escalating.ledger() as ledger:
        review = ledger.reviews.reviews("default", case_ref=ref)[0]
    kept = [(one.claim, one.stage, one.verdict) for one in review.judgements]
    assert kept == [(0, "first", "supported"), (1, "first", "supported"), (1, "reconsidered", "contradicted")]
    assert all(one.visible_ms > 0 for one in review.judgements)


def leaked(browser: Browser) -> list[str]:
    """What of the machine's judgement is anywhere in what the browser was sent, comments and attributes included."""
    source = browser.driver.page_source
    rest = re.sub(
        r'<div class="claim-evidence">.*?</article>', "", source, flags=re.DOTALL
    )  # the policy's own text
    return [one for one in MACHINE if one in rest]


def test_a_judgement_needs_the_evidence_to_have_been_on_the_screen(
    escalating: RunningProxy, browser: Browser
) -> None:
    ref = escalate(escalating)
    browser.sign_in(escalating, Role.REVIEWER)
    hold(browser, ref)
    script = (
        "const f = document.querySelector(\"form[data-judging='1']\"); f.querySelector('[value=supported]').click();"
        "window.scrollTo(0, 0); f.requestSubmit(f.querySelector('[data-submit]'))"
    )
    browser.driver.execute_script(script)
    browser.wait_for_text("has not been on your screen")
    with escalating.ledger() as ledger:
        assert ledger.reviews.reviews("default", case_ref=ref)[0].judgements == ()


def test_enter_in_a_choice_and_a_judgement_without_one_do_nothing(
    escalating: RunningProxy, browser: Browser
) -> None:
    ref = escalate(escalating)
    browser.sign_in(escalating, Role.REVIEWER)
    hold(browser, ref)
    assert browser.all("input[type=radio]:checked") == []
    browser.tab_to("form[data-judging='0'] input[type=radio]")
    browser.press(Keys.SPACE)
    browser.press(Keys.ENTER)
    look_at_all_of(browser, 1)
    browser.tab_to("form[data-judging='1'] button[data-submit]")
    browser.press(Keys.ENTER)
    browser.wait_for_text("Choose one of the four first.")
    with escalating.ledger() as ledger:
        assert ledger.reviews.reviews("default", case_ref=ref)[0].judgements == ()


def test_a_case_can_be_settled_on_a_phone_and_in_the_dark(escalating: RunningProxy, browser: Browser) -> None:
    ref = escalate(escalating)
    browser.sign_in(escalating, Role.REVIEWER)
    hold(browser, ref)
    browser.wait(lambda: "Looking for similar" not in browser.text)
    browser.expect_accessible("case-held")
    browser.resize(NARROW)
    judge_all(browser, {1: "supported", 2: "contradicted"})
    press_button(browser, "Correct the answer")
    browser.wait(lambda: browser.all("#checked .tag"))
    browser.expect_accessible("case-settle")


def test_nothing_that_customers_models_or_documents_say_runs(
    start_proxy: StartProxy, browser: Browser, tmp_path: Path
) -> None:
    folder = tmp_path / "hostile"
    folder.mkdir()
    front = "---\ntitle: Fares <script>window.hacked=1</script>\nowner: '<img src=x onerror=window.hacked=1>'\n---\n"
    text = f"# Fares\n\nA bereavement fare must be asked for before travel. See {PAYLOAD}.\n"
    (folder / "fares.md").write_text(front + text, encoding="utf-8")
    proxy = start_proxy(corpus=folder, policies=ROUTE.replace("airline/*", "'*'"))
    told = {"customer": "<b>customer</b>", "conversation": "<img src=x onerror=window.hacked=1>"}
    proxy.provider.answers(f"Hello {PAYLOAD}")
    proxy.ask(f"Hello? {PAYLOAD}", headers={"x-cxai-conversation-id": told["conversation"]})
    ref = escalate(
        proxy,
        question=f"May I ask for the bereavement fare? {PAYLOAD}",
        answer=f"A bereavement fare can be asked for within 90 days after travel. See {PAYLOAD}.",
        **told,
    )
    browser.sign_in(proxy, Role.REVIEWER, name="<script>window.hacked=1</script>")
    browser.open("/console/queue")
    browser.wait_for_text(ref)
    browser.expect_nothing_ran()
    hold(browser, ref)
    browser.wait(lambda: "Looking for similar" not in browser.text)
    browser.expect_nothing_ran()
    asked = [int(form.get_attribute("data-judging") or "") for form in browser.all("form[data-judging]")]
    for number in asked:
        judge(browser, number + 1, "contradicted")
        browser.wait(
            lambda number=number: not browser.all(f"form[data-judging='{number}']:not(details form)")
        )
    press_button(browser, "Correct the answer")
    browser.wait(lambda: browser.all("#checked .tag"))
    browser.expect_nothing_ran()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.POLICY_OWNER])
def test_who_is_no_reviewer_reads_and_does_nothing(
    escalating: RunningProxy, browser: Browser, role: Role
) -> None:
    ref = escalate(escalating)
    browser.sign_in(escalating, role)
    browser.open(f"/console/cases/{ref}")
    assert ANSWER.split(".")[0] in browser.text
    assert browser.all("main form, main button") == []
    assert leaked(browser) == []


def test_who_reads_what_a_person_answered_is_not_asked_to_judge_it(start_proxy: StartProxy) -> None:
    proxy, now = start_proxy(), datetime.now(UTC)
    with proxy.ledger() as ledger:
        name = a_persons_answer(ledger, at=now)
        named = {"response_id": name, "case_ref": CASE_REF, "author": "ana"}
        ledger.reviews.add([ReviewItem("i-1", f"sampled {name}", SAMPLED, now, now, **named)])
        reads, has_not = (add_person(ledger, Role.REVIEWER) for _ in range(2))
        with console_client(proxy.url, session_token(ledger, reads)) as client:
            withheld = client.get(f"/console/answers/{name}").text
            assert "An answer that may come to be reviewed" in withheld and TEXT not in withheld
            assert TEXT in client.get(f"/console/cases/{CASE_REF}").text
            assert TEXT in client.get(f"/console/answers/{name}").text
        assert reviewing(ledger).next_review(reads.id, now) is None
        assert reviewing(ledger).next_review(has_not.id, now) is not None
