"""Lets another actor do what a sentence says, best one that the document itself speaks of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from random import Random

from proxy.authoring.edits.wording import put

_ROLES = tuple(
    (
        "customer/agent/employee/manager/recruiter/hiring manager/mentor/supervisor/administrator/director/candidate"
        "/contractor/teammate/team member/interviewer/intern/merchant/cardholder/account owner/primary account holder"
        "/authorized user/referrer/referee/vendor/department head/team lead/founder/CEO/CFO/buyer/seller/sender"
        "/recipient/tenant/landlord/account executive/sales rep/onboarding buddy/user/payer/payee/beneficiary"
        "/site owner/advertiser"
    ).split("/")
)
# Whom a sentence is likeliest mistaken about: tried beside the roles that the document names.
_PARTNERS = {
    "customer": ("agent",),
    "agent": ("customer", "supervisor"),
    "employee": ("customer",),
    "manager": ("employee", "department head"),
    "recruiter": ("hiring manager",),
    "hiring manager": ("recruiter",),
    "mentor": ("mentee",),
    "supervisor": ("agent",),
    "candidate": ("recruiter", "interviewer"),
    "teammate": ("candidate",),
    "team member": ("candidate",),
    "interviewer": ("candidate",),
    "intern": ("manager",),
    "merchant": ("cardholder",),
    "cardholder": ("merchant",),
    "primary account holder": ("authorized user",),
    "authorized user": ("primary account holder",),
    "referrer": ("referee",),
    "referee": ("referrer",),
    "buyer": ("seller",),
    "seller": ("buyer",),
    "sender": ("recipient",),
    "recipient": ("sender",),
    "tenant": ("landlord",),
    "landlord": ("tenant",),
    "payer": ("payee",),
    "payee": ("payer",),
}
_ROLE = re.compile(
    rf"(?:(?<=^)|(?<=[Tt]he )|(?<=\ba )|(?<=\ban )|(?<=your )|(?<=Your )|(?<=[oO]ur )|(?<=their )"
    rf"|(?<=[Ee]ach )|(?<=[Ee]very )|(?<=[Aa]ll )|(?<=[Aa]ny )|(?<=by )|(?<=to )|(?<=from )|(?<=with )"
    rf"|(?<=for )|(?<=of )|(?<=that )|(?<=if )|(?<=and )|(?<=or )"
    rf"|(?<=new ))(?P<role>{'|'.join(sorted(_ROLES, key=len, reverse=True))})(?P<s>s?)(?P<own>(?:'s)?)(?![\w-])"
    r"(?! (?:service|support|success|engineer\w*|data|experience|relationship|satisfaction|relations?"
    r"|account\w*|guide|onboarding|directory|handbook|agreement|base|"
    r"interface|story|review|facing|feedback|team\w*|portal|profile|id|identity|lifecycle|expectations?"
    r"|block|offer|category|name|type\w*|/))",
    re.IGNORECASE,
)
_TEAM = re.compile(
    r"(?<!\. )(?<!^)(?:(?<=the )|(?<=our )|(?<=by )|(?<=to )|(?<=with )"
    r"|(?<=from ))(?P<name>(?:[A-Z][A-Za-z&]+ ?){1,3}(?=[ ](?:[Tt]eam|[Dd]epartment)\b)|(?:Tech Ops"
    r"|People Ops|Legal|Finance|HR|Marketing|Sales|Security|Support)(?= (?:will|is|are|must|may|can|and"
    r"|or|to|before|for|if|when|who|has|should)\b|[.,;]))(?![\w-])"
)
_COMMON_TEAMS = frozenset({"Finance", "Legal", "Security", "Marketing", "Support"})
_YOU_AND_WE = re.compile(r"\b(?:you|we|your|our|us)\b", re.IGNORECASE)
_CAN_TURN = re.compile(r"^(?:You|We)\b(?! (?:'|are a\b|can find\b|can see\b|have a\b))")


def actor_swapped(text: str, random: Random, others: Sequence[str]) -> str | None:
    """Somebody else does it, decides it or gets it."""
    found = [
        text
        for text in (_other_team(text, random, others), _other_role(text, random, others), _you_for_we(text))
        if text
    ]
    return random.choice(found) if found else None


@lru_cache(maxsize=20_000)
def _roles_in(sentence: str) -> frozenset[str]:
    return frozenset(match["role"].lower() for match in _ROLE.finditer(sentence))


@lru_cache(maxsize=20_000)
def _teams_in(sentence: str) -> frozenset[str]:
    return frozenset(match["name"].strip() for match in _TEAM.finditer(sentence))


def _other_role(text: str, random: Random, others: Sequence[str]) -> str | None:
    found = list(_ROLE.finditer(text))
    if not found:
        return None
    match = random.choice(found)
    role = match["role"].lower()
    named = frozenset[str]().union(*[_roles_in(sentence) for sentence in others])
    present = {each["role"].lower() for each in found} | _LIKE.get(role, frozenset())
    choices = [
        other
        for other in (*_PARTNERS.get(role, ()), *sorted(named))
        if other not in present and role not in other and other not in role
    ]
    if not choices:
        return None
    other = random.choice(choices)
    if match["role"][0].isupper() and match.start() > 0:
        other = other.title() if other.islower() else other
    return put(text, match.start(), match.end(), other + match["s"] + match["own"])


# Words for the same people: one for the other changes nothing.
_SAME = (
    {"employee", "teammate", "team member", "intern", "contractor", "user"},
    {
        "customer",
        "cardholder",
        "user",
        "account owner",
        "primary account holder",
        "payer",
        "payee",
        "buyer",
        "referrer",
    },
    {"manager", "supervisor", "hiring manager", "team lead", "department head"},
    {"site owner", "user", "customer"},
    {"vendor", "contractor", "merchant", "seller"},
    {"candidate", "intern", "employee"},
    {"sales rep", "account executive", "agent"},
)
# What holds of all employees holds of these: in the employees' place they make nothing false.
_STAFF = frozenset(
    "manager/supervisor/hiring manager/team lead/department head/recruiter/interviewer/director/administrator"
    "/founder/ceo/cfo/agent/sales rep/account executive/onboarding buddy/mentor/account owner".split("/")
)
_LIKE = {
    role: frozenset(_STAFF if role in ("employee", "teammate", "team member") else ()).union(
        *[same for same in _SAME if role in same]
    )
    for role in _ROLES
}


def _other_team(text: str, random: Random, others: Sequence[str]) -> str | None:
    found = list(_TEAM.finditer(text))
    if not found:
        return None
    match = random.choice(found)
    named = frozenset[str]().union(*[_teams_in(sentence) for sentence in others]) or _COMMON_TEAMS
    mine = set(match["name"].split())
    choices = sorted(name for name in named if name not in text and not mine & set(name.split()))
    if not choices:
        return None
    space = " " if match.group().endswith(" ") else ""
    return put(text, match.start(), match.end(), random.choice(choices) + space)


_NAMES_A_THIRD = re.compile(r"\b(?:us|me|they|them|their|yours|ours|yourself)\b")
_IS_DONE_TO = re.compile(
    r"\b(?:with|to|for|from|of|by|on|give|send|notify|help|let|allow|contact|ask|provide|offer|inform|email|charge|refund"
    r"|reimburse|if|when|once|that) (?:you|we)\b"
)
_WE_TELL_YOU = re.compile(
    r"^We (?:will|may|can|must) (?:notify|contact|email|refund|reimburse|charge|inform|send|ask) you\b"
)
# Where "we" are the team that "you" belong to, only what one side does to the other tells them apart.
_YOU_DO = re.compile(
    r"You (?:must|may|can|cannot|will|should|need to|have to|do not have to) (?:pay|cancel|return|notify|tell|submit"
    r"|provide|request|receive|earn|redeem|transfer|withdraw|refund|close|terminate|change|send|repay|apply|forfeit)\b"
)
_WE_DO = re.compile(r"We (?:must|will|may|can|cannot|pay|cover|reimburse|reserve)\b")


def _you_for_we(text: str) -> str | None:
    """What the customer must do said of the company, and the other way round."""
    if not _CAN_TURN.match(text) or _NAMES_A_THIRD.search(text):
        return None
    if _WE_TELL_YOU.match(text):
        return _both_turned(text)
    if _IS_DONE_TO.search(text) or len(re.findall(r"\b(?:you|we)\b", text, re.IGNORECASE)) > 1:
        return None
    if _YOU_DO.match(text):
        return re.sub(r"\byour\b", "our", "We" + text[3:])
    if _WE_DO.match(text) and "your" not in text:
        return re.sub(r"\bour\b", "your", "You" + text[2:])
    return None


def _both_turned(text: str) -> str:
    turn = {"you": "we", "we": "you", "your": "our", "our": "your"}

    def other(match: re.Match[str]) -> str:
        word = match.group()
        new = turn.get(word.lower(), word)
        if (
            new == "we"
            and match.start()
            and re.search(
                r"(?:notify|contact|email|refund|reimburse|charge|inform|send|ask) $", text[: match.start()]
            )
        ):
            new = "us"
        return new.capitalize() if word[0].isupper() else new

    return _YOU_AND_WE.sub(other, text)
