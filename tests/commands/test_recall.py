"""``cxai recall`` as a person meets it: found, looked at again, told to the customers, all from the command line."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from support.command_line import Cxai, Ran, cxai
from support.peoples_answers import CASE_REF, a_persons_answer
from support.told import TODAY, keep_corpus, told, write_corpus

from proxy.access.people.accounts import new_person
from proxy.access.people.roles import Role
from proxy.ledger.errors import LedgerError
from proxy.ledger.failures.filters import FailureFilter
from proxy.ledger.ledger import Ledger
from proxy.ledger.recall.records import Recall
from proxy.models.embedder import Embedder

__all__ = ["cxai"]
PASSWORD = "an unusual sentence to type"
OLD = "# Refunds\n\nRefunds are paid within 30 days of the return.\n"
NEW = OLD.replace("30 days", "14 days")


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A ledger with an answer that was wrong then and one that has changed since, by today's documents."""
    corpus, database = (
        write_corpus(tmp_path / "policy_corpus", {"refunds": OLD}),
        f"sqlite:///{tmp_path / 'l.db'}",
    )
    with Ledger.open(database) as ledger:
        version, in_force = keep_corpus(ledger, corpus, Embedder.load())
        texts = {"r1": "Refunds are paid within 90 days of the return.", "r2": "You get refunds in 30 days."}
        for number, (response_id, text) in enumerate(texts.items()):
            record = told(response_id, text, versions={"corpus": version}, customer_id=f"C-{number}")
            ledger.record(record, in_force)
    write_corpus(corpus, {"refunds": NEW})
    return database


def test_who_was_told_it(cxai: Cxai, url: str) -> None:
    ran = cxai("recall", "find", "refunds are paid within 90 days", "--database-url", url)
    assert ran.status == 0 and "within 90 days of the return" in ran.out and "30 days" not in ran.out
    (row,) = cxai(
        "recall", "find", "a refund in 90 days", "--answers", "--json", "--database-url", url
    ).json_lines()
    assert (row["response_id"], row["customer_id"]) == ("r1", "C-0")


def test_of_answers_that_are_not_shown_it_is_said_how_many_there_are(cxai: Cxai, url: str) -> None:
    with Ledger.open(url) as ledger:
        a_persons_answer(ledger, text="We pay refunds within 90 days of the return.", claims=[])
    asked = ("recall", "find", "refunds are paid within 90 days", "--answers", "--database-url", url)
    assert "1 more answer; --limit shows them" in cxai(*asked, "--limit", "1").out
    assert "more answer" not in cxai(*asked).out


def test_nobody_was_told_that(cxai: Cxai, url: str) -> None:
    ran = cxai("recall", "find", "dogs travel free of charge", "--database-url", url)
    assert ran.status == 0 and "Nobody was told that, as far as can be seen" in ran.out


def test_from_the_wrong_answer_to_the_approved_correction(cxai: Cxai, url: str) -> None:
    ran = cxai("recall", "check", "--corpus-changed", "--database-url", url)
    assert ran.status == 1 and "1 were wrong when they were said, 1 were right then" in ran.out
    (begun,) = cxai("recall", "list", "--json", "--database-url", url).json_lines()
    ref = begun["ref"]
    found = cxai("recall", "show", ref, "--json", "--database-url", url).json_lines()
    assert {one["response_id"]: one["outcome"] for one in found} == {
        "r1": "wrong_then",
        "r2": "changed_since",
    }
    drafts = cxai("recall", "draft", ref, "--json", "--database-url", url).json_lines()
    assert [one["problem"] for one in drafts] == [None, None]
    refused = cxai("recall", "rewrite", str(drafts[0]["id"]), "Refunds take 99 days.", "--database-url", url)
    assert "do not say so" in refused.out
    ran = cxai("recall", "approve", "--all", ref, "--database-url", url)
    assert ran.out == "1 correction approved, to be sent by next_turn.\n"
    states = [
        one["state"]
        for one in cxai("recall", "corrections", ref, "--json", "--database-url", url).json_lines()
    ]
    assert sorted(states) == ["approved", "draft"]
    contained = cxai("recall", "contain", ref, "--because", "a rule", "--database-url", url)
    assert contained.status == 0 and contained.out.endswith("contained.\n")


RECEIPTS = "# Receipts\n\nThe receipt is needed for every refund.\n"
BROKEN = "---\ntitle: [\n---\n" + RECEIPTS


def test_of_a_document_that_is_broken_today_the_last_good_version_counts(
    cxai: Cxai, url: str, tmp_path: Path
) -> None:
    """As it does for what serves: what rests on it is not out of date."""
    corpus = tmp_path / "policy_corpus"
    with Ledger.open(url) as ledger:
        write_corpus(corpus, {"refunds": OLD, "receipts": RECEIPTS})
        version, in_force = keep_corpus(ledger, corpus, Embedder.load())
        record = told("r3", "The receipt is needed for every refund.", versions={"corpus": version})
        ledger.record(record, in_force)
    write_corpus(corpus, {"refunds": NEW, "receipts": BROKEN, "never read": BROKEN})
    ran = cxai("recall", "check", "--corpus-changed", "--json", "--database-url", url)
    assert "its last good version counts" in ran.err and "never read.md" in ran.err
    (told_of,) = ran.json_lines()
    assert (told_of["answers"], told_of["still_right"]) == (3, 1)
    drafts = cxai("recall", "draft", told_of["ref"], "--json", "--database-url", url).json_lines()
    assert {one["response_id"] for one in drafts} == {"r1", "r2"}


def test_where_no_version_of_a_broken_document_can_be_read_nothing_is_judged(
    cxai: Cxai, url: str, tmp_path: Path
) -> None:
    """Such as from another place than that of the proxy: all that rests on it would seem to be out of date."""
    with Ledger.open(url) as ledger:
        elsewhere = write_corpus(tmp_path / "elsewhere", {"refunds": OLD, "receipts": RECEIPTS})
        keep_corpus(ledger, elsewhere, Embedder.load())
    write_corpus(tmp_path / "policy_corpus", {"refunds": NEW, "receipts": BROKEN})
    ran = cxai("recall", "check", "--corpus-changed", "--database-url", url)
    assert ran.status == 2 and "receipts.md" in ran.err and "mend it first" in ran.err
    assert not cxai("recall", "list", "--json", "--database-url", url).out


def test_what_was_found_and_is_wrong_becomes_a_recall(cxai: Cxai, url: str) -> None:
    ran = cxai(
        "recall", "find", "refunds are paid within 90 days", "--wrong", "it is 14", "--database-url", url
    )
    assert "1 answer, each with a failure to be put right" in ran.out
    (begun,) = cxai("recall", "list", "--json", "--database-url", url).json_lines()
    (one,) = cxai("recall", "show", begun["ref"], "--json", "--database-url", url).json_lines()
    assert one["quote"] == "Refunds are paid within 14 days of the return." and one["failure_id"]
    ran = cxai("recall", "check", "--resume", begun["ref"], "--database-url", url)
    assert ran.status == 2 and "find it again: cxai recall find" in ran.err


def test_what_a_person_told_outside_the_chat_is_recalled_like_any_answer(cxai: Cxai, url: str) -> None:
    with Ledger.open(url) as ledger:
        name = a_persons_answer(ledger, text="We pay refunds within 90 days of the return.", claims=[])
    ran = cxai(
        "recall", "find", "refunds are paid within 90 days", "--wrong", "it is 14", "--database-url", url
    )
    assert "2 answers, each with a failure to be put right" in ran.out
    (begun,) = cxai("recall", "list", "--json", "--database-url", url).json_lines()
    found = cxai("recall", "show", begun["ref"], "--json", "--database-url", url).json_lines()
    (theirs,) = [one for one in found if one["response_id"] == name]
    assert (theirs["customer_id"], theirs["outcome"]) == ("c-1", "wrong_then")
    assert theirs["text"] == "We pay refunds within 90 days of the return."
    with Ledger.open(url) as ledger:
        (failure,) = [one.failure for one in ledger.failures.in_order("default") if one.failure.case_ref]
    assert (failure.kind, failure.author, failure.case_ref) == ("wrong_human_answer", "human", CASE_REF)
    drafts = cxai("recall", "draft", begun["ref"], "--json", "--database-url", url).json_lines()
    (draft,) = [one for one in drafts if one["customer_id"] == "c-1"]
    assert draft["problem"] is None and "We pay refunds within 90 days" in draft["text"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("find", " "), "say what was told"),
        (("check",), "say which answers"),
        (("check", "--resume", "RC-2222-2222"), "there is no recall RC-2222-2222"),
        (("show", "RC-2222-2222"), "there is no recall RC-2222-2222"),
        (("draft", "RC-2222-2222"), "there is no recall RC-2222-2222"),
        (("approve", "--by", "pigeon"), 'there is no "pigeon"; choose of next_turn, mail'),
        (("approve", "--by", "mail"), "there is no mail server"),
        (("approve", "7"), "there is no correction 7"),
        (("dismiss", "7"), "there is no correction 7"),
        (("resolve", "7", "--sent"), "there is no correction 7"),
    ],
    ids=str,
)
def test_what_cannot_be_done_says_why(arguments: tuple[str, ...], says: str, cxai: Cxai, url: str) -> None:
    ran = cxai("recall", *arguments, "--database-url", url)
    assert ran.status == 2 and says in ran.err and "unexpected" not in ran.err


def test_of_a_recall_that_has_not_ended_nothing_is_drafted(cxai: Cxai, url: str) -> None:
    """Who has a draft keeps it: what is found of them later would never be told."""
    with Ledger.open(url) as ledger:
        for ref, what in (("RC-2222-2222", {"documents": "some"}), ("RC-3333-3333", {"asked": "a refund"})):
            ledger.recalls.begin(Recall(ref, TODAY, "ana", what, 2))
    left, found = (
        cxai("recall", "draft", ref, "--database-url", url) for ref in ("RC-2222-2222", "RC-3333-3333")
    )
    assert (left.status, found.status) == (2, 2)
    assert "cxai recall check --resume RC-2222-2222" in left.err
    assert "cxai recall find TEXT --wrong WHY" in found.err


def test_a_company_says_who_has_to_approve(cxai: Cxai, url: str, tmp_path: Path) -> None:
    cxai("recall", "check", "--corpus-changed", "--database-url", url)
    (begun,) = cxai("recall", "list", "--json", "--database-url", url).json_lines()
    cxai("recall", "draft", begun["ref"], "--database-url", url)
    (tmp_path / "cxai.yaml").write_text("recall: {approve: nobody}", encoding="utf-8")
    ran = cxai("recall", "draft", begun["ref"], "--database-url", url)
    assert "2 corrections sent by next_turn: nobody has to approve them" in ran.out
    ran = cxai("recall", "withdraw", "1", "--database-url", url)
    assert ran.out == "Correction 1 is a draft again.\n"


def test_that_a_doubtful_mail_left_is_noted_of_its_failure_before_it_counts_as_sent(
    cxai: Cxai, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the process ends in between, it is said again: what was sent is asked about no more."""
    cxai("recall", "check", "--corpus-changed", "--database-url", url)
    (begun,) = cxai("recall", "list", "--json", "--database-url", url).json_lines()
    cxai("recall", "draft", begun["ref"], "--database-url", url)
    with Ledger.open(url) as ledger:
        one = next(each for each in ledger.corrections.of("default") if each.customer_id == "C-0")
        ledger.corrections.approve(one, "mail", "ana", TODAY)
        (one,) = ledger.corrections.of("default", ids=[one.id])
        ledger.corrections.sending(one, TODAY)
        ledger.corrections.in_doubt(one.id, "nobody knows")

    def resolved() -> tuple[str, str]:
        cxai("recall", "resolve", str(one.id), "--sent", "--database-url", url)
        with Ledger.open(url) as ledger:
            (state,) = ledger.failures.states(FailureFilter())
            return ledger.corrections.of("default", ids=[one.id])[0].state, state.status

    with monkeypatch.context() as breaking:
        breaking.setattr("proxy.ledger.failures.table.FailureTable.tell_all", breaks)
        assert resolved() == ("doubtful", "contained")
    assert resolved() == ("sent", "corrected")


def breaks(*_: object) -> None:
    raise LedgerError("the disk is full")


def test_two_are_two_people_whichever_way_each_approves(
    cxai: Cxai, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cxai("recall", "check", "--corpus-changed", "--database-url", url)
    (begun,) = cxai("recall", "list", "--json", "--database-url", url).json_lines()
    cxai("recall", "draft", begun["ref"], "--database-url", url)
    with Ledger.open(url) as ledger:
        for name, role in (("lea", Role.LEAD), ("pia", Role.POLICY_OWNER), ("rui", Role.REVIEWER)):
            ledger.people.add(new_person(f"{name}@example.com", name, [role], password=PASSWORD), by="test")
        (one, _) = ledger.corrections.of("default", ref=begun["ref"])
        assert not ledger.corrections.approve(one, "next_turn", "lea@example.com", TODAY, needed=2)
    (tmp_path / "cxai.yaml").write_text("recall: {approve: two}", encoding="utf-8")

    def approve(*who: str, password: str = PASSWORD) -> Ran:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        return cxai("recall", "approve", str(one.id), *who, "--database-url", url)

    nameless = approve()
    assert nameless.status == 2 and "say who approves with --as EMAIL" in nameless.err
    assert "another person has to approve" in approve("--as", "Lea@example.com").out
    guessed = approve("--as", "pia@example.com", password="something else")
    assert guessed.status == 2 and "not the address and password of somebody" in guessed.err
    assert "needs the role lead or policy-owner" in approve("--as", "rui@example.com").err
    assert approve("--as", "pia@example.com").out == "1 correction approved, to be sent by next_turn.\n"
    with Ledger.open(url) as ledger:
        (one,) = ledger.corrections.of("default", ids=[one.id])
    assert one.approved_by == ("lea@example.com", "pia@example.com")
