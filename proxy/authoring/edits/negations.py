"""Says the opposite of a sentence by putting "not" in, or taking it out, with the verb forms that English asks for."""

from __future__ import annotations

import re
from random import Random

from proxy.authoring.edits.wording import base_verb, capital, inflected, lower_start

# "any", "yet" and the like stand only beside a negation; "not only", "if not" and "not limited to" deny nothing.
_BOUND_TO_NEGATION = re.compile(
    r"\b(?:any|anyone|anything|yet|either|anymore|nor|at all|but rather|but instead|until|unless|rather"
    r"|ever)\b"
)
_REMOVED = (
    (
        r"\b(is|are|was|were|will|can|should|must|may|has|have) not(?! only| limited| just"
        r"| necessarily)\b(?: be required)?",
        None,
    ),
    (r"\bcannot\b", "can"),
    (r"\bcan't\b", "can"),
    (r"\bwon't\b", "will"),
    (r"\bshouldn't\b", "should"),
    (r"\b(is|are|was|were|has|have)n't\b", r"\1"),
    (r"(?<!to )(?<=\w )\bdo not (?=[a-z])|(?<=\w )\bdon't (?=[a-z])", ""),
    (r"\bnever (?=[a-z])", "always "),
    (r"(?<=must )not be\b", "be"),
    (r"\bno longer\b", "still"),
    (r"\bThere (is|are) no\b", None),
    (
        r"\b(charges?|have|has|is|requires?|with|at) no (?=(?:additional |extra |monthly |annual "
        r"|foreign transaction |minimum )?(?:fee|charge|cost|limit|minimum|penalty|interest|balance"
        r"|deposit)\b)",
        r"\1 a ",
    ),
    (r"(?<=\w )not eligible\b", "eligible"),
    (r"(?<=\w )not available\b", "available"),
    (r"^No (?=(?:additional |extra )?(?:fee|charge|cost|penalty|approval|receipt)\b)", "A "),
)
_REMOVALS = tuple((re.compile(pattern), new) for pattern, new in _REMOVED)
_DOES_NOT = re.compile(
    r"\b(?:does not|doesn't) (?!(?!(?:app|rep|comp|supp|re|f)ly\b)\w+ly\b|even\b|have to\b|need to\b|also\b)([a-z]+)\b"
)
_ORDER_NOT = re.compile(r"^(?:Do not|Don't|Never) (?=[a-z])")

_AUXILIARY = re.compile(
    r"\b(is|are|was|were|will|can|must|should|has|have)(?P<cut>(?: (?:also|automatically|typically"
    r"|usually|generally|currently|always|then))?)"
    r"(?= (?!not\b|no\b|never\b|only\b|up to\b|n't|to\b|rarely\b|hardly\b|any\b|as\b|where\b|what\b|how\b"
    r"|that\b|why\b)[a-z]+)"
)
_HAVE_IS_AUXILIARY = re.compile(r" (?:been|already|\w+ed|made|sent|had|paid|left|given|taken|become|met)\b")
_PERMISSION = re.compile(
    r"\b(You|you|Customers|customers|Employees|employees|Users|users|Members|members|Teammates|Agents"
    r"|agents|we|We) may(?= (?!not\b|be\b|have\b|find\b|see\b|want\b|need\b|also be\b|experience\b|wish\b"
    r"|feel\b|notice\b|come\b|incur\b|lose\b)[a-z]+)"
)
_PLAIN_VERBS = (
    "receive|pay|earn|qualify|cover|offer|provide|charge|reimburse|require|accept|apply|expire|include"
    "|accrue|count|allow|support|have|get|use"
    "|need|share|sell|store|collect|keep|guarantee|match|refund|own|work|track|process|send|review|give"
    "|become|remain|lose|contribute|owe|compound|roll|extend"
)
_PLURAL_SUBJECT = re.compile(
    rf"\b(?P<subject>You|you|We|we|They|they|Customers|customers|Employees|employees|Teammates|teammates"
    rf"|members|Members|Users|users|Managers|Fees|Points|Rewards"
    rf"|Limits|Transfers|Purchases|Payments|Deposits|Withdrawals|Transactions|accounts|cards|Accounts"
    rf"|Cards|Benefits|Requests|Bonuses|Refunds|points|fees"
    rf"|limits) (?P<verb>{_PLAIN_VERBS})(?= (?!to be\b)[a-z$\d])"
)
_SINGULAR_VERB = re.compile(
    r"(?<=[a-z)] )(?<!which )(?<!who )(?<!that )(?P<verb>receives|pays|earns|qualifies|provides|requires"
    r"|applies|expires|includes|accrues|allows|becomes|remains|reimburses|compounds|guarantees"
    r"|accepts|contains|takes|affects|needs|gives|gets|lasts|ends|begins|appears|counts|covers|offers"
    r"|charges|uses)(?= (?!and\b|or\b|of\b|are\b|is\b|that\b|for (?:each|every)\b)[a-z$\d])"
)
_ORDER = re.compile(
    r"^(?:Please )?(?:Contact|Submit|Use|Verify|Keep|Provide|Send|Include|Complete|Select|Ask|Follow|Call"
    r"|Maintain|Monitor|Wait|Request|Report|Avoid|Store|Share|Notify|Enter|Close|Escalate"
    r"|Transfer|Offer|Approve|Apply|Return|Pay|Redeem|Activate|Enable|Confirm|Inform|Add|Assign|Create"
    r"|Update|Reply|Document|Record|Tell|Proceed|Process|Collect|Charge|Deny|Reject|Make|Set)(?= [a-z])"
)


_IN_TIME_CLAUSE = re.compile(
    r"\b(?:before|after|until|once|when|that|how|what|where|which|as|why|while) $", re.IGNORECASE
)


def negated_or_affirmed(text: str, random: Random) -> str | None:
    """The opposite of ``text``; None where the sentence gives no safe place for it."""
    taken_out = _affirmed(text)
    if taken_out:
        return random.choice(taken_out)
    put_in = _negated(text)
    return random.choice(put_in) if put_in else None


def _affirmed(text: str) -> list[str]:
    if _BOUND_TO_NEGATION.search(text):
        return []
    order = _ORDER_NOT.match(text)
    if order:
        return [capital(text[order.end() :])]
    made = []
    for pattern, new in _REMOVALS:
        for match in pattern.finditer(text):
            made.append(text[: match.start()] + _affirmative(match, new) + text[match.end() :])
    for match in _DOES_NOT.finditer(text):
        made.append(text[: match.start()] + inflected(match[1], "VBZ") + text[match.end() :])
    made = [re.sub(r"\ba (?=[aei]|o(?!ne))", "an ", re.sub(r"  +", " ", each)) for each in made]
    return [each for each in made if len(each.split()) >= 5]


def _affirmative(match: re.Match[str], new: str | None) -> str:
    if new is not None:
        return match.expand(new)
    if match.group().startswith("There"):
        return "There is a" if match[1] == "is" else "There are"
    return match[1] + (" required" if match.group().endswith("required") else "")


def _negated(text: str) -> list[str]:
    if re.search(
        r"\b(?:not|never|no|nor|cannot|none|neither|without|nothing|some|already|both|only|just|either)\b"
        r"|n't\b",
        text,
    ):
        return []
    made = [_not_after(text, match) for match in _AUXILIARY.finditer(text) if _may_negate(text, match)]
    made += [text[: match.end()] + " not" + text[match.end() :] for match in _PERMISSION.finditer(text)]
    for match in _PLURAL_SUBJECT.finditer(text):
        if _IN_TIME_CLAUSE.search(text[: match.start()]):
            continue
        made.append(text[: match.start("verb")] + "do not " + text[match.start("verb") :])
    for match in _SINGULAR_VERB.finditer(text):
        made.append(text[: match.start()] + "does not " + base_verb(match["verb"]) + text[match.end() :])
    order = _ORDER.match(text)
    if order and "," not in text and " and " not in text:
        made.append("Do not " + lower_start(text.removeprefix("Please ")))
    return made


def _may_negate(text: str, match: re.Match[str]) -> bool:
    if match[1] in ("has", "have") and not _HAVE_IS_AUXILIARY.match(text, match.end()):
        return False
    before = text[: match.start()]
    if re.search(
        r"\b(?:if|whether|what|which|who|how|where|why|there|when|once|until|that|as|because|since|while"
        r"|to|what's|unless|and|or|than|regardless|must|will|may|can|should)(?: \w+){0,3} $",
        before,
        re.IGNORECASE,
    ):
        return not re.search(
            r"\b(?:if|whether|what|which|who|how|where|why|when|once|until|that|as|because|since|while"
            r"|unless|than|there|to|or|and)\b(?: \w+){0,3} $",
            before,
            re.IGNORECASE,
        )
    return True


def _not_after(text: str, match: re.Match[str]) -> str:
    word = "cannot" if match[1] == "can" else match[1] + " not"
    if match["cut"] == " also":
        return text[: match.end()] + " not" + text[match.end() :]
    return text[: match.start()] + word + match["cut"] + text[match.end() :]
