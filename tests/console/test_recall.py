"""The pages *Recall*: whom did we tell this, what came of looking again, and what customers are told of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import RunningProxy, StartProxy, running_proxy
from recovery.recall.test_job import NEW, OLD, RIGHT_THEN, STILL, WRONG, history, recalled
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait
from support.browser import PAYLOAD, Browser
from support.people import add_person, console_client, csrf_in, session_token, signed_in_as
from support.told import keep_corpus, plan_for, told, write_corpus

from proxy.access.people.roles import Role, person_from
from proxy.console.recall.found import readable_groups
from proxy.jobs.pools import OneProcess
from proxy.ledger.failures.records import FailureEvent
from proxy.ledger.ledger import Ledger
from proxy.ledger.recall.corrections import NewCorrection
from proxy.ledger.recall.records import NEXT_TURN, CorrectionState, Finding, Recall
from proxy.ledger.records import DecisionRecord
from proxy.models.embedder import Embedder
from proxy.recovery.recall.bench import Bench
from proxy.recovery.recall.drafting import draft_all
from proxy.review.giving import Reviewing
from proxy.review.plan import ReviewPlan
from proxy.review.sampling import is_kept_back

PATIENCE_S = 180  # on a busy machine: commands read models anew


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProxy]:
    """A proxy with a recall that is done, and its drafts; two people have to approve each."""
    folder = tmp_path_factory.mktemp("recall")
    corpus = write_corpus(folder / "corpus", {"shop/refunds": OLD})
    chosen: dict[str, Any] = {"recall": {"approve": "two", "on_corpus_change": "off"}}
    with running_proxy(folder, corpus=corpus, **chosen) as running:
        with running.ledger() as ledger:
            filled(ledger, corpus, running.database_url)
        yield running


def filled(ledger: Ledger, corpus: Path, database_url: str) -> Recall:
    history(ledger, corpus, Embedder.load())
    plan = plan_for(database_url, corpus)
    recall = recalled(ledger, plan, OneProcess(partial(Bench, plan)))
    bench = Bench(plan)
    ledger.corrections.draft(draft_all(ledger, recall, bench.rechecker).drafts)
    bench.close()
    return recall


def the_recall(ledger: Ledger) -> Recall:
    (found,) = ledger.recalls.newest("default")
    return found


def by_name(ledger: Ledger, name: str, *roles: Role) -> str:
    """The session of a person."""
    return session_token(ledger, add_person(ledger, *roles, email=f"{name}@example.com"))


def post(proxy: RunningProxy, token: str, path: str, **form: str) -> httpx.Response:
    with console_client(proxy.url, token) as client:
        csrf = csrf_in(client.get("/console/account"))
        return client.post(f"/console/recall/{path}", data={"csrf": csrf, **form})


def test_a_recall_tells_what_was_found_and_what_customers_are_to_be_told(
    company: RunningProxy, browser: Browser
) -> None:
    with company.ledger() as ledger:
        ref = the_recall(ledger).ref
    browser.sign_in(company, Role.VIEWER)
    browser.open("/console/recall")
    browser.expect_accessible("recalls")
    browser.tab_to("td a")
    browser.press(Keys.ENTER)
    browser.wait_for_text("What customers are told")
    shown = browser.text
    for part in (ref, WRONG, RIGHT_THEN, "was wrong", "has changed since", "Refunds are paid within 14 days"):
        assert part in shown, part
    assert "2 people have to approve each" in shown and "Approve" not in [
        one.text for one in browser.all("button")
    ]
    browser.expect_accessible("recall")
    assert browser.complaints() == []


def test_two_people_approve_and_either_takes_it_back(company: RunningProxy) -> None:
    with company.ledger() as ledger:
        ref = the_recall(ledger).ref
        one = next(each for each in ledger.corrections.of("default", ref=ref) if each.customer_id == "C-0-1")
        ana, ben = by_name(ledger, "ana", Role.LEAD), by_name(ledger, "ben", Role.POLICY_OWNER)
        path = f"{ref}/corrections/{one.id}"

        def state() -> tuple[str, tuple[str, ...]]:
            (found,) = ledger.corrections.of("default", ids=[one.id])
            return found.state, found.approved_by

        assert post(company, ana, f"{path}/approve", by=NEXT_TURN, read=one.text_digest).status_code == 303
        post(company, ana, f"{path}/approve", by=NEXT_TURN, read=one.text_digest)
        assert state() == (CorrectionState.DRAFT, ("ana@example.com",))
        with console_client(company.url, ben) as client:
            assert "1 more person has to approve it" in client.get(f"/console/recall/{ref}").text
        post(company, ben, f"{path}/approve", by=NEXT_TURN, read=one.text_digest)
        assert state() == (CorrectionState.APPROVED, ("ana@example.com", "ben@example.com"))
        assert post(company, ana, f"{path}/withdraw").status_code == 303
        assert state() == (CorrectionState.DRAFT, ())
        refused = post(company, ana, f"{path}/approve", by="pigeon", read=one.text_digest)
        assert refused.status_code == 422 and "there is no &#34;pigeon&#34;" in refused.text
        unread = post(company, ana, f"{path}/approve", by=NEXT_TURN, read="another text")
        assert unread.status_code == 409 and "written anew meanwhile" in unread.text
        reviewer = by_name(ledger, "rae", Role.REVIEWER)
        assert (
            post(company, reviewer, f"{path}/approve", by=NEXT_TURN, read=one.text_digest).status_code == 404
        )
        assert post(company, by_name(ledger, "vic", Role.VIEWER), f"{path}/sent").status_code == 403


def kept_back() -> DecisionRecord:
    """An answer that may be drawn for review."""
    claims = [{"text": WRONG, "kind": "policy"}]
    every = (told(f"kept{number}", WRONG, claims=claims) for number in range(1000))
    return next(one for one in every if is_kept_back(one, ReviewPlan()))


def test_who_may_review_cannot_look_up_what_they_may_be_given(company: RunningProxy) -> None:
    told_by = {"text": WRONG, "wordings": [WRONG, STILL], "newest": [[kept_back().response_id], ["r0-2"]]}
    alone = {"text": WRONG, "wordings": [WRONG], "newest": [[kept_back().response_id]]}
    with company.ledger() as ledger:
        ledger.record(kept_back(), {})
        reviewing = Reviewing(ledger, ReviewPlan(), "default")
        shown = {
            role: readable_groups(reviewing, person_from(add_person(ledger, role)), [told_by, alone])
            for role in (Role.REVIEWER, Role.POLICY_OWNER)
        }
    assert [one["wordings"] for one in shown[Role.REVIEWER]] == [[STILL]]
    assert shown[Role.REVIEWER][0]["text"] == STILL
    assert shown[Role.POLICY_OWNER] == [told_by, alone]


def test_who_approves_all_approves_none_that_they_may_not_read(company: RunningProxy) -> None:
    unread = kept_back()
    with company.ledger() as ledger:
        ledger.record(unread, {})
        now, plain = datetime.now(UTC), ledger.answer("r0-1")
        assert plain is not None
        recall = Recall("RC-6666-7777", now, "eve", {"because": "a test"}, 2)
        ledger.recalls.begin(recall)
        found = [Finding(one.response_id, 0, 0, len(WRONG), now, "wrong_then") for one in (unread, plain)]
        ledger.recalls.go_on(recall, (now, "r0-1"), 2, {}, found)
        drafts = [
            NewCorrection(
                recall.ref, f"C-{one.id}", None, one.finding.response_id, (one.id,), now, "14 days.", True
            )
            for one in ledger.recalls.findings(recall.ref)
        ]
        ledger.corrections.draft(drafts)
        lead = by_name(ledger, "lea", Role.LEAD)
        assert post(company, lead, f"{recall.ref}/approve", by=NEXT_TURN).status_code == 303
        approved = {
            one.response_id: one.approved_by for one in ledger.corrections.of("default", ref=recall.ref)
        }
    assert approved == {unread.response_id: (), "r0-1": ("lea@example.com",)}


def test_nothing_that_was_said_runs_in_the_browser(company: RunningProxy, browser: Browser) -> None:
    with company.ledger() as ledger:
        now = datetime.now(UTC)
        hostile = Recall("RC-2222-3333", now, PAYLOAD, {"because": PAYLOAD, "asked": PAYLOAD}, 1, 1, "done")
        ledger.recalls.begin(hostile)
        ledger.corrections.draft(
            [NewCorrection(hostile.ref, PAYLOAD, None, "r0-0", (), now, PAYLOAD, False, PAYLOAD)]
        )
    browser.sign_in(company, Role.LEAD)
    for path in ("", f"/{hostile.ref}"):
        browser.open(f"/console/recall{path}")
        assert PAYLOAD.strip() in browser.text or "script" in browser.text
        browser.expect_nothing_ran()


def test_what_somebody_writes_stays_while_the_page_looks_how_far_it_is(
    company: RunningProxy, browser: Browser
) -> None:
    """The look is asked for here, and not by the clock, every three seconds."""
    with company.ledger() as ledger:
        now = datetime.now(UTC)
        begun = Recall("RC-8888-9999", now, "eve", {"because": "a test"}, 1)
        ledger.recalls.begin(begun)
        ledger.corrections.draft([NewCorrection(begun.ref, "C-1", None, "r0-1", (), now, "14 days.", True)])
    browser.sign_in(company, Role.LEAD)
    browser.open(f"/console/recall/{begun.ref}?show=draft")
    browser.find("article summary").click()
    browser.find("article textarea").send_keys(" I am sorry.")
    before = browser.find("#standing")
    swap = {"target": "#standing", "swap": "outerHTML", "select": "#standing"}
    browser.driver.execute_script("htmx.ajax('GET', location.href, arguments[0])", swap)
    browser.wait(lambda: browser.find("#standing") != before)
    assert browser.find("article textarea").get_property("value") == "14 days. I am sorry."
    assert browser.driver.switch_to.active_element == browser.find("article textarea")
    assert browser.complaints() == []


def test_another_tenants_recall_is_not_there(company: RunningProxy) -> None:
    with company.ledger() as ledger:
        ledger.recalls.begin(Recall("RC-4444-5555", datetime.now(UTC), "eve", {}, 1, tenant="acme"))
        token = signed_in_as(ledger, Role.ADMIN)
    with console_client(company.url, token) as client:
        assert client.get("/console/recall/RC-4444-5555").status_code == 404
        assert "RC-4444-5555" not in client.get("/console/recall").text


def test_from_a_sentence_to_the_customer_who_is_whole_again(
    start_proxy: StartProxy, tmp_path: Path, browser: Browser
) -> None:
    """The whole way by keyboard and with the real commands behind it; that is why it takes a while."""
    corpus = write_corpus(tmp_path / "corpus", {"shop/refunds": NEW})
    proxy = start_proxy(corpus=corpus, recall={"on_corpus_change": "off"})
    with proxy.ledger() as ledger:
        version, in_force = keep_corpus(ledger, corpus, Embedder.load())
        for number, text in enumerate((WRONG, STILL)):
            record = told(f"r{number}", text, customer_id=f"C-{number}", versions={"corpus": version})
            ledger.record(record, in_force)

    def wait_for(text: str) -> None:
        patient = WebDriverWait(browser.driver, PATIENCE_S, ignored_exceptions=[Exception])
        patient.until(lambda _: text in browser.text)  # type: ignore[misc]

    browser.sign_in(proxy, Role.LEAD)
    browser.open("/console/recall")
    browser.tab_to("#text")
    browser.press("a refund takes up to ninety days", Keys.ENTER)
    wait_for("the riskiest first")
    assert WRONG in browser.text and STILL not in browser.text
    browser.expect_accessible("told")
    browser.tab_to("#why")
    browser.press("it is 14 days", Keys.ENTER)
    wait_for("RC-")
    wait_for("it is 14 days")
    browser.wait(lambda: not browser.all("#recalls .notice"))
    browser.tab_to("td a")
    browser.press(Keys.ENTER)
    wait_for("Nothing is drafted yet")
    browser.tab_to("form[action$='/draft'] button")
    browser.press(Keys.ENTER)
    wait_for("Refunds are paid within 14 days of the return.”")
    browser.expect_accessible("drafted")
    browser.tab_to("form[action$='/approve'] button")
    browser.press(Keys.ENTER)
    wait_for("on its way")
    proxy.provider.answers(STILL)
    asked = proxy.ask("Do I need the receipt?", headers={"x-cxai-customer-id": "C-0"})
    assert f"“{WRONG}” That was not right." in asked.json()["choices"][0]["message"]["content"]
    browser.driver.refresh()
    wait_for("1 sent")
    wait_for("put right")
    with proxy.ledger() as ledger:
        (finding,) = ledger.recalls.findings(the_recall(ledger).ref)
        confirmed = FailureEvent(
            "thanks", "restored", datetime.now(UTC), "customer", data={"how": "confirmed"}
        )
        ledger.failures.add(finding.finding.failure_id or "", confirmed)
    browser.driver.refresh()
    wait_for("whole again")
    assert browser.complaints() == []
