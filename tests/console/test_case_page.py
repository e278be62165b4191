"""The page of a case in a real browser, without a mouse."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import StartProxy
from console.case.escalated import ANSWER, INVENTED, ROUTE, TRUE, escalate
from selenium.webdriver.common.keys import Keys
from support.browser import NARROW, PAYLOAD, Browser

from proxy.access.people.roles import Role

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


def hold(browser: Browser, ref: str) -> None:
    """Take the case by its page."""
    browser.open(f"/console/cases/{ref}")
    press_button(browser, "Take this case")
    browser.wait_for_text("You hold this case")


def press_button(browser: Browser, words: str) -> None:
    """By keyboard: Tab to the button with these words, and Enter."""
    for _ in range(150):
        browser.press(Keys.TAB)
        focused = browser.driver.switch_to.active_element
        if focused.tag_name in ("button", "summary", "a") and focused.text.strip() == words:
            focused.send_keys(Keys.ENTER)
            return
    raise AssertionError(f"the button {words!r} is not reached by Tab")


def judge(browser: Browser, place: int, choice: str) -> None:
    """By keyboard: to the choices of a sentence, to one of them by the arrows, and to the button."""
    number = place - 1
    browser.tab_to(f"form[data-judging='{number}'] input[type=radio]")
    browser.driver.execute_script(
        "arguments[0].scrollIntoView({block: 'center'})", browser.find(f"#claim-{number}")
    )
    browser.press(Keys.SPACE)
    for _ in range(4):
        if browser.driver.switch_to.active_element.get_attribute("value") == choice:
            break
        browser.press(Keys.ARROW_DOWN)
    seen = f"return document.querySelectorAll('#claim-{number} [data-evidence], #claim-{number} [data-mark]').length"
    assert browser.driver.execute_script(seen)
    look_at_all_of(browser, number)
    browser.tab_to(f"form[data-judging='{number}'] button[data-submit]")
    browser.press(Keys.ENTER)


def look_at_all_of(browser: Browser, number: int) -> None:
    """Scroll to each text of a sentence, until the page has seen it."""
    for mark in browser.all(f"#claim-{number} [data-for]"):
        browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", mark)
        browser.wait(
            lambda mark=mark: browser.driver.execute_script("return arguments[0].dataset.seen", mark) == "yes"
        )


def judge_all(browser: Browser, choices: dict[int, str]) -> None:
    for place, choice in choices.items():
        judge(browser, place, choice)
        if place != max(choices):
            browser.wait_for_text("1 of 2 done")
    browser.wait_for_text("Settle the case")


def test_what_the_machine_thought_is_not_sent_before_the_reviewer_has_judged(
    start_proxy: StartProxy, browser: Browser
) -> None:
    proxy = start_proxy(policies=ROUTE)
    ref = escalate(proxy)
    browser.sign_in(proxy, Role.REVIEWER)
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
    with proxy.ledger() as ledger:
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
    start_proxy: StartProxy, browser: Browser
) -> None:
    proxy = start_proxy(policies=ROUTE)
    ref = escalate(proxy)
    browser.sign_in(proxy, Role.REVIEWER)
    hold(browser, ref)
    script = (
        "const f = document.querySelector(\"form[data-judging='1']\"); f.querySelector('[value=supported]').click();"
        "window.scrollTo(0, 0); f.requestSubmit(f.querySelector('[data-submit]'))"
    )
    browser.driver.execute_script(script)
    browser.wait_for_text("has not been on your screen")
    with proxy.ledger() as ledger:
        assert ledger.reviews.reviews("default", case_ref=ref)[0].judgements == ()


def test_enter_in_a_choice_and_a_judgement_without_one_do_nothing(
    start_proxy: StartProxy, browser: Browser
) -> None:
    proxy = start_proxy(policies=ROUTE)
    ref = escalate(proxy)
    browser.sign_in(proxy, Role.REVIEWER)
    hold(browser, ref)
    assert browser.all("input[type=radio]:checked") == []
    browser.tab_to("form[data-judging='0'] input[type=radio]")
    browser.press(Keys.SPACE)
    browser.press(Keys.ENTER)
    look_at_all_of(browser, 1)
    browser.tab_to("form[data-judging='1'] button[data-submit]")
    browser.press(Keys.ENTER)
    browser.wait_for_text("Choose one of the four first.")
    with proxy.ledger() as ledger:
        assert ledger.reviews.reviews("default", case_ref=ref)[0].judgements == ()


def test_a_case_can_be_settled_on_a_phone_and_in_the_dark(start_proxy: StartProxy, browser: Browser) -> None:
    proxy = start_proxy(policies=ROUTE)
    ref = escalate(proxy)
    browser.sign_in(proxy, Role.REVIEWER)
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
    start_proxy: StartProxy, browser: Browser, role: Role
) -> None:
    proxy = start_proxy(policies=ROUTE)
    ref = escalate(proxy)
    browser.sign_in(proxy, role)
    browser.open(f"/console/cases/{ref}")
    assert ANSWER.split(".")[0] in browser.text
    assert browser.all("main form, main button") == []
    assert leaked(browser) == []
