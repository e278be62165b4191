"""Facts that are read for every request and decide nothing, because no rule reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from proxy.rules.context_options import BUILT_IN_CONTEXT, ContextOptions
from proxy.rules.rules import Rule

_OF_ALL = re.compile(r"\bcontext\.(?:not_fresh|completeness)\b")


def unread_facts(context: ContextOptions, rules: Sequence[Rule]) -> Iterator[str]:
    """What is to be said of each fact that a company declares and none of its rules reads or says, with its place.

    A rule that reads which facts are not fresh, or how complete they are, reads all that count there.
    """
    conditions = "\n".join(rule.when for rule in rules)
    said = "\n".join(words for rule in rules for words in (rule.say, rule.notice) if words)
    for fact in context.facts:
        counts = fact.importance != "optional" and _OF_ALL.search(conditions)
        is_read = re.search(rf"\bcontext\.{fact.name}\b", conditions) or re.search(rf"\{{{fact.name}\b", said)
        if fact.name in BUILT_IN_CONTEXT.types or is_read or counts or fact.keeps_promise:
            continue
        yield (
            f'{context.places.get(fact.name, "")}: fact "{fact.name}": no rule reads it: an answer may rest on it, '
            f'and it decides nothing; write a rule that reads "context.{fact.name}", or leave the fact out'
        )
