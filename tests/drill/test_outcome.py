"""What is seen is held against what is promised in every respect, and told in words."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from proxy.drill.company import CONTACT, TRUE
from proxy.drill.outcome import Outcome, named
from proxy.drill.place import disagreements

PROMISED = Outcome(
    status=200,
    error=None,
    decision="refuse",
    verified=False,
    reason="ledger",
    reads=CONTACT,
    also={"/readyz": "503"},
    told="the file is read-only",
)
OTHERWISE: dict[str, Any] = {
    "status": 502,
    "error": "upstream_timeout",
    "decision": "escalate",
    "verified": True,
    "reason": None,
    "reads": TRUE,
    "case": True,
    "recorded": True,
    "also": {"/readyz": "200"},
    "told": "all is well",
    "disagreements": ("the trace says nothing",),
}


def test_what_is_seen_as_promised_keeps_it() -> None:
    seen = replace(PROMISED, told="ledger sqlite:///a.db: the file is read-only; give this user the right")
    assert seen.keeps(PROMISED)
    assert seen.in_words(PROMISED) == PROMISED.in_words()


@pytest.mark.parametrize("name", [one.name for one in fields(Outcome)])
def test_a_difference_in_any_respect_breaks_the_promise(name: str) -> None:
    seen = replace(PROMISED, **{name: OTHERWISE[name]})
    assert not seen.keeps(PROMISED)
    assert seen.in_words(PROMISED) != PROMISED.in_words()


def test_texts_have_names_where_they_are_known() -> None:
    assert named(f"{TRUE} {CONTACT}") == "the true sentence, how to contact people directly"
    assert named(f"{TRUE} Something else.") == "the true sentence, “Something else.”"
    assert named("") == "nothing"


def test_a_source_that_says_something_else_than_the_customer_was_told_is_named() -> None:
    told = ("deliver", False, "ledger")
    sources = {"the trace": told, "the record": ("deliver", True, None)}
    assert disagreements(told, sources) == ("the record says ('deliver', True, None)",)
