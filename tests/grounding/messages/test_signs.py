"""A customer who wants a person, complains or asks about their own account is recognised; others are left alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from proxy.grounding.messages.classifier import models_from_json
from proxy.grounding.messages.reading import LONGEST_READ, readable
from proxy.grounding.messages.signs import MessageSigns, signs_of
from proxy.models.embedder import Embedder

REQUESTS = [
    "I want to speak to a human",
    "Can I talk to a manager about this?",
    "put me through to an agent",
    "this bot is useless",
    "is anybody there?",
    "agent",
    "Why can't I just talk to a person?",
    "please escalate this",
    "Could someone from your team call me?",
    "No, not a bot. A human.",
    "I'd rather explain it to a human being",
    "your machine doesn't get it, somebody else should take over",
]
BEFORE = ["", "Hello, ", "Good morning. ", "Dear team, ", "Hi there! ", "Excuse me, ", "Please, ", "HELLO? "]
AFTER = [
    "",
    ", please",
    ". Thank you!",
    " Thanks a lot in advance.",
    ". Have a nice day!",
    "!!!",
    ". Kind regards",
    " 🙏",
]


@pytest.mark.parametrize("text", REQUESTS)
def test_a_request_for_a_person_is_recognised(text: str, embedder: Embedder) -> None:
    assert signs_of(text, embedder.embed).wants_person


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(REQUESTS),
    st.sampled_from(BEFORE),
    st.sampled_from(AFTER),
    st.sampled_from([str, str.upper, str.lower, str.swapcase]),
)
def test_politeness_and_capital_letters_do_not_undo_a_request(
    embedder: Embedder, request_: str, before: str, after: str, letters: object
) -> None:
    assert callable(letters)
    assert signs_of(letters(before + request_ + after), embedder.embed).wants_person


@pytest.mark.parametrize(
    "text",
    [
        "Is there a person I must name as beneficiary?",
        "Can I speak at the event?",
        "What does your agent fee cover?",
        "my representative will fly with me",
        "Can another person use my ticket?",
        "Can another person take over my contract?",
        "Do I need to speak to an agent to cancel?",
        "What is the phone number of customer service?",
        "I love your service agents",
        "I am not a robot",
        "Are you a bot?",
        "Can I put a bag through the scanner twice?",
        "Where can I get a manager's signature?",
    ],
)
def test_what_only_sounds_like_a_request_for_a_person_is_left_alone(text: str, embedder: Embedder) -> None:
    assert not signs_of(text, embedder.embed).wants_person


@pytest.mark.parametrize(
    "text",
    [
        "No, I really don't want to be transferred.",
        "I'd prefer not to talk to an agent",
        "please don't put me through to anybody",
        "There's no need to connect me with a person",
        "Don't have someone call me, write to me instead.",
    ],
)
def test_who_wants_no_person_is_not_given_one(text: str, embedder: Embedder) -> None:
    assert not signs_of(text, embedder.embed).wants_person


@pytest.mark.parametrize(
    "text",
    [
        "Ich möchte mit einem Menschen sprechen.",
        "Kann ich bitte mit jemandem reden?",
        "Mitarbeiter bitte",
        "Verbinden Sie mich mit einem Berater",
        "Je voudrais parler à un conseiller",
        "Puis-je parler à quelqu'un ?",
        "Passez-moi un responsable, s'il vous plaît",
        "Quiero hablar con una persona",
        "¿Puedo hablar con un agente?",
        "Páseme con un supervisor por favor",
    ],
)
def test_the_plain_wish_for_a_person_is_recognised_in_german_french_and_spanish(
    text: str, embedder: Embedder
) -> None:
    assert signs_of(text, embedder.embed).wants_person


@pytest.mark.parametrize(
    "text",
    [
        "Kann eine andere Person mein Ticket benutzen? Ich fliege nicht mit.",
        "Est-ce qu'une autre personne peut utiliser mon billet ?",
        "¿Puede otra persona usar mi billete de avión?",
        "Wie viele Personen dürfen mit einem Gutschein reisen?",
    ],
)
def test_in_other_languages_only_wordings_count(text: str, embedder: Embedder) -> None:
    def never(_: str) -> NDArray[np.float32]:
        raise AssertionError("the encoder knows English only")

    assert signs_of(text, never) == MessageSigns()


@pytest.mark.parametrize(
    "text",
    [
        "I want to make a complaint",
        "This is unacceptable",
        "You lost my suitcase and nobody cares.",
        "I demand compensation",
        "You will be hearing from my lawyer, because of your mistake I missed a wedding.",
    ],
)
def test_a_complaint_is_recognised_without_the_word_too(text: str, embedder: Embedder) -> None:
    assert signs_of(text, embedder.embed).is_complaint


@pytest.mark.parametrize(
    "text",
    [
        "How do I file a complaint?",
        "Who handles complaints?",
        "I have no complaints, thank you",
        "What compensation is there for a delay?",
        "I'm not angry, just asking",
    ],
)
def test_a_question_about_complaints_is_none(text: str, embedder: Embedder) -> None:
    assert not signs_of(text, embedder.embed).is_complaint


@pytest.mark.parametrize(
    ("text", "theirs"),
    [
        ("Where is my refund?", True),
        ("Please cancel my booking", True),
        ("Has my flight been cancelled?", True),
        ("the booking number is KQ7XP2", True),
        ("What is the baggage limit?", False),
        ("How do I change my address?", False),
        ("What happens if my flight is cancelled?", False),
        ("Can I bring my dog?", False),
    ],
)
def test_a_customers_own_account_is_told_from_what_policy_answers(
    text: str, theirs: bool, embedder: Embedder
) -> None:
    assert signs_of(text, embedder.embed).about_account is theirs


def test_one_message_can_have_several_signs(embedder: Embedder) -> None:
    text = "My refund hasn't arrived, this is unacceptable. I want to talk to a manager!"
    assert signs_of(text, embedder.embed) == MessageSigns(True, True, True)


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "👍", "???", "ok", "Thank you so much for your help!"])
def test_what_says_nothing_has_no_sign(text: str, embedder: Embedder) -> None:
    assert signs_of(text, embedder.embed) == MessageSigns()


def test_what_a_message_quotes_is_not_what_the_customer_wants(embedder: Embedder) -> None:
    quoted = "> I want to speak to a manager, this is unacceptable\nWhat does an extra bag cost?"
    assert signs_of(quoted, embedder.embed) == MessageSigns()


@pytest.mark.parametrize("where", [0, 1])
def test_a_request_before_or_after_a_long_pasted_text_is_found(where: int, embedder: Embedder) -> None:
    parts = ["The bag may weigh 23 kg in economy. " * 400]
    parts.insert(where, " I want to speak to a human. ")
    assert signs_of("".join(parts), embedder.embed).wants_person


def test_of_a_book_only_the_ends_are_read() -> None:
    assert len(readable("word " * 100_000)) <= LONGEST_READ + 1
    assert len(readable("\ufdfa" * 100_000)) <= LONGEST_READ + 1, "one character that stands for eighteen"


def test_typographic_quotes_and_unseen_characters_make_no_difference(embedder: Embedder) -> None:
    assert signs_of("I\u2019d like to sp\u200beak to a hu\u00adman", embedder.embed).wants_person


def test_the_encoder_is_asked_once_at_most(embedder: Embedder) -> None:
    asked: list[str] = []

    def embed(text: str) -> NDArray[np.float32]:
        asked.append(text)
        return embedder.embed(text)

    signs_of("What is the baggage limit?", embed)
    assert len(asked) == 1
    signs_of("My refund hasn't arrived, this is unacceptable. I want to talk to a manager!", embed)
    assert len(asked) == 1, "what is said in so many words needs no encoder"


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=()), max_size=300))
@example("\ud800")
@example("\x00")
@example("I want to speak to a \udfff human")
def test_no_text_makes_it_fail(embedder: Embedder, text: str) -> None:
    assert isinstance(signs_of(text, embedder.embed), MessageSigns)


def test_an_encoder_that_gives_no_number_is_no_message_without_signs() -> None:
    nothing = np.full(384, math.nan, dtype=np.float32)
    with pytest.raises(ValueError, match="the encoder gave no number"):
        signs_of("What does a second bag cost?", lambda _: nothing)


def test_models_fitted_on_other_cues_are_refused_with_the_way_out() -> None:
    with pytest.raises(ValueError, match=r"fitted on other cues.*fit_messages\.py"):
        models_from_json('{"cues": ["mine"], "signs": {}}')
    with pytest.raises(ValueError, match=r"cannot be read.*fit_messages\.py"):
        models_from_json("{}")
