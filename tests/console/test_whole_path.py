"""From the chat to a reviewer and back: with the real OpenAI client, a real browser, and no mouse."""

from __future__ import annotations

from typing import Any

from conftest import StartProxy
from console.case.at_the_page import judge_all, press_button
from console.case.escalated import ANSWER, INVENTED, QUESTION, ROUTE
from selenium.webdriver.common.keys import Keys
from support.browser import Browser
from support.people import PASSWORD, add_person

from proxy.access.people.roles import Role

CORRECTED = (
    "I am sorry for your loss. Our bereavement policy does not apply to requests for a reduced fare after travel has "
    "been completed."
)


def test_an_escalated_answer_is_settled_by_keyboard_and_reaches_the_chat(
    start_proxy: StartProxy, browser: Browser
) -> None:
    proxy = start_proxy(policies=ROUTE)
    with proxy.ledger() as ledger:
        add_person(ledger, Role.REVIEWER, name="Maria Keller", email="maria@example.com", password=PASSWORD)
    chat = proxy.client(
        default_headers={"x-cxai-customer-id": "customer-1", "x-cxai-conversation-id": "conversation-1"}
    )
    messages: list[Any] = [{"role": "user", "content": QUESTION}]

    proxy.provider.answers(ANSWER)
    escalated = chat.chat.completions.create(model="test-model", messages=messages)
    ref = (escalated.model_extra or {})["cxai"]["escalation"]["ref"]
    first = escalated.choices[0].message.content or ""
    assert ref in first and INVENTED not in first

    browser.at = proxy.url
    browser.open("/console")
    browser.tab_to("#email").send_keys("maria@example.com")
    browser.tab_to("#password").send_keys(PASSWORD, Keys.ENTER)
    browser.wait_for_text(ref)
    browser.tab_to(f"#case-{ref}")
    browser.press(Keys.ENTER)
    browser.wait_for_text("Nobody holds this case.")
    press_button(browser, "Take this case")
    browser.wait_for_text("You hold this case")
    judge_all(browser, {1: "supported", 2: "contradicted"})
    press_button(browser, "Correct the answer")
    field = browser.tab_to("#text")
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(CORRECTED)
    browser.wait(
        lambda: (
            browser.find("#checked").text.count("supported") == 1
            and INVENTED not in browser.find("#checked").text
        )
    )
    press_button(browser, "Send my answer")
    browser.wait_for_text("Your answer is sent")
    assert browser.complaints() == []

    proxy.provider.answers("You are welcome.")
    messages += [
        {"role": "assistant", "content": first},
        {"role": "user", "content": "Is there any news for me?"},
    ]
    later = chat.chat.completions.create(model="test-model", messages=messages)
    told = later.choices[0].message.content or ""
    assert CORRECTED in told and "Maria Keller" in told
    with proxy.ledger() as ledger:
        assert [one.text for one in ledger.desk.answers(ref)] == [CORRECTED]
        review = ledger.reviews.reviews("default", case_ref=ref)[0]
        assert review.finished and review.first == {0: "supported", 1: "contradicted"}
