"""What a reviewer does at the page of a case, without a mouse."""

from __future__ import annotations

from selenium.webdriver.common.keys import Keys
from support.browser import Browser


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
    """Scroll to each text of a sentence that is not folded away, until the page has seen it."""
    for mark in [one for one in browser.all(f"#claim-{number} [data-for]") if one.is_displayed()]:
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
