"""What a claim needs to stand: its numbers said somewhere, for the same thing; nothing denied; nothing made wider."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.builtin_verifier import judge

from proxy.corpus.documents import Hit
from proxy.corpus.reading import read_content
from proxy.grounding.policy.alignment import Aligned, Weights, align, lines_of, weights_of
from proxy.grounding.policy.allowing import is_denial, object_of, opposed
from proxy.grounding.policy.binding import stretches_of
from proxy.grounding.policy.conflicts import ConflictKind, conflicts_of
from proxy.grounding.policy.widening import once_only
from proxy.grounding.text.words import stem
from proxy.grounding.types import Fact, Label
from proxy.grounding.values.finding import ValueKind, values_of

GYM = """# Membership

You can freeze your membership for up to 3 months in a calendar year. Ask for it in the app at least 7 days ahead.
Cancellations need 30 days' notice. Our reception desk cannot take cancellations. Neither can we accept them by email.

## Guests

A member can bring a guest once. Guests pay $12 a visit. A doctor's note from abroad is not accepted.

## Leaving early

If you leave before the end of the term you pay 40% of the remaining fees for a Solo plan, 25% for a Family plan.
"""
LIBRARY = """# Borrowing

Books can be borrowed for 21 days. They can be renewed twice. Newspapers cannot be borrowed.

## Late books

The charge is £0.20 a day, at most £8 a book. It is charged once per item, however late the book is.
"""
BANK = """---
title: Transfers
authority: 90
---
# Transfers

A standing order cannot be backdated. Transfers within Europe arrive within 1 working day.
"""
BANK_HELP = """---
title: Help
authority: 10
---
# Help with transfers

A standing order can be backdated by up to 5 days: ask us in the chat.
"""
INSURER = """# Travel insurance

We pay for cancelled trips up to $5,000. Report the cancellation within 14 days. The excess is $100 per claim.
"""


@pytest.mark.parametrize(
    ("document", "question", "text", "named"),
    [
        (GYM, "How long can I freeze?", "You can freeze your membership for up to 6 months.", "6 months"),
        (LIBRARY, "How long may I keep a book?", "Books can be borrowed for 45 days.", "45 days"),
        (INSURER, "Until when?", "Yes, up to 90 days after your trip.", "90 days"),
        (INSURER, "Do you give a discount?", "You get 25% off when you report the cancellation.", "25%"),
    ],
)
def test_a_number_that_nothing_states_is_not_supported_and_is_named(
    document: str, question: str, text: str, named: str
) -> None:
    verdict = judge(text, document, question=question)
    assert verdict.label in (Label.CONTRADICTED, Label.UNSUPPORTED)
    assert named in verdict.reason


def test_a_number_that_the_customer_gave_may_be_repeated() -> None:
    question = "I cancelled my trip 10 days ago. Can I still report it?"
    verdict = judge(
        "10 days is within the 14 days for reporting the cancellation.", INSURER, question=question
    )
    assert "10 days" not in verdict.reason


def test_a_fact_about_the_customer_explains_a_number() -> None:
    text = "You cancelled 20 days ago, so it is too late to report the cancellation."
    without = judge(text, INSURER)
    known = judge(text, INSURER, facts=(Fact("trip", '{"cancelled": "20 days ago"}'),))
    assert "20 days" in without.reason
    assert known.confidence > without.confidence or "do not say" not in known.reason


TELECOM = """# Plans

A plan can be cancelled 30 days ahead. The price lock lasts 24 months. Data that is left moves to the next calendar
month. An engineer comes within 3 working days. The offer ends on 5 June 2026.
"""


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How soon can I leave?", "You need to tell us a month ahead to leave."),
        ("Does my data stay?", "What you have not used in one month moves on to the next."),
        ("I have been with you for 20 months.", "Your price lock goes on for 4 more months."),
        ("What will my January bill be?", "The bill of January stays as it is."),
        ("I ordered on 3 March, today is 13 March.", "Ten days are a long time to wait for an engineer."),
    ],
)
def test_what_follows_from_policy_and_question_is_not_made_up(question: str, text: str) -> None:
    assert "do not say" not in judge(text, TELECOM, question=question).reason


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How soon can I leave?", "You need to tell us two months ahead to leave."),
        ("I have been with you for 20 months.", "Your price lock goes on for 9 more months."),
        ("Who comes?", "An engineer comes once a year, for €19."),
        ("What will my January bill be?", "The bill of January rises by 3%."),
    ],
)
def test_what_follows_from_nothing_is_made_up(question: str, text: str) -> None:
    assert judge(text, TELECOM, question=question).label in (Label.CONTRADICTED, Label.UNSUPPORTED)


def test_a_share_that_belongs_to_another_plan_is_not_supported() -> None:
    right = "If you leave before the end of the term you pay 40% of the remaining fees for a Solo plan."
    wrong = "If you leave before the end of the term you pay 25% of the remaining fees for a Solo plan."
    assert judge(right, GYM).label is Label.SUPPORTED
    assert judge(wrong, GYM).label is not Label.SUPPORTED


@pytest.mark.parametrize(
    ("document", "question", "text"),
    [
        (
            GYM,
            "Can I cancel at the reception?",
            "Just drop by the reception desk and they'll cancel it for you.",
        ),
        (GYM, "My doctor lives abroad, is the note enough?", "A note from a doctor abroad is fine."),
        (LIBRARY, "Can I take newspapers home?", "Newspapers can be borrowed too."),
    ],
)
def test_what_policy_denies_in_other_words_is_not_allowed(document: str, question: str, text: str) -> None:
    verdict = judge(text, document, question=question)
    assert verdict.label in (Label.CONTRADICTED, Label.UNSUPPORTED)
    assert "the policy says so" not in verdict.reason


def test_a_denial_in_the_more_binding_document_stops_what_a_help_page_allows() -> None:
    verdict = judge("A standing order can be backdated by up to 5 days.", BANK, BANK_HELP)
    assert verdict.label is Label.CONTRADICTED
    assert "cannot be backdated" in verdict.evidence[0].quote


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (LIBRARY, "The charge for a late book is charged again every week until the book is back."),
        (GYM, "A member can bring a guest as often as they like."),
    ],
)
def test_what_happens_once_does_not_happen_again_and_again(document: str, text: str) -> None:
    assert judge(text, document).label is not Label.SUPPORTED


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (GYM, "Cancellations by email are not accepted."),
        (GYM, "Guests pay $12 a visit."),
        (LIBRARY, "You can't borrow newspapers."),
        (LIBRARY, "Books can be borrowed for 21 days and renewed twice."),
        (INSURER, "Cancelled trips are covered up to $5,000."),
        (BANK, "Transfers within Europe arrive within 1 working day."),
    ],
)
def test_what_policy_says_stands(document: str, text: str) -> None:
    assert judge(text, document).label is Label.SUPPORTED


@pytest.mark.parametrize(
    ("clause", "denies"),
    [
        ("A foreign licence is not accepted", True),
        ("It has no cash value, cannot be extended and cannot be sold", True),
        ("Neither can we accept them by email", True),
        ("Prams are never carried in the lift", True),
        ("You need not ask for it", False),
        ("no later than 10 days", False),
        ("There is no extra charge", False),
        ("a guest who is not the member", False),
    ],
)
def test_a_denial_is_told_from_a_bound_and_a_waiver(clause: str, denies: bool) -> None:
    assert is_denial(clause) is denies


def test_words_that_only_allow_or_deny_are_no_part_of_the_object() -> None:
    assert object_of("A foreign licence is fine") == object_of("A foreign licence is not accepted")


def test_a_value_belongs_to_the_words_next_to_it() -> None:
    (first, mobile), (second, fixed) = stretches_of("You pay 60% for mobile, 50% for broadband.")
    assert (first.quote, second.quote) == ("60%", "50%")
    assert stem("mobile") in mobile - fixed
    assert stem("broadband") in fixed - mobile


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("on May 21: we close", 521),
        ("by 05/30/2025", 20250530),
        ("by 30/05/2025", 20250530),
        ("by 2025/05/30", 20250530),
        ("by 3/4/2025", 20250304),
    ],
)
def test_a_date_is_one_value(text: str, date: int) -> None:
    assert [(value.kind, int(value.amount)) for value in values_of(text)] == [(ValueKind.DATE, date)]


def test_a_second_time_is_no_duration() -> None:
    assert all(value.kind is not ValueKind.DURATION for value in values_of("for a second time"))


def test_many_threads_stem_as_one_does() -> None:
    words = [
        f"{root}{end}"
        for root in ("cancel", "refund", "travel", "insur")
        for end in ("ed", "ing", "s", "able")
    ]
    alone = [stem.__wrapped__(word) for word in words]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda _: [stem.__wrapped__(word) for word in words], range(200)))
    assert all(stems == alone for stems in together)


PETS = """# Pets on board

Snub-nosed breeds are accepted in the cabin but never in the hold. Fees are paid in the app, not by cheque.
"""


@pytest.mark.parametrize(
    "claim", ["Snub-nosed breeds are accepted in the heated hold.", "The fees can be paid by cheque as well."]
)
def test_a_place_or_way_that_policy_rules_out_in_passing_is_contradicted(claim: str) -> None:
    assert judge(claim, PETS).label is Label.CONTRADICTED


@pytest.mark.parametrize(
    "claim", ["Snub-nosed breeds are accepted in the cabin.", "Fees are paid in the app."]
)
def test_the_place_or_way_beside_it_is_not_ruled_out(claim: str) -> None:
    assert judge(claim, PETS).label is Label.SUPPORTED


DENIALS: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "data" / "denials.yaml").read_text())
_DENIED = 0.3  # the strength from which a denial decides against the claim


def _told(part: str) -> list[Any]:
    """Each sentence of an answer with the policy's and with whether the two go against each other."""
    return [
        pytest.param(case["policy"], claim, side == "against", id=f"{side}: {claim}")
        for case in DENIALS[part]
        for side in ("stands", "against")
        for claim in case[side]
    ]


def _beside(policy: str, claim: str) -> tuple[list[Aligned], Weights]:
    document = read_content("terms.md", f"{DENIALS['around']}\n{policy}\n".encode())
    lines = lines_of([Hit(passage, 5.0, 0.6, 1.0) for passage in document.passages])
    weights = weights_of(lines)
    return align(claim, None, lines, weights), weights


def _conflicts(policy: str, claim: str, kind: ConflictKind) -> bool:
    aligned, weights = _beside(policy, claim)
    return any(one.kind is kind for one in conflicts_of(claim, None, aligned, (), weights))


@pytest.mark.parametrize(("policy", "claim", "against"), _told("denied"))
def test_a_denial_goes_against_what_it_denies_and_not_against_its_exception(
    policy: str, claim: str, against: bool
) -> None:
    aligned, weights = _beside(policy, claim)
    strengths = [one.strength for one in opposed(claim, None, aligned, weights) if one.by_policy]
    assert any(strength >= _DENIED for strength in strengths) is against


@pytest.mark.parametrize(("policy", "claim", "against"), _told("ruled_out"))
def test_a_case_is_ruled_out_only_for_what_is_denied_of_it(policy: str, claim: str, against: bool) -> None:
    assert _conflicts(policy, claim, ConflictKind.CASE) is against


@pytest.mark.parametrize(("policy", "claim", "against"), _told("once"))
def test_what_is_done_once_is_repeated_only_where_the_same_is_done_again(
    policy: str, claim: str, against: bool
) -> None:
    aligned, weights = _beside(policy, claim)
    assert (once_only(claim, aligned, weights) is not None) is against


@pytest.mark.parametrize(("policy", "claim", "against"), _told("forbidden"))
def test_what_need_not_be_done_is_not_forbidden(policy: str, claim: str, against: bool) -> None:
    assert _conflicts(policy, claim, ConflictKind.FORBIDDEN) is against
