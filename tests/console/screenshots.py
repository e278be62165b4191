"""The pictures of docs/console.md, taken of the demo: ``scripts/screenshots``.

A reviewer's way through it, as somebody would go it who sees it for the first time. Their names and texts are the
demo's, and fictional.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.case.at_the_page import judge, press_button
from selenium.webdriver.support.wait import WebDriverWait
from support.browser import NO_CHROMIUM, Browser, start_chromium
from support.png import smaller

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
WIDE, PHONE = (1200, 800), (360, 740)
LINK = re.compile(r"(http://127\.0\.0\.1:\d+)(/console/sign-in/link/\S+)")
CASE = "Please cancel my booking"
MOST_BYTES = 120_000


DRAWN = """return [...document.querySelectorAll('.chart img')].every(
    one => { one.loading = 'eager'; return one.complete && one.naturalWidth > 0 })"""


def main() -> int:
    """The exit status: 0; 2 where there is no Chromium."""
    chromium = start_chromium()
    if chromium is None:
        print(NO_CHROMIUM, file=sys.stderr)
        return 2
    try:
        with demo() as (address, link):
            walk(Browser(chromium, address), link)
    finally:
        chromium.quit()
    return 0


@contextmanager
def demo() -> Iterator[tuple[str, str]]:
    """The demo until the block ends: its address, and the path of the link that signs in."""
    environment = {name: value for name, value in os.environ.items() if name != "ONCE"}
    command = [sys.executable, "-m", "proxy.demo"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            told = ""
            for line in running.stdout:
                told += line
                if "What next?" in told and (found := LINK.search(told.partition("What next?")[2])):
                    yield found[1], found[2]
                    return
            raise SystemExit(f"The demo did not come up:\n{told}")
        finally:
            running.terminate()


def walk(browser: Browser, link: str) -> None:
    """Sign in, take a case, judge it, and look at the figures."""
    browser.resize(WIDE)
    browser.colours("light")
    browser.open(link)
    press_button(browser, "Sign in")
    browser.wait_for_text(CASE)
    take(browser, "queue", WIDE, 640)
    row = next(one for one in browser.all("tbody tr") if CASE in one.text)
    row.find_element("css selector", "a").click()
    press_button(browser, "Take this case")
    browser.wait_for_text("You hold this case")
    browser.wait(lambda: "Looking for similar" not in browser.text)
    take(browser, "case-to-judge", WIDE, 1290)
    browser.colours("dark")
    take(browser, "case-on-a-phone", PHONE, 1500)
    browser.colours("light")
    browser.resize(WIDE)
    judge(browser, 1, "supported")
    browser.wait_for_text("1 of 2 done")
    judge(browser, 2, "supported")
    browser.wait_for_text("You differ")
    take(browser, "case-judged", WIDE, 1000, top="#claim-1")
    browser.open("/console/failures?show=restored")
    browser.find("td a").click()
    browser.wait_for_text("From the customer")
    take(browser, "failure", WIDE, 1700)
    for name, query, told, height in (
        ("integrity", "", "The team", 1500),
        ("lead", "?days=60", "Where the two come apart", 1500),
    ):
        browser.open(f"/console/{name}{query}")
        patient = WebDriverWait(browser.driver, 240, ignored_exceptions=[Exception])
        patient.until(lambda _, told=told: told in browser.text)  # type: ignore[misc]
        patient.until(lambda _: browser.driver.execute_script(DRAWN))
        take(browser, name, WIDE, height)


def take(browser: Browser, name: str, size: tuple[int, int], most: int, top: str = "body") -> None:
    """The page from an element on, ``most`` pixels of it, as NAME.png. Raises AssertionError where it is large."""
    browser.resize(size)
    browser.driver.execute_script("document.activeElement.blur(); window.scrollTo(0, 0)")
    whole = browser.driver.execute_script("return document.documentElement.scrollHeight")
    begins = max(0, browser.find(top).location["y"] - 90)
    clip = {"x": 0, "y": begins, "width": size[0], "height": min(whole - begins, most), "scale": 1}
    taken = browser.driver.execute_cdp_cmd(
        "Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip}
    )
    picture = smaller(base64.b64decode(taken["data"]))
    assert len(picture) < MOST_BYTES, f"{name} has {len(picture):,} bytes"
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.png").write_bytes(picture)
    print(f"{name}.png: {size[0]} x {clip['height']} pixels, {len(picture):,} bytes")


if __name__ == "__main__":
    sys.exit(main())
