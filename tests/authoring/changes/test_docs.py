"""docs/changes.md shows what the commands print, and names every kind of change and every column."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from support.command_line import Cxai

from proxy.authoring.changes.differences import Kind
from proxy.commands.changes_told import NAMES

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "changes.md").read_text(encoding="utf-8")
EDITS = {
    "airline/bereavement-fares": ("within 10 days of the booking", "within 5 days of the booking"),
    "airline/unaccompanied-minors": ("The escort service is optional", "The escort service is compulsory"),
    "telecom/cancelling": ("The notice is 30 days.", "The notice is 60 days."),
    "telecom/roaming-ireland": ("effective_from: 2026-02-01", "effective_from: 2027-02-01"),
}
REWORDED = (
    "Seat and bag fees are not paid back when it is you who cancels.",
    "When you are the one who cancels, seat and bag fees are not refunded.",
)
DROPPED = (", if you bought them at least 7 days before departure", "")


def test_a_diff_prints_what_the_page_shows(cxai: Cxai) -> None:
    shutil.copytree(ROOT / "policy_corpus", "policy_corpus")
    shutil.copytree("policy_corpus", "new")
    for document, edit in EDITS.items():
        edited(document, edit)
    edited("airline/refunds-and-cancellations", DROPPED)
    edited("airline/refunds-and-cancellations", REWORDED)
    (shown,) = re.findall(r"```\n(policy_corpus → new.+?)```", PAGE, flags=re.DOTALL)
    assert cxai("corpus", "diff", "policy_corpus", "new").out.startswith(shown)


def edited(document: str, edit: tuple[str, str]) -> None:
    path = Path("new") / f"{document}.md"
    text = path.read_text(encoding="utf-8")
    assert edit[0] in text
    path.write_text(text.replace(*edit), encoding="utf-8")


def test_every_kind_of_change_is_explained() -> None:
    table = re.findall(r"^\| (`.+?) \|", PAGE, flags=re.MULTILINE)
    explained = {name for row in table for name in re.findall(r"`([^`]+)`", row)}
    assert {NAMES.get(kind.value, kind.value) for kind in Kind} <= explained


def test_every_column_of_coverage_is_explained() -> None:
    for column in ("asked", "handed over", "of all", "for example", "nearest document", "how near"):
        assert re.search(rf"^\| {column} \|", PAGE, flags=re.MULTILINE), column


def test_every_option_is_on_the_page(cxai: Cxai) -> None:
    common = {
        "--json",
        "--corpus",
        "--policies",
        "--config",
        "--database-url",
        "--help",
        "--tenant",
        "--since",
    }
    for command in ("diff", "coverage"):
        options = set(
            re.findall(r"^ +(--[a-z-]+)", cxai("corpus", command, "--help").out, flags=re.MULTILINE)
        )
        missing = {one for one in options - common if f"`{one}`" not in PAGE}
        assert not missing
