"""Chooses the sentences of a document that state something checkable: a rule, a value, a right, a duty, a condition."""

from __future__ import annotations

import re

from proxy.authoring.edits.wording import is_verb
from proxy.corpus.documents import Passage, PassageKind
from proxy.corpus.problems import CorpusError
from proxy.corpus.reading import read_content
from proxy.grounding.text.segments import segment

FEWEST_WORDS, MOST_WORDS = 6, 45
_READ_KINDS = frozenset({PassageKind.PARAGRAPH, PassageKind.LIST_ITEM, PassageKind.QUOTE})

# Code, addresses, gaps in the text, marks of Markdown that were left over, arrows, quotations of what to say.
_NOT_PROSE = re.compile(
    r"https?:|www\.|@|#|`|_|[\[\]{}<>|=~*\\→✅❌•]|->|\.(?:com|org|md|io)\b|\.\.|--|…|e\.g|i\.e|\bN/A\b"
    r"|[“\"]| (?:Yes|No)\b|\(Yes\)|(?<= )-\d|\b(?:the|within|of|to|with|is) \d{1,3}\.$"
    r"|\bwithin \d+ (?:from|of|in)\b|(?:\b[A-Z]{3,} ){2}[A-Z]{3,}|\$[\d,]+ contacts"
    r"|\b(?:the|with) \d{1,3} (?:window|limit|threshold|cap|requirement|period|and \d)\b|%%|% percent"
    r"|\$[\d.,]+ dollars|\?|\betc\b"
    r"|\b(?:[Cc]lick|TODO|TBD|LGTM|screenshot|here)\b|[a-z][A-Z]\w+\.\w"
)
# It leans on the sentence before it, or is nobody's rule.
_DANGLING = re.compile(
    r"(?:This|That|These|Those|It|They|He|She|But|And|Or|So|However|Also|Then|Otherwise|Therefore|Thus"
    r"|Such|Instead"
    r"|Here|Example|Note|Q|A|I|My|Additionally|Furthermore|Finally|Next|Yes|No[,.]|Similarly|For example"
    r"|For instance|In this"
    r"|In these|In that|In such|As such|Step|Same|What|Why|How|Who|Which|Or,|Likewise|Moreover|Again"
    r"|Second|Third|First"
    r"|Lastly|Hence|Once done|As a result|In addition|On the other hand|Thank|Let|Hi|Hello|Welcome"
    r"|Feel free|In other words"
    r"|Examples?|If so|If not|Formula|Scenario|Day|Week|Meaning|Plus|Even|Ideally|Maybe|Perhaps|Remember"
    r"|Title|Q\d)\b"
)
_DANGLING_INSIDE = re.compile(
    r"\b(?:this|these|those|above|below|following|aforementioned|latter|former|I|my|I'm|we're all|let's"
    r"|page|document"
    r"|handbook|link|example|would love|fun|awesome|great|love|probably|maybe|perhaps|believe|think|feel"
    r"|imagine|hope|strive|trust|hesitate|me"
    r"|excited|vision|goal is|mission|culture|interesting|helpful|really|actually|very|folks|stuff"
    r"|things?|kind of|a bit|pretty"
    r"|easy|easier|hard|remember|consider|understand|better|rule of thumb|ideal|ideally|lots?|tend"
    r"|whatever|anyway)\b|\bsuch (?!as\b)",
    re.IGNORECASE,
)
_STATES = re.compile(
    r"\d|\b(?:must|may|can|cannot|should|will|shall|need|needs|required?|requires|not|no|never|always"
    r"|only|if|unless|except"
    r"|until|within|before|after|free|eligible|allowed|permitted|available|included?|includes|covers?"
    r"|expires?|apply|applies"
    r"|charged?|pays?|paid|receives?|earns?|refund\w*|responsible|limited|limit|minimum|maximum|entitled"
    r"|provides?|offers?"
    r"|per|each|every|monthly|annual|annually|daily|weekly|have to|has to)\b|n['’]t\b",
    re.IGNORECASE,
)
_FINITE = re.compile(
    r"\b(?:is|are|was|were|will|can|cannot|may|must|should|shall|has|have|do|does|need|needs|requires?"
    r"|receives?|earns?|pays?"
    r"|includes?|offers?|provides?|covers?|applies|apply|expires?|charges?|reimburses?|accrues?|counts?"
    r"|remains?|becomes?"
    r"|allows?|gives?|gets?|works?|owns?|starts?|ends?|takes?|uses?|makes?|keeps?|runs?|lasts?)\b|n['’]t\b"
)
# A heading or label that ran into the sentence after it.
_RUN_TOGETHER = re.compile(
    r"[a-z)] (?:The|If|When|You|We|This|Use|They|It|Your|Our|To|For|Please|Do|Make|After|Before|Once"
    r"|There|These|All|Only|Any|No|An?) [a-z]"
)
# What makes an order ("Submit ...") more than advice.
_STATES_AS_ORDER = re.compile(
    r"\d|\b(?:must|not|never|always|only|unless|except|until|within|before|after|if|maximum|minimum"
    r"|required|without|monthly|weekly|daily|annually)\b|n't\b",
    re.IGNORECASE,
)
_NOUNS_FIRST = frozenset(
    "interest access support managers fees payments requests points rewards transfers cards".split()
)
_PLAIN_LABEL = re.compile(
    r"(?:Important|Notes?|Important [Nn]otes?|Overview|Key [Pp]oints?|Details|Tips?|How it works"
    r"|What to know|Please note"
    r"|Eligibility|Requirements|Reminders?|What you need to know|Policy|Rules?|Guidelines?|Key details"
    r"|Good to know): "
)


def checkable_sentences(text: str) -> list[str]:
    """Sentences of a Markdown document, each once, in reading order; none where it cannot be read."""
    try:
        read = read_content("document.md", text.encode())
    except CorpusError:
        return []
    sentences = (sentence for passage in read.passages for sentence in sentences_in(passage))
    return list(dict.fromkeys(sentence for sentence in sentences if is_checkable(sentence)))


def sentences_in(passage: Passage) -> list[str]:
    """The sentences of a passage as they would be said; none for tables and code."""
    if passage.kind not in _READ_KINDS:
        return []
    readings = (piece.reading.strip() for piece in segment(passage.reading))
    return [sentence for reading in readings if (sentence := _sentence(reading))]


def _sentence(reading: str) -> str:
    reading = reading.replace("’", "'").replace("\u00a0", " ")
    reading = re.sub(r"^\d+(?:\.\d+)+\.? (?=[A-Z])", "", reading)
    reading = _PLAIN_LABEL.sub("", reading, count=1) if _PLAIN_LABEL.match(reading) else reading
    return reading if reading.endswith((".", "!")) else reading + "."


def is_checkable(sentence: str) -> bool:
    """Whether it stands alone, is plain prose of 6 to 45 words, and says something that can be proved or refuted."""
    words = sentence.split()
    if not FEWEST_WORDS <= len(words) <= MOST_WORDS:
        return False
    if not re.match(r"[A-Z0-9$€£]", sentence) or sentence.count("(") != sentence.count(")"):
        return False
    if _NOT_PROSE.search(sentence) or _DANGLING.match(sentence) or _DANGLING_INSIDE.search(sentence):
        return False
    if ":" in sentence or "–" in sentence or " - " in sentence or not sentence.isascii():
        return False
    if _RUN_TOGETHER.search(sentence) or re.search(r"[,;'] ?\.$", sentence):
        return False
    if is_verb(words[0].lower()) and words[0].lower() not in _NOUNS_FIRST:
        return bool(_STATES_AS_ORDER.search(sentence))
    return bool(_STATES.search(sentence) and _FINITE.search(sentence))
