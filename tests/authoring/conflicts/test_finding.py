"""Contradictions between documents are found, and only those that can be in force together."""

from __future__ import annotations

import pytest
from support.documents import shipped
from support.planted_conflicts import conflicts_in, documents, plants, with_plants

from proxy.corpus.problems import Severity

FOUND_AT_LEAST = 18  # of 20
FALSE_AT_MOST = 5


def document(title: str, text: str, *, authority: str = "policy", more: str = "") -> str:
    return (
        f"---\ntitle: {title}\nauthority: {authority}\naudience: customer\n{more}---\n# {title}\n\n{text}\n"
    )


def two(first: str, second: str, **second_keys: str) -> dict[str, str]:
    """A help page and another one that both speak of changing tickets."""
    return {
        "changes": document("Changing a ticket", f"## Fees\n\n{first}"),
        "prices": document("Prices for changes", f"## What a change costs\n\n{second}", **second_keys),
    }


FIFTY = "Changing a Standard ticket costs $50 per passenger."
SEVENTY_FIVE = "Changing a Standard ticket costs $75 per passenger."


def test_the_planted_contradictions_are_found_and_hardly_anything_else() -> None:
    planted = plants("planted")
    found = conflicts_in(with_plants(shipped(), planted))
    missed = [plant.kind for plant in planted if not any(map(plant.is_found_in, found))]
    false = [one for one in found if not any(plant.is_found_in(one) for plant in planted)]
    assert len(planted) - len(missed) >= FOUND_AT_LEAST, missed
    assert len(false) <= FALSE_AT_MOST, false


def test_a_conflict_has_both_quotes_with_document_section_and_line() -> None:
    (conflict,) = conflicts_in(documents(two(FIFTY, SEVENTY_FIVE)))
    first, second = conflict.sides
    assert (first.document.id, first.line, first.quote) == ("changes", 10, FIFTY)
    assert (second.document.id, second.line, second.quote) == ("prices", 10, SEVENTY_FIVE)
    assert first.section == "Changing a ticket › Fees"
    assert (conflict.kind, conflict.differs) == ("value", "$50 / $75")


def test_documents_that_say_the_same_do_not_conflict() -> None:
    assert not conflicts_in(documents(two(FIFTY, "To change a Standard ticket you pay $50 per passenger.")))


def test_the_higher_authority_prevails_and_the_conflict_is_still_shown() -> None:
    (conflict,) = conflicts_in(documents(two(FIFTY, SEVENTY_FIVE, authority="tariff")))
    assert conflict.prevails is not None and conflict.prevails.id == "prices"
    assert conflict.severity is Severity.WARNING
    assert conflict.first.document.id == "prices" and conflict.differs == "$75 / $50"


def test_between_equals_nobody_prevails_which_is_an_error() -> None:
    (conflict,) = conflicts_in(documents(two(FIFTY, SEVENTY_FIVE)))
    assert conflict.prevails is None and conflict.severity is Severity.ERROR


@pytest.mark.parametrize(
    "more",
    [
        "effective_to: 2026-10-31\n",
        "supersedes: changes\n",
    ],
    ids=["its time is over", "it replaces the other"],
)
def test_documents_that_are_never_in_force_together_do_not_conflict(more: str) -> None:
    assert not conflicts_in(documents(two(FIFTY, SEVENTY_FIVE, more=more)))


def test_a_document_to_come_conflicts_from_the_day_on_which_it_comes() -> None:
    (conflict,) = conflicts_in(documents(two(FIFTY, SEVENTY_FIVE, more="effective_from: 2027-02-01\n")))
    assert f"{conflict.scope.policy_date:%Y-%m-%d}" == "2027-02-01"


def test_other_markets_and_other_audiences_have_rules_of_their_own() -> None:
    markets = two(FIFTY, SEVENTY_FIVE, more="jurisdiction: CA\n")
    markets["changes"] = markets["changes"].replace("audience", "jurisdiction: EU\naudience")
    assert not conflicts_in(documents(markets))
    audiences = two(FIFTY, SEVENTY_FIVE)
    audiences["prices"] = audiences["prices"].replace("audience: customer", "audience: staff")
    assert not conflicts_in(documents(audiences))


def test_a_market_within_a_market_shares_its_rules() -> None:
    texts = two(FIFTY, SEVENTY_FIVE, more="jurisdiction: CA-QC\n")
    texts["changes"] = texts["changes"].replace("audience", "jurisdiction: CA\naudience")
    (conflict,) = conflicts_in(documents(texts))
    assert conflict.scope.jurisdiction == "CA-QC"


def test_products_named_in_their_titles_have_prices_of_their_own() -> None:
    texts = {
        "gold": document("Gold account", "## Fees\n\nThe monthly maintenance fee is $25."),
        "silver": document("Silver account", "## Fees\n\nThe monthly maintenance fee is $10."),
    }
    assert not conflicts_in(documents(texts))


def test_the_same_documents_give_the_same_conflicts() -> None:
    read = documents(two(FIFTY, SEVENTY_FIVE))
    assert conflicts_in(read) == conflicts_in(read)


def test_no_documents_have_no_conflicts() -> None:
    assert conflicts_in([]) == []
