"""The sections of the console in the order of the navigation; a new page is one line here.

The smallest one to copy is ``account.py``.
"""

from __future__ import annotations

from proxy.console import account, oidc_sign_in, sign_in
from proxy.console.answers import pages as answers
from proxy.console.case import section as case
from proxy.console.failures import pages as failures
from proxy.console.integrity import pages as integrity
from proxy.console.lead import pages as lead
from proxy.console.lessons import pages as lessons
from proxy.console.policies import pages as policies
from proxy.console.queue import pages as queue
from proxy.console.recall import pages as recall
from proxy.console.rehearsal import pages as rehearsal
from proxy.console.review import pages as review
from proxy.console.rules import pages as rules
from proxy.console.section import Section

SECTIONS: tuple[Section, ...] = (
    queue.SECTION,
    case.SECTION,
    review.SECTION,
    answers.SECTION,
    failures.SECTION,
    lessons.SECTION,
    recall.SECTION,
    policies.SECTION,
    rules.SECTION,
    integrity.SECTION,
    lead.SECTION,
    rehearsal.SECTION,
    account.SECTION,
    sign_in.SECTION,
    oidc_sign_in.SECTION,
)
