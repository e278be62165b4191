"""Rewords a policy sentence lightly so that it says the same: what chatbots do to a sentence they took from the text.

The same operations are laid over a share of the false edits (edits.py), so that none of them gives the label away.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from proxy.authoring.edits.clauses import reordered, states
from proxy.authoring.edits.edited_sentence import EditedSentence
from proxy.authoring.edits.values_in_text import WORDS, amount_of, number_word
from proxy.authoring.edits.wording import (
    base_verb,
    capital,
    inflected,
    lower_start,
    swap_table,
    swapped,
)

Rewording = Callable[[str, Random], str | None]

_BEFORE_THAT = (
    "Please note that",
    "Keep in mind that",
    "Just so you know,",
    "According to our policy,",
    "As a reminder,",
    "To confirm,",
    "Just to clarify,",
    "For your information,",
    "As per our policy,",
    "To answer your question,",
    "Yes,",
    "I can confirm that",
    "I should mention that",
    "One thing to know is that",
)
_BEFORE_ORDER = (
    "Please note:",
    "Quick reminder:",
    "A quick note:",
    "Here's the rule:",
    "Good to know:",
    "In short:",
    "To be clear:",
)


def lead_in(text: str, random: Random) -> str | None:
    """An opening as in a chat: "Please note that ..."."""
    if re.match(r"(?:Please|Yes|Keep in mind|Remember|Be sure|As a reminder|Thank)\b", text):
        return None
    if not states(text) or not _starts_like_statement(text) or random.random() < 0.25:
        opening = random.choice(_BEFORE_ORDER)
        return f"{opening} {lower_start(text) if random.random() < 0.6 else text}"
    opening = random.choice(_BEFORE_THAT)
    return f"{opening} {lower_start(text)}"


def _starts_like_statement(text: str) -> bool:
    return bool(
        re.match(
            r"(?:The|A|An|You|Your|We|Our|All|Any|Each|Every|No|Only|If|When|Once|Unless|Most|Some|There"
            r"|Customers?|Employees?"
            r"|Teammates?|Members?|Users?|Fees?|Interest|Points|Rewards|Payments?|Refunds?|Accounts?"
            r"|Cards?|Managers?|Requests?"
            r"|After|Until)\b",
            text,
        )
    )


_CONTRACTIONS = swap_table("contractions")


def contraction(text: str, random: Random) -> str | None:
    return swapped(text, _CONTRACTIONS, random)


_MONEY_END = r"(?=[.,;)]|$| (?:per|or|and|if|in|on|to|for|when|once|each|a (?:month|year|day)|annually|monthly|from)\b)"
_SMALL = "|".join(sorted(WORDS, key=len, reverse=True))
_AS_WORD = re.compile(
    r"(?<![\w$€£.,#/-])(?<!section )(?<!step )(?<!version )(\d{1,2})(?=[ -](?:business |calendar "
    r"|working |consecutive |full )?"
    r"(?:minute|hour|day|night|week|month|year|time|people|person|employee|customer|teammate|account|card"
    r"|copies|copy|guest"
    r"|attempt|transfer|withdrawal|review|interview|round|step|meeting|call|quarter"
    r"|referral)s?\b)(?! percent)",
    re.IGNORECASE,
)
_AS_DIGITS = re.compile(
    rf"\b({_SMALL})(?=[ -](?:business |calendar |working |consecutive |full )?(?:minute|hour|day|week"
    rf"|month|year|time)s?\b)",
    re.IGNORECASE,
)


def number_form(text: str, random: Random) -> str | None:
    """A value written otherwise: "3 days" as "three days", "$25.00" as "$25", "5%" as "5 percent"."""
    found: list[tuple[int, int, str]] = []
    for match in _AS_WORD.finditer(text):
        word = number_word(amount_of(match[1]))
        if word is not None:
            found.append((match.start(1), match.end(1), capital(word) if match.start() == 0 else word))
    found += [(m.start(1), m.end(1), str(amount_of(m[1]))) for m in _AS_DIGITS.finditer(text)]
    for pattern, new in _NUMBER_FORMS:
        found += [(m.start(), m.end(), m.expand(new)) for m in pattern.finditer(text)]
    if not found:
        return None
    start, end, new = random.choice(found)
    return text[:start] + new + text[end:]


_NUMBER_FORMS = tuple(
    (re.compile(pattern), new)
    for pattern, new in (
        (r"(\$\d[\d,]*)\.00\b", r"\1"),
        (r"(\$\d{1,3})(?![\d,.]*\d)(?!\w)", r"\1.00"),
        (
            r"(?<= (?:to|is|of|by|an) )(?<!amount of )(?<!the )\$(\d{1,3}(?:,\d{3})+"
            r"|\d+)(?:\.00)?(?![\d.]*\d)" + _MONEY_END,
            r"\1 dollars",
        ),
        (r"(\$\d{1,3}),(\d{3})\b(?!,)", r"\1\2"),
        (r"\b(\d+(?:\.\d+)?)%(?=[ .,;)])", r"\1 percent"),
        (r"\b(\d+(?:\.\d+)?) percent\b", r"\1%"),
        (r"\b12 months\b(?!['’])", "one year"),
        (r"\b24 months\b(?!['’])", "two years"),
    )
)

_SYNONYMS = swap_table("synonyms")


def synonym(text: str, random: Random) -> str | None:
    return swapped(text, _SYNONYMS, random)


_PLURAL_PEOPLE = re.compile(
    r"^(?:All )?(?:Customers|Clients|Cardholders|Employees|Teammates|Team members|Members"
    r"|Users)(?= (?:must|can|may|cannot|should|will|are|have|need|receive|who)\b)"
)
_ONE_PERSON = re.compile(
    r"^(?:The|A|Each|An) (?:customer|client|cardholder|employee|teammate|team member|member|user"
    r"|intern) (?P<verb>must|can|may|cannot|should|will|is|has|was|needs|receives|gets|pays)\b"
)


def person(text: str, random: Random) -> str | None:
    """Whom a rule is about, addressed: "Customers must ..." as "You must ..."."""
    plural = _PLURAL_PEOPLE.match(text)
    if plural and not re.search(r"\b(?:you|your|who|whose|we|our|us|them)\b", text, re.IGNORECASE):
        return _addressed("You" + text[plural.end() :])
    one = _ONE_PERSON.match(text)
    if one and not re.search(
        r"\b(?:you|your|who|whose|customer'?s|them|him|her|it)\b", text[one.end() :], re.IGNORECASE
    ):
        verb = {"is": "are", "has": "have", "was": "were"}.get(one["verb"]) or base_verb(one["verb"])
        verb = one["verb"] if one["verb"] in ("must", "can", "may", "cannot", "should", "will") else verb
        return _addressed(f"You {verb}" + text[one.end() :])
    return None


def _addressed(text: str) -> str:
    text = re.sub(r"\b(?:their|his or her|his/her)\b", "your", text)
    return re.sub(r"\bthey\b", "you", text)


_IF_NOT = re.compile(
    r"\b(?P<if>[Ii])f (?P<subject>you|we|they|(?:the|your|our|a|an) [a-z]+(?: [a-z]+)?) (?:(?P<be>is|are"
    r"|has|have) not|(?P<do>do not|don't)|(?P<does>does not|doesn't)) "
    r"(?!(?!(?:app|rep|comp|supp|re|f)ly\b)\w+ly\b|even\b|have to\b|need to\b|also\b)(?P<verb>[a-z]+)\b"
)
_UNLESS = re.compile(
    r"\b(?P<u>[Uu])nless (?P<subject>you|we|they|(?:the|your|our|a|an) [a-z]+(?: [a-z]+)?) (?P<be>is|are"
    r"|(?:has|have)(?= (?:been|\w+ed)\b))(?= [a-z]+)(?! not\b)"
)


def unless(text: str, random: Random) -> str | None:
    """ "If you do not ..." as "Unless you ...", and back."""
    match = _UNLESS.search(text)
    if match:
        start = "If" if match["u"] == "U" else "if"
        return f"{text[: match.start()]}{start} {match['subject']} {match['be']} not{text[match.end() :]}"
    match = _IF_NOT.search(text)
    if (
        match is None
        or re.search(r"\b(?:any|yet|already|even|at all|either)\b", text)
        or re.search(r"\b(?:even|as|or|and|see|check) $", text[: match.start()])
    ):
        return None
    start = "Unless" if match["if"] == "I" else "unless"
    verb = (
        f"{match['be']} {match['verb']}"
        if match["be"]
        else inflected(match["verb"], "VBZ")
        if match["does"]
        else match["verb"]
    )
    return f"{text[: match.start()]}{start} {match['subject']} {verb}{text[match.end() :]}"


def clause_order(text: str, random: Random) -> str | None:
    """The condition at the other end of the sentence."""
    return reordered(text)


_BEARS_ON_TRUTH = re.compile(
    r"\b(?:only|not|no|never|unless|except|if|must|when|minimum|maximum|or|\d)\b|n't\b", re.IGNORECASE
)
_SIDE_REMARK = re.compile(r" \([^()]{3,90}\)")
_EXAMPLES = re.compile(r",? (?:such as|including) [^;()]+(?=\.$)")
_RELATIVE_END = re.compile(
    r", which [^;,]+(?=\.$)|, so that [^;,]+(?=\.$)|, (?:so|because|since|as) (?:you|we|the|your|our|it"
    r"|they) [^;]+(?=\.$)"
)
_SECOND_STATEMENT = re.compile(
    r"(?P<first>[^;]+?)(?:;|, and) (?P<second>(?:you|we|it|they|the|your|our|there"
    r"|this) (?:\w+ ){0,4}?(?:is|are|will|can|may|must|cannot"
    r"|do|does|have|has|should)\b[^;]*)\."
)


_LIMITS = re.compile(
    r"\b(?:if|however|otherwise|but|unless|except|only|both|either|provided)\b", re.IGNORECASE
)


def detail_dropped(text: str, random: Random) -> str | None:
    """A side remark, an example, a reason or a second statement left out: what remains is still true."""
    found: list[str] = []
    for pattern in (_SIDE_REMARK, _EXAMPLES, _RELATIVE_END):
        for match in pattern.finditer(text):
            rest = text[: match.start()] + text[match.end() :]
            if not _BEARS_ON_TRUTH.search(match.group()) and len(rest.split()) >= 6:
                found.append(rest)
    second = _SECOND_STATEMENT.fullmatch(text)
    if second and len(second["first"].split()) >= 6 and not _LIMITS.search(text):
        found.append(second["first"] + ".")
    return random.choice(found) if found else None


def politeness(text: str, random: Random) -> str | None:
    """ "please" before an order, or taken away."""
    if re.match(r"Please (?!note|keep|remember|be)\w+", text):
        return capital(text[7:])
    if not re.match(
        r"(?:Contact|Submit|Use|Review|Confirm|Verify|Keep|Check|Ensure|Provide|Do not|Send|Include|Make"
        r"|Complete|Select|Choose|Avoid|Ask|Follow|Add|Call|Set|Maintain|Monitor|Allow|Wait|Request"
        r"|Report)(?= )",
        text,
    ):
        return None
    return "Please " + lower_start(text)


REWORDINGS: dict[str, tuple[Rewording, float]] = {
    "light_lead_in": (lead_in, 1.0),
    "light_contraction": (contraction, 2.0),
    "light_number_words": (number_form, 2.5),
    "light_synonym": (synonym, 2.0),
    "light_person": (person, 2.5),
    "light_clause_order": (clause_order, 2.5),
    "light_unless": (unless, 4.0),
    "light_detail_dropped": (detail_dropped, 1.5),
    "light_politeness": (politeness, 0.5),
}
# Those that say the same of any sentence, true or false; a dropped detail might be the one that was made false.
SURFACE = tuple(kind for kind in REWORDINGS if kind != "light_detail_dropped")


def true_rewordings(sentence: str, random: Random) -> list[EditedSentence]:
    """The sentence itself and one of each kind of rewording that it allows, all supported by it."""
    made = [EditedSentence(sentence, "supported", "verbatim", sentence)]
    for kind, (reword, _) in REWORDINGS.items():
        text = reword(sentence, random)
        if text is not None and text != sentence:
            made.append(EditedSentence(text, "supported", kind, sentence))
    return made


def reworded(text: str, random: Random, kinds: tuple[str, ...] = SURFACE) -> tuple[str, str] | None:
    """``(kind, text)`` after one rewording drawn from ``kinds`` by weight; None where none fits."""
    made = [
        (REWORDINGS[kind][1], kind, new)
        for kind in kinds
        if (new := REWORDINGS[kind][0](text, random)) is not None and new != text
    ]
    if not made:
        return None
    _, kind, new = random.choices(made, weights=[weight for weight, _, _ in made])[0]
    return kind, new
