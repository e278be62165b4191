"""From the chat to people and back: with the real OpenAI client and a real browser."""

from __future__ import annotations

from typing import Any

from conftest import StartProxy
from console.case.at_the_page import judge_all, press_button
from console.case.escalated import ANSWER, INVENTED, QUESTION, ROUTE
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from support.browser import Browser
from support.people import PASSWORD, add_person

from proxy.access.people.roles import Role

CORRECTED = (
    "I am sorry for your loss. Our bereavement policy does not apply to requests for a reduced fare after travel has "
    "been completed."
)
READ_IT = "Read it now, and leave its review to others"


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


def test_what_left_wrong_is_followed_from_the_customers_message_until_they_are_whole(
    start_proxy: StartProxy, browser: Browser
) -> None:
    """The proxy only watches and finds by itself what left; a person puts it right, and the customer confirms it."""
    proxy = start_proxy(policies="routes:\n  - {name: all, mode: observe}", recovery={"look_every_s": 1})
    proxy.provider.answers(ANSWER)
    chat = proxy.client(default_headers={"x-cxai-customer-id": "customer-1"})
    left = chat.chat.completions.with_raw_response.create(
        model="test-model", messages=[{"role": "user", "content": QUESTION}]
    )
    assert INVENTED in (left.parse().choices[0].message.content or "")

    browser.sign_in(proxy, Role.REVIEWER, name="Ana")
    browser.wait(lambda: listed_failure(browser)).click()
    browser.wait_for_text("FL-")
    if READ_IT in browser.text:  # it may have been kept for being judged blind
        press_button(browser, READ_IT)
    browser.wait_for_text(QUESTION)
    assert INVENTED in browser.text and "Found by the guard, after the fact." in browser.text
    failure_id = browser.path.rpartition("/")[2]
    press_button(browser, "Put right with the customer")
    browser.wait(lambda: browser.find("#saying input[name=how]")).click()
    browser.find("#note").send_keys("I called and told them.")
    browser.find("#saying button").click()
    browser.wait_for_text("I called and told them.")

    answered = left.headers["x-cxai-response-id"]
    settled = {"key": "settled", "settled": "yes", "response_id": answered, "failure": failure_id}
    assert proxy.post("/v1/feedback", settled).status_code == 200
    browser.wait(lambda: "whole again: the customer confirmed it" in reloaded(browser))
    steps = [one.text.partition(":")[0] for one in browser.all("ol.path h3")]
    assert steps[:1] + steps[-3:] == [
        "It reached the customer",
        "Found",
        "Put right with the customer",
        "The customer is whole again",
    ]
    assert browser.complaints() == []


def reloaded(browser: Browser) -> str:
    browser.driver.refresh()
    return browser.text


def listed_failure(browser: Browser) -> WebElement:
    """The only failure in the list, as soon as the proxy has found it."""
    browser.open("/console/failures")
    return browser.find("td a")
