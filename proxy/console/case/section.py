"""The case's pages as a section of the console; the queue leads to them."""

from __future__ import annotations

from proxy.console.case import pages, policy_note, policy_search, settling
from proxy.console.case.addresses import CASES
from proxy.console.section import Section

SECTION = Section(
    "",
    CASES,
    (
        pages.case,
        pages.claim,
        pages.renew,
        pages.release,
        pages.judge,
        pages.similar,
        policy_search.passages,
        settling.draft,
        settling.approve,
        settling.correct,
        settling.reject,
        settling.hand_over,
        policy_note.policy_note,
    ),
)
