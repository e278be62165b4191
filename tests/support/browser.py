"""A real Chromium for the tests of the console: one for the whole run, with no cookies left from the test before.

    def test_a_page(start_proxy, browser):
        proxy = start_proxy()
        browser.sign_in(proxy, Role.REVIEWER)
        browser.open("/console/queue")
        browser.expect_accessible()

``scripts/test-chromium`` installs it where it is not there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait
from support.people import COOKIE, signed_in_as

from proxy.access.people.roles import Role
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DEFAULT_TENANT

T = TypeVar("T")
WAIT_S = 20.0  # for a condition; a slow machine is no mistake
WIDE, NARROW = (1440, 900), (360, 740)
SCREENSHOTS = "CXAI_TEST_SCREENSHOTS"  # a folder where they are kept
SERIOUS = ("serious", "critical")
OF_COLOURS = ("color-contrast",)  # the rule of axe that a page in other colours can break
NO_CHROMIUM = (
    "the tests of the console need Chromium: run scripts/test-chromium (or: apt-get install chromium-driver)"
)

# What a customer, a model or a document may contain. Each would set ``window.hacked`` if it ran.
PAYLOADS = (
    "<script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    '"><svg onload=window.hacked=1>',
    "' onmouseover='window.hacked=1' x='",
    "<a href=javascript:window.hacked=1>click</a>",
    "<div hx-get=/console/account hx-trigger=load hx-target=body>x</div>",
    "</textarea></title></style><script>window.hacked=1</script>",
    "{{ 7*191 }}{% for x in [] %}${window.hacked=1}",
    "<form action=https://evil.example><input name=csrf></form>",
    "<style>*{display:none}</style>",
)
PAYLOAD = " ".join(PAYLOADS)

# Requests wait in the page, so that what is shown meanwhile can be looked at for as long as a test wants.
HOLD_REQUESTS = """
const send = XMLHttpRequest.prototype.send, held = [];
let holds = true;
XMLHttpRequest.prototype.send = function (...sent) {
  if (holds) held.push(() => send.apply(this, sent)); else send.apply(this, sent);
};
window.letGo = () => { holds = false; held.forEach(one => one()); };
"""


class Running(Protocol):
    """What ``start_proxy`` returns."""

    @property
    def url(self) -> str: ...
    def ledger(self) -> Ledger: ...


@dataclass(slots=True)
class Browser:
    """One window. ``at`` is the address of the proxy whose pages it shows; paths are below it."""

    driver: Chrome
    at: str = ""

    def sign_in(
        self, proxy: Running, *roles: Role, tenant: str = DEFAULT_TENANT, name: str = "Ada Example"
    ) -> None:
        """Be somebody new with these roles, as if they had just signed in."""
        with proxy.ledger() as ledger:
            token = signed_in_as(ledger, *roles, tenant=tenant, name=name)
        self.at = proxy.url
        self.open("/console/static/LICENCES.txt")  # cookies are set where one is
        self.driver.delete_all_cookies()
        self.driver.add_cookie({"name": COOKIE, "value": token, "httpOnly": True, "sameSite": "Lax"})

    def open(self, path: str) -> None:
        self.driver.get(self.at + path)
        self.wait_until_loaded()

    def wait_until_loaded(self) -> None:
        """Until the page has its stylesheets: on a busy machine ``get`` returns before, and what is measured then is
        the page without any."""
        state = "return document.readyState"
        self.wait(lambda: self.driver.execute_script(state) == "complete", "the page was not loaded")

    @property
    def path(self) -> str:
        """Where the browser is, without the proxy's address."""
        return str(self.driver.current_url).removeprefix(self.at)

    @property
    def text(self) -> str:
        """What can be read on the page."""
        return str(self.find("body").text)

    def find(self, css: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def all(self, css: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def wait(self, condition: Callable[[], T], message: str = "") -> T:
        """What the condition returns once it is true; elements that are replaced meanwhile are looked for again."""
        return WebDriverWait(self.driver, WAIT_S, poll_frequency=0.05, ignored_exceptions=[Exception]).until(
            lambda _: condition(), message
        )

    def wait_for_text(self, text: str) -> None:
        self.wait(lambda: text in self.text, f"{text!r} did not appear")

    def press(self, *keys: str) -> None:
        """Keys, as a person without a mouse would press them: ``press(Keys.TAB)``."""
        self.driver.switch_to.active_element.send_keys(*keys)

    def tab_to(self, css: str, most: int = 100) -> WebElement:
        """Press Tab until an element has the focus; fails where it never gets it."""
        for _ in range(most):
            self.press(Keys.TAB)
            focused = self.driver.switch_to.active_element
            if self.driver.execute_script("return arguments[0].matches(arguments[1])", focused, css):
                return focused
        raise AssertionError(f"{css} is not reached by Tab")

    @contextmanager
    def holding_requests(self) -> Iterator[Callable[[], None]]:
        """Pages that are opened meanwhile wait for what they ask for later, until what this gives is called."""
        held = self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": HOLD_REQUESTS})
        try:
            yield lambda: self.driver.execute_script("window.letGo()")
        finally:
            self.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", held)

    @contextmanager
    def offline(self) -> Iterator[None]:
        """No request reaches the proxy meanwhile."""
        reached = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.driver.execute_cdp_cmd("Network.enable", {})
        self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": True, **reached})
        try:
            yield
        finally:
            self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": False, **reached})

    def resize(self, size: tuple[int, int]) -> None:
        """The width and height of the page, in CSS pixels."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False},
        )

    def colours(self, scheme: str) -> None:
        """``light`` or ``dark``, as the system would say."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def screenshot(self, name: str) -> None:
        """Keep what is seen as NAME.png, where the environment says that screenshots are wanted."""
        if folder := os.environ.get(SCREENSHOTS):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.driver.save_screenshot(str(Path(folder) / f"{name}.png"))

    def complaints(self) -> list[str]:
        """What the browser has complained of: scripts that failed, and what the page's policy kept from running."""
        return [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if entry["level"] == "SEVERE"
            and "the server responded with a status of 4" not in entry["message"]
        ]

    def findings(self, *rules: str) -> list[str]:
        """What axe finds serious or worse on the page, one line each, by all its usual rules or by these."""
        self.wait_until_loaded()
        if not self.driver.execute_script("return 'axe' in window"):
            self.driver.execute_script(
                files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
            )
        options = {"resultTypes": ["violations"], **({"runOnly": rules} if rules else {})}
        result: dict[str, Any] = self.driver.execute_async_script(
            "const [options, done] = arguments; axe.run(options).then(done, e => done({error: String(e)}))",
            options,
        )
        assert "violations" in result, result
        return [
            f"{one['id']}: {one['help']}: {node['html'][:160]}"
            for one in result["violations"]
            if one["impact"] in SERIOUS
            for node in one["nodes"]
        ]

    def expect_accessible(self, name: str = "") -> None:
        """Nothing serious in light and dark, wide and narrow; nothing wider than the window. Ends light and wide."""
        for size in (NARROW, WIDE):
            self.resize(size)
            for scheme in ("dark", "light"):
                self.colours(scheme)
                found = self.findings(*OF_COLOURS) if scheme == "dark" else self.findings()
                assert found == [], f"{self.path}, {scheme}, {size[0]} pixels wide"
                if name:
                    self.screenshot(f"{name}-{size[0]}-{scheme}")
            too_wide = self.driver.execute_script(
                "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert too_wide <= 0, f"{self.path} is {too_wide} pixels wider than {size[0]}"

    def expect_nothing_ran(self) -> None:
        """No payload has run, is part of the page, or has made the browser ask or complain."""
        assert self.driver.execute_script("return window.hacked") is None
        inside = "script:not([src]), [onerror], [onload], [onmouseover], [href^=javascript], form[action*=evil], style"
        assert [one.get_attribute("outerHTML") for one in self.all(inside)] == []
        assert self.all("main [hx-get='/console/account']") == []
        assert self.complaints() == []


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chrome]:
    """The browser of this test run."""
    running = start_chromium()
    if running is None:
        pytest.fail(NO_CHROMIUM, pytrace=False)
    try:
        yield running
    finally:
        running.quit()


@pytest.fixture
def browser(chromium: Chrome) -> Iterator[Browser]:
    """The browser with an empty page, no cookies, light, 1440 pixels wide."""
    shown = Browser(chromium)
    chromium.get("about:blank")
    chromium.execute_cdp_cmd("Network.clearBrowserCookies", {})
    chromium.get_log("browser")
    shown.resize(WIDE)
    shown.colours("light")
    yield shown
    chromium.get("about:blank")  # ends what the page still had open, such as a stream of events


def start_chromium() -> Chrome | None:
    """A Chromium without a window; None where none is installed."""
    program, driver = _program("chromium", "google-chrome", "chromium-browser"), _program("chromedriver")
    if program is None or driver is None:
        return None
    options = ChromeOptions()
    options.binary_location = program
    for argument in ("--headless=new", "--disable-dev-shm-usage", "--disable-gpu", "--lang=en-GB"):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # which Chromium refuses to have for root
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    running = Chrome(options=options, service=ChromeService(driver))
    running.set_script_timeout(60)
    return running


def _program(*names: str) -> str | None:
    return next((found for name in names if (found := shutil.which(name))), None)
