"""Wording that no checker can hold, numbers without a unit, and undefined terms."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.documents import Write

from proxy.authoring.lint.linting import lint
from proxy.corpus.problems import Severity


def said(folder: Path, check: str) -> list[str]:
    return [str(finding.problem) for finding in lint(folder) if finding.check == check]


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        (
            "Refunds are usually paid within 7 days.",
            '"usually"; say what always holds, and list the exceptions',
        ),
        ("Refunds are given at our sole discretion.", '"at our sole discretion"; say on what it depends'),
        ("The company reserves the right to change fees.", '"reserves the right"; say on what it depends'),
        ("We may charge a fee.", '"we may"; say on what it depends, and who decides'),
        ("Claims are answered within a reasonable time.", '"within a reasonable time"; give the number'),
        ("A repair takes about 40 minutes.", '"about"; give the exact figure, or the limit'),
        ("A fare difference may be due.", '"may be due"; say when it applies'),
        ("Where possible, a hotel is given.", '"where possible"; say when it applies'),
        ("Pushchairs, prams etc. are free.", '"etc"; list all of them'),
        ("We Usually say **case by case** what holds.", '"usually", "case by case"; say what always holds'),
    ],
)
def test_open_wording_is_listed_with_its_sentence(
    folder: Path, write: Write, sentence: str, words: str
) -> None:
    write("a.md", f"# A\n\nA sentence that says all.\n{sentence}\n")
    (finding,) = [finding for finding in lint(folder) if finding.check == "wording"]
    assert finding.problem.severity is Severity.NOTE
    assert str(finding.problem).startswith(f"a.md:4: no answer can be held to {words}")
    assert str(finding.problem).endswith(f', or leave it out: "{sentence.replace("**", "")}"')


@pytest.mark.parametrize(
    "sentence",
    [
        "You may cancel within 14 days.",
        "A ticket may be cancelled for a full refund.",
        "We may refuse a code only if the number is not yours.",
        "We may not charge a fee.",
        "A refused applicant may apply again after 60 days.",
        "You can switch as often as you wish.",
        "Leave is given as required by law.",
        "A page about refunds for unusually long trips.",
    ],
)
def test_what_can_be_held_is_not_listed(folder: Path, write: Write, sentence: str) -> None:
    write("a.md", f"# A\n\n{sentence}\n")
    assert said(folder, "wording") == []


def test_the_line_is_that_of_the_word_in_a_sentence_over_several_lines(folder: Path, write: Write) -> None:
    write(
        "a.md", "- one\n- A refund is paid to the card that was used,\n  and that takes\n  normally a week.\n"
    )
    (message,) = said(folder, "wording")
    assert message.startswith('a.md:4: no answer can be held to "normally"')


@pytest.mark.parametrize(
    ("sentence", "written"),
    [
        ("Tell us within 30 of the purchase.", "us within 30"),
        ("Later you get the unused days, less a fee of 40.", "fee of 40"),
        ("Costs 4.", "Costs 4"),
        ("We insure buildings up to 600,000 against fire.", "up to 600,000"),
        ("Other accommodation is paid for up to 12 months, and no more than 90,000.", "more than 90,000"),
    ],
)
def test_a_number_without_a_unit_is_named(folder: Path, write: Write, sentence: str, written: str) -> None:
    write("a.md", f"# A\n\n{sentence}\n")
    assert said(folder, "numbers") == [
        f'a.md:3: "{written}": of what? Write the unit behind the number: "{sentence}"'
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "Tell us within 30 days of the purchase.",
        "The fee is $40 per bag.",
        "You must be at least 18.",
        "Trips of between 1,500 and 3,500 km count.",
        "Bags of more than 23 and up to 32 kg cost $75.",
        "Pay in 3 instalments if it is more than 100 in your currency.",
        "Your logbook must show 40 hours of driving, at least 8 at night.",
        "Up to 10 of the passengers may change, on more than 120 of the last 180 days.",
        "Refunds on more than 1 in 4 orders are looked at.",
        "Rule 60 applies from 8 to 12.",
        "Call 151, or write to PO Box 91.",
        "Shares are percentages that add up to 100.",
    ],
)
def test_a_number_that_needs_no_unit_is_left_alone(folder: Path, write: Write, sentence: str) -> None:
    write("a.md", f"# A\n\n{sentence}\n")
    assert said(folder, "numbers") == []


def test_a_table_has_its_units_in_the_heads(folder: Path, write: Write) -> None:
    write("a.md", "| Fare | Fee in euros |\n|---|---|\n| Flex | up to 40 |\n")
    assert said(folder, "numbers") == []


def test_a_term_in_capitals_that_nobody_defines_is_named_once(folder: Path, write: Write) -> None:
    write("a.md", "# A\n\nEvery traveller has a minimum term.\nAfter the Minimum Term no fee is due.\n")
    write("b.md", "# B\n\nWithin the Minimum Term a fee is due.\n")
    assert said(folder, "terms") == [
        'a.md:4: "Minimum Term" is written like a defined term (2 times in 2 documents) and defined nowhere; say '
        'what it means, or write it without capitals: "After the Minimum Term no fee is due."'
    ]


@pytest.mark.parametrize(
    "definition",
    [
        '"Minimum Term" means the first 24 months.',
        "The Minimum Term is a period of 24 months.",
        "## Minimum term\n\n24 months.",
        "A contract runs for 24 months (the “Minimum Term”).",
        "| Term | Meaning |\n|---|---|\n| Minimum Term | 24 months |",
        "- **Minimum Term**: 24 months",
    ],
)
def test_a_term_that_is_defined_anywhere_in_the_corpus_is_left_alone(
    folder: Path, write: Write, definition: str
) -> None:
    write("a.md", "# A\n\nA minimum term. After the Minimum Term, and in the Minimum Term, it costs.\n")
    write("b.md", "# B\n\nIn the Minimum Term it costs.\n")
    write("terms.md", f"# Words\n\n{definition}\n")
    assert said(folder, "terms") == []


def test_names_are_no_terms(folder: Path, write: Write) -> None:
    write(
        "a.md", "# A\n\nFly with Norvessa Air to Toronto.\nIn Toronto, Norvessa Air is on time on Monday.\n"
    )
    assert said(folder, "terms") == []
