"""Who was told something, without what somebody may still be asked to judge."""

from __future__ import annotations

from proxy.access.people.roles import Person
from proxy.console.children import JsonRows
from proxy.console.failures.listed import not_to_read
from proxy.review.giving import Reviewing


def readable_groups(reviewing: Reviewing, person: Person, groups: JsonRows) -> JsonRows:
    """The groups of ``cxai recall find``, with the wordings of answers that this person may read.

    Else what somebody is given to judge could be looked for here, and what is not found would be made up.
    """
    unread = not_to_read(
        reviewing, person, {name for group in groups for newest in group["newest"] for name in newest}
    )
    found = []
    for group in groups:
        each = zip(group["wordings"], group["newest"], strict=True)
        wordings = [text for text, newest in each if not unread.issuperset(newest)]
        if wordings:
            text = group["text"] if group["text"] in wordings else wordings[0]
            found.append({**group, "text": text, "wordings": wordings})
    return found
