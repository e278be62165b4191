"""A clever reviewer tries to tell made-up answers from real ones, by all that the console lets them look for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape, unescape
from itertools import count
from typing import Any

import httpx
import pytest
from conftest import RunningProxy, StartProxy, running_proxy
from console.case.at_the_page import press_button
from console.case.escalated import ROUTE
from support.browser import Browser
from support.people import console_client, signed_in_as

from proxy.access.people.roles import Role
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord
from proxy.ledger.reviews.records import SEEDED
from proxy.review.choosing import share_of
from proxy.review.frames import frames_for
from proxy.review.plan import ReviewPlan
from proxy.review.sampling import LENDING_SHARE, draw, is_reviewable
from proxy.review.seeding import SeedSentence, made_up_items

PLAN = {"seeded_share": 0.5, "bad_share": 1.0, "burst_length": 0, "second_share": 0.0}
DRAWN = ReviewPlan().sample_share
MOST = ReviewPlan().most_sampled
HOUR = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
DOCUMENT = "airline/bereavement-fares"
QUOTE = (
    "Our bereavement policy does not apply to requests for a reduced fare after travel has been completed."
)
ASKED = "I travelled last week for my uncle's funeral, {}. Do I still get it?"
TOLD = "No, that rate is not there for journeys number {} that are over."
FALSE = "You can claim the fare for journeys number {} after you have travelled."
FRAME = "Hello, and thank you for asking! {} Is there anything else?"


def id_between(low: float, high: float, beyond: int) -> str:
    """A response id that the sample's draw puts there."""
    names = (f"chatcmpl-{number:012x}" for number in count(beyond * 1_000_000))
    return next(name for name in names if low <= share_of(f"sample {name}") < high)


def recorded(ledger: Ledger, like: DecisionRecord, response_id: str, number: int) -> DecisionRecord:
    """An answer of one checked sentence between two that say nothing, to a customer of its own."""
    told, whole = TOLD.format(number), FRAME.format(TOLD.format(number))
    evidence = [{"document": DOCUMENT, "section": "After travel", "quote": QUOTE, "url": None}]
    claims = [
        {
            "text": text,
            "kind": kind,
            "verdict": verdict,
            "action": "deliver",
            "evidence": found,
            "confidence": 0.9,
        }
        for text, kind, verdict, found in (
            ("Hello, and thank you for asking!", "not_checkable", "not_checkable", []),
            (told, "policy", "supported", evidence),
            ("Is there anything else?", "not_checkable", "not_checkable", []),
        )
    ]
    record = replace(
        like,
        response_id=response_id,
        created_at=HOUR + timedelta(minutes=number),
        question=ASKED.format(f"booking {number}"),
        customer_id=f"customer-{number}",
        conversation_id=f"conversation-{number}",
        trace_id=f"{number:032x}",
        choices=[{"choice": 0, "model_text": whole, "delivered_text": whole, "claims": claims}],
    )
    ledger.record(record)
    return record


def without_claims(proxy: RunningProxy) -> DecisionRecord:
    """An answer as the proxy records it, that is never drawn and lends no question: it claims nothing."""
    proxy.provider.answers("Hello! How can I help you?")
    told = proxy.ask("Hello").json()["cxai"]
    with proxy.ledger() as ledger:
        record = ledger.answer(str(told["response_id"]))
    assert record is not None and not is_reviewable(record)
    return record


class House:
    """A proxy with answers that were drawn, and as many that lend their question to a made-up one."""

    def __init__(self, proxy: RunningProxy, drawn: int = 3) -> None:
        self.proxy = proxy
        first, free = drawn + 1, drawn + 4
        like = without_claims(proxy)
        with proxy.ledger() as ledger:
            self.drawn = [recorded(ledger, like, id_between(0, DRAWN, one), one) for one in range(1, first)]
            lending = (MOST, MOST + LENDING_SHARE)
            self.lending = [
                recorded(ledger, like, id_between(*lending, one), one) for one in range(first, free)
            ]
            self.free = recorded(ledger, like, id_between(MOST + LENDING_SHARE, 1, free), free)
            now, plan = datetime.now(UTC), ReviewPlan()
            assert draw(ledger, "default", HOUR, now, plan, lambda document: "medium") is not None
            frames = frames_for(ledger, [DOCUMENT], now, plan, tenant="default", most_places=3)
            assert {one.response_id for one in frames} == {one.response_id for one in self.lending}
            sentences = [
                SeedSentence(FALSE.format(one), "contradicted", "probe", DOCUMENT, "After travel", QUOTE)
                for one in range(first, free)
            ]
            ledger.reviews.add(made_up_items(sentences, now, frames=frames))

    @contextmanager
    def reviewer(self) -> Iterator[httpx.Client]:
        with self.proxy.ledger() as ledger:
            token = signed_in_as(ledger, Role.REVIEWER)
        with console_client(self.proxy.url, token) as client:
            yield client


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_proxy(tmp_path_factory.mktemp("house"), rules=ROUTE, review=PLAN) as proxy:
        # Nobody is given made-up work once all real work is in hand: that chance does so first is one in 2**16.
        yield House(proxy, drawn=16)


class Given:
    """What a reviewer has before them, as far as the page tells: question and sentence."""

    def __init__(self, page: str) -> None:
        self.page = page
        self.question = found(r'class="quoted asked">([^<]*)<', page)
        self.sentence = found(r'class="claim-text"[^>]*>([^<]*)<', page)
        self.giving = found(r'hx-post="/console/review/([^/]*)/', page)
        self.number = int(found(r"booking (\d+)", self.question))

    @property
    def skeleton(self) -> str:
        """The page without what differs from one answer to another anyway."""
        page = self.page
        for told in (self.question, self.sentence, self.giving):
            page = page.replace(told, "…")
        return re.sub(r"[0-9a-f]{64}", "", page)


def found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    assert match is not None, pattern
    return match[1]


@pytest.fixture(scope="module")
def both(house: House) -> Iterator[dict[bool, tuple[Given, httpx.Client]]]:
    """A real answer and a made-up one, each in the hands of somebody who may look around; by whether it is real."""
    given: dict[bool, tuple[Given, httpx.Client]] = {}
    with ExitStack() as stack:
        for _ in range(30):
            client = stack.enter_context(house.reviewer())
            page = client.get("/console/review").text
            shown = Given(page)
            given.setdefault("claim the fare" not in shown.sentence, (shown, client))
            if len(given) == 2:
                break
        yield given


LOOKED_FOR = {
    "the question's words": lambda given: {"q": f'"{unescape(given.question)}"'},
    "a word of the question": lambda given: {"q": f"booking {given.number}"},
    "the sentence's words": lambda given: {"q": f'"{given.sentence}"'},
    "words around the sentence": lambda given: {"q": "thank you for asking"},
    "the document": lambda given: {"document": DOCUMENT},
    "its section": lambda given: {"document": DOCUMENT, "section": "After travel"},
    "the verdict": lambda given: {"verdict": "supported"},
    "the decision": lambda given: {"decision": "deliver"},
    "the mode": lambda given: {"mode": "enforce"},
    "whether it was checked": lambda given: {"checked": "yes"},
    "its customer": lambda given: {"customer": f"customer-{given.number}"},
    "its conversation": lambda given: {"conversation": f"conversation-{given.number}"},
    "its day": lambda given: {
        "when": "dates",
        "since": f"{HOUR:%Y-%m-%d}",
        "until": f"{datetime.now(UTC):%Y-%m-%d}",
    },
    "nothing": lambda given: {},
}


def rows_with(given: Given, client: httpx.Client, fields: dict[str, str]) -> list[str]:
    """The rows of the list that could be about what is in hand, without what differs anyway."""
    page = client.get("/console/answers", params={"when": "all", **fields}).text
    rows = re.findall(r"<tr>\s*<td>.*?</tr>", page, re.S)
    own = [row for row in rows if re.search(rf"customer-{given.number}\b|booking {given.number}\b", row)]
    own = [re.sub(r"<time.*?</time>|/console/answers/[^\"]*", "", row) for row in own]
    return [re.sub(rf"customer-{given.number}\b", "customer", row) for row in own]


@pytest.mark.parametrize("what", LOOKED_FOR)
def test_what_is_in_hand_is_found_alike_whether_real_or_made_up(
    what: str, both: dict[bool, tuple[Given, httpx.Client]]
) -> None:
    told = {real: rows_with(given, client, LOOKED_FOR[what](given)) for real, (given, client) in both.items()}
    assert told[True] == told[False]
    assert all("booking" not in row and "supported" not in row for row in told[True])
    if what in ("its customer", "its conversation", "its day", "nothing"):
        assert len(told[True]) == 1 and "may come to be reviewed" in told[True][0]
    else:
        assert told[True] == []


def test_the_pages_of_both_are_alike(both: dict[bool, tuple[Given, httpx.Client]]) -> None:
    """Sentences are numbered as they stand in the answer, the whole of it has its greeting, and so on."""
    real, made_up = both[True][0], both[False][0]
    assert real.skeleton == made_up.skeleton
    assert "thank you for asking! …" in made_up.skeleton and 'id="claim-1"' in made_up.skeleton
    assert QUOTE in made_up.page and "no longer kept" not in made_up.page


def test_neither_ids_nor_traces_tell(house: House, both: dict[bool, tuple[Given, httpx.Client]]) -> None:
    """Ids of reviews are drawn by chance; the answer's own page says as little of both, and links to no trace."""
    pages = []
    for real, (given, client) in both.items():
        assert re.fullmatch(r"rg-[0-9a-f]{16}", given.giving)
        record = next(
            one
            for one in (house.drawn if real else house.lending)
            if one.customer_id == f"customer-{given.number}"
        )
        assert record.response_id not in given.page and record.trace_id not in given.page
        page = client.get(f"/console/answers/{record.response_id}").text
        assert all(
            hidden not in page for hidden in (record.question, record.trace_id, record.customer_id, "Jaeger")
        )
        pages.append(re.sub(rf"{record.response_id}|<time.*?</time>|[0-9a-f]{{64}}", "", page))
    assert pages[0] == pages[1]


def test_what_is_withheld_was_never_to_be_read_before_either(house: House) -> None:
    """A list that somebody kept from before the draw tells nothing: it follows from an answer's id alone."""
    with house.reviewer() as client:
        page = client.get("/console/answers", params={"when": "all"}).text
        kept_back = len(house.drawn) + len(house.lending)
        shown = {int(number) for number in re.findall(r"booking (\d+)", page)}
        assert shown == {kept_back + 1} and page.count("may come to be reviewed") == kept_back
    with house.proxy.ledger() as ledger:
        viewer = signed_in_as(ledger, Role.VIEWER)
    with console_client(house.proxy.url, viewer) as client:
        page = client.get("/console/answers", params={"when": "all"}).text
        # Who never reviews may read all.
        assert all(f"booking {number}" in page for number in range(1, kept_back + 2))


def test_a_page_of_the_list_has_no_gap_where_something_is_withheld(start_proxy: StartProxy) -> None:
    proxy = start_proxy(policies=ROUTE, review=PLAN)
    like = without_claims(proxy)
    with proxy.ledger() as ledger:
        for number in range(60):
            span = (0, DRAWN) if number == 30 else (MOST + LENDING_SHARE, 1)
            recorded(ledger, like, id_between(*span, number), number)
        token = signed_in_as(ledger, Role.REVIEWER)
    with console_client(proxy.url, token) as client:
        page = client.get("/console/answers", params={"when": "all", "q": "booking"}).text
        assert page.count("booking ") == 50 and "booking 30" not in page
        assert "50 answers" in page and "Older answers" in page


def test_who_needs_to_read_an_answer_does_and_is_not_asked_to_judge_it(
    start_proxy: StartProxy, browser: Browser
) -> None:
    house = House(start_proxy(policies=ROUTE, review=PLAN))
    browser.sign_in(house.proxy, Role.REVIEWER)
    for record in (*house.drawn, *house.lending):
        browser.open(f"/console/answers/{record.response_id}")
        assert str(record.question) not in browser.driver.page_source
        browser.expect_accessible("answer-withheld")
        press_button(browser, "Read it now, and leave its review to others")
        browser.wait_for_text("Sentence by sentence")
        assert escape(str(record.question)) in browser.driver.page_source.replace("'", "&#x27;")
    browser.open("/console/review")
    assert "Nothing waits to be reviewed." in browser.text
    with house.reviewer() as other:
        assert Given(other.get("/console/review").text).question
    assert browser.complaints() == []


def test_reading_what_one_has_in_hand_gives_it_back_real_or_made_up(start_proxy: StartProxy) -> None:
    house = House(start_proxy(policies=ROUTE, review=PLAN))
    kinds: set[bool] = set()
    for _ in range(30):
        with house.reviewer() as client:
            given = Given(client.get("/console/review").text)
            record = next(
                one for one in (*house.drawn, *house.lending) if one.customer_id == f"customer-{given.number}"
            )
            csrf = found(r'name="csrf" value="([0-9a-f]{64})"', client.get("/console/account").text)
            read = client.post(f"/console/answers/{record.response_id}/read", data={"csrf": csrf})
            assert read.status_code == 303
            assert given.question in client.get(f"/console/answers/{record.response_id}").text
            judged: Any = client.post(f"/console/review/{given.giving}/finish", data={"csrf": csrf})
            assert judged.status_code == 409
        with house.proxy.ledger() as ledger:
            review = ledger.reviews.review(given.giving)
        assert review is not None and review.end is not None and not review.finished
        kinds.add(review.item.kind in SEEDED)
        if len(kinds) == 2:
            return
    raise AssertionError("only one kind was given")
