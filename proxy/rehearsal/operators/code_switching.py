"""Words of another language among the English ones, as people mix them who speak two.

The words are those of the tables below: nothing is translated. Who writes all of it in another language stands only in
a suite that was recorded from them.
"""

from __future__ import annotations

import re
from random import Random

from proxy.grounding.text.language import language_of
from proxy.rehearsal.operators.operator import Operator, Scene, with_messages
from proxy.rehearsal.operators.seeing import said_by_customer
from proxy.rehearsal.suite.model import Conversation

SPANISH = {
    "hello": "hola",
    "hi": "hola",
    "please": "por favor",
    "thank you": "gracias",
    "thanks": "gracias",
    "yes": "sí",
    "but": "pero",
    "because": "porque",
    "today": "hoy",
    "tomorrow": "mañana",
    "my money": "mi dinero",
    "my flight": "mi vuelo",
    "i want": "quiero",
    "i need": "necesito",
    "how much": "cuánto",
    "also": "también",
}
GERMAN = {
    "hello": "hallo",
    "hi": "hallo",
    "please": "bitte",
    "thank you": "danke",
    "thanks": "danke",
    "yes": "ja",
    "but": "aber",
    "because": "weil",
    "today": "heute",
    "tomorrow": "morgen",
    "my money": "mein Geld",
    "my flight": "mein Flug",
    "i want": "ich will",
    "i need": "ich brauche",
    "how much": "wie viel",
    "also": "auch",
}
FRENCH = {
    "hello": "bonjour",
    "hi": "salut",
    "please": "s'il vous plaît",
    "thank you": "merci",
    "thanks": "merci",
    "yes": "oui",
    "but": "mais",
    "because": "parce que",
    "today": "aujourd'hui",
    "tomorrow": "demain",
    "my money": "mon argent",
    "my flight": "mon vol",
    "i want": "je veux",
    "i need": "j'ai besoin de",
    "how much": "combien",
    "also": "aussi",
}
LANGUAGES = SPANISH, GERMAN, FRENCH
_PHRASE = re.compile(rf"\b(?:{'|'.join(sorted(SPANISH, key=len, reverse=True))})\b", re.IGNORECASE)
_OTHER = re.compile(
    rf"\b(?:{'|'.join(word for table in LANGUAGES for word in table.values() if len(word) > 3)})\b",
    re.IGNORECASE,
)


def _code_switching(scene: Scene, random: Random) -> Scene:
    table = random.choice(LANGUAGES)

    def mixed(text: str) -> str:
        told = _PHRASE.sub(lambda found: table[found[0].lower()], text)
        return f"{table['hello']}, {told} {table['thanks']}"

    return with_messages(scene, mixed)


def _mixes(conversation: Conversation) -> bool | None:
    """A word of the tables is in a message, or one that is long enough to tell is in another language than English."""
    said = said_by_customer(conversation)
    languages = {language for text in said if (language := language_of(text))}
    return bool(languages - {"en"}) or any(map(_OTHER.search, said)) if said else None


CODE_SWITCHING = Operator(
    _code_switching, 0.1, "a customer in ten speaks another language at home", seen=_mixes
)
