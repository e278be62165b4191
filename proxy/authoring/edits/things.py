"""Puts another name or thing of the same sort in a sentence, best one that the document itself speaks of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from random import Random

from proxy.authoring.edits.wording import put

# Things of one sort: one for the other keeps the grammar and changes what is said.
_SORTS = (
    "by email|by phone|by chat|by text message|by post",
    "via email|via phone|via chat|via Slack|via text message",
    "through email|through Slack|through chat",
    "mobile app|website|branch|call center",
    "credit card|debit card|gift card",
    "medical insurance|dental insurance|vision insurance",
    "vacation|sick leave|parental leave|bereavement leave|jury duty",
    "purchases|cash advances|balance transfers|withdrawals|deposits",
    "wire transfers|ACH transfers|cash withdrawals",
    "wire transfer|ACH transfer|check deposit|cash withdrawal",
    "password|username|email address|phone number",
    "London|San Francisco|New York|Berlin",
    "United States|United Kingdom|Canada|Germany|Australia",
    "home address|email address|phone number",
    "passport|driver's license|birth certificate",
)
_SORTS_WHERE_SPOKEN_OF = (
    *(
        f"{joint} Slack|{joint} Zoom|{joint} GitHub|{joint} Jira|{joint} Notion|{joint} Salesforce"
        f"|{joint} Greenhouse|{joint} Zendesk|{joint} Google Docs|{joint} Lattice"
        f"|{joint} Rippling|{joint} Brex|{joint} Expensify|{joint} Looker|{joint} Linear|{joint} Airtable"
        f"|{joint} BambooHR|{joint} Navan"
        for joint in ("in", "via", "on", "through", "into")
    ),
    "invoice|receipt|contract|statement|certificate",
    "cancel|renew|upgrade|transfer",
    "savings account|checking account|money market account",
    "salary|bonus|commission|equity",
    "flights|hotels|meals|taxis",
    "books|courses|conferences|coaching",
)


def _patterns(sorts: Sequence[str]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((sort, re.compile(rf"(?<![\w-])(?:{sort})(?![\w-])")) for sort in sorts)


_EVERYWHERE, _WHERE_SPOKEN_OF = _patterns(_SORTS), _patterns(_SORTS_WHERE_SPOKEN_OF)
_NAME = re.compile(
    r"(?<![\w-])(?:[A-Z][A-Za-z-]+ ){1,3}(?:Account|Card|Saver|Plan|Tier|Program|Fund|Policy|Award"
    r"|Stipend|Bonus|Vault|Team|Survey|Channel)\b"
)
_TIER = re.compile(
    r"(?<![\w-])(?:Bronze|Silver|Gold|Platinum|Diamond|Green|Blue|Purple|Basic|Standard|Premium"
    r"|Enterprise|Business|Entry|Elite|ENTRY|ELITE|MID|PREMIUM)(?= (?:Account|Card|Rewards|Plus|Saver"
    r"|Elite|Vault|tier|plan|customers|accounts|cards|TIER)\b)"
)


def word_swapped(text: str, random: Random, others: Sequence[str]) -> str | None:
    """A thing of the same sort in its place, of which the document does not speak."""
    return _thing_swapped(text, random, [])


def word_swapped_from_document(text: str, random: Random, others: Sequence[str]) -> str | None:
    """A name or thing of the same sort that stands elsewhere in the document."""
    names = _name_swapped(text, random, others)
    if names is not None:
        return names
    return _thing_swapped(text, random, others) if others else None


def _name_swapped(text: str, random: Random, others: Sequence[str]) -> str | None:
    for pattern in (_NAME, _TIER):
        found = list(pattern.finditer(text))
        if not found:
            continue
        match = random.choice(found)
        head = match.group().split()[-1] if pattern is _NAME else ""
        named = frozenset[str]().union(*[_matches(pattern, sentence) for sentence in others])
        choices = sorted(
            name
            for name in named
            if name not in text
            and name.endswith(head)
            and match.group() not in name
            and len(name.split()) <= 4
            and not (head == "Team" and set(name.split()[:-1]) & set(match.group().split()))
        )
        choices = [
            name
            for name in choices
            if not re.match(
                r"(?:If|When|The|Your|Our|For|With|A|An|Any|All|Each|Open|Use|This|On|To|In|Does|Some"
                r"|Other|Internal|How)\b",
                name,
            )
        ]
        if choices and not re.match(r"(?:If|When|The|Your|Our|For|With|Open|On|To|In)\b", match.group()):
            return put(text, match.start(), match.end(), random.choice(choices))
    return None


@lru_cache(maxsize=40_000)
def _matches(pattern: re.Pattern[str], sentence: str) -> frozenset[str]:
    return frozenset(match.group() for match in pattern.finditer(sentence))


def _thing_swapped(text: str, random: Random, others: Sequence[str]) -> str | None:
    made = []
    spoken_of = ""
    for sort, pattern in _EVERYWHERE if not others else (*_EVERYWHERE, *_WHERE_SPOKEN_OF):
        for match in pattern.finditer(text):
            if _part_of_more(text, match):
                continue
            choices = [each for each in sort.split("|") if each.lower() not in text.lower()]
            if others:
                spoken_of = spoken_of or " ".join(others).lower()
                choices = [
                    each
                    for each in choices
                    if each.lower() in spoken_of
                    and re.search(rf"(?<![\w-]){re.escape(each.lower())}(?![\w-])", spoken_of)
                ]
            if choices:
                made.append(put(text, match.start(), match.end(), random.choice(choices)))
    return random.choice(made) if made else None


def _part_of_more(text: str, match: re.Match[str]) -> bool:
    """ "chat" in "chat history", "fee waiver": another thing there reads oddly."""
    after = text[match.end() : match.end() + 20]
    return bool(re.match(r" (?:[a-z]{3,}s?\b)", after)) and not re.match(
        r" (?:is|are|will|may|can|must|and|or|for|to|from|on|in|with|within|by|at|of|if|when|that|which"
        r"|was|has|have|before|after|per|not|cannot|should|as|each|every|until|through|via|up|only|does"
        r"|do|under|during|without|upon|team|channel|coverage|insurance|accounts?)\b",
        after,
    )
