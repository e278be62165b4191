"""Sentences of a fictional airline, true and false, for simulated reviews."""

from __future__ import annotations

from proxy.review.seeding import SeedSentence

# By section: what the policy says, true sentences about it, false ones.
_SECTIONS: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "Checked bags",
        "Bags of up to 23 kg are free on a Standard fare, and bags of up to 32 kg on a Flex fare.",
        ("On a Standard fare a bag of up to 23 kg is free.", "A Flex fare includes a bag of up to 32 kg."),
        ("On a Standard fare a bag of up to 32 kg is free.", "A Flex fare includes two bags of 32 kg each."),
    ),
    (
        "Refunds",
        "Tickets may be refunded within 24 hours of purchase if the flight departs at least seven days later.",
        (
            "You can get your money back within 24 hours of buying, if the flight is at least seven days away.",
        ),
        (
            "You can get your money back within 72 hours of buying.",
            "You can get your money back within 24 hours of buying, however soon the flight is.",
        ),
    ),
    (
        "Name changes",
        "One correction of up to three letters is free; a change of the whole name is not possible.",
        ("Correcting up to three letters of the name is free, once.",),
        ("Changing the whole name is free, once.",),
    ),
    (
        "Bereavement fares",
        "The bereavement policy does not apply to requests for a reduced fare after travel has been completed.",
        ("A bereavement fare cannot be asked for once the journey is over.",),
        ("You may ask for the bereavement fare within 90 days after your journey.",),
    ),
    (
        "Delays",
        "After a delay of three hours or more on arrival, compensation may be claimed for two years.",
        ("Compensation for a delay of three hours or more may be claimed for two years.",),
        ("Compensation for a delay of two hours or more may be claimed for two years.",),
    ),
    (
        "Pets",
        "Small dogs and cats travel in the cabin for a fee of 60 EUR; larger animals travel in the hold.",
        ("A small dog may travel in the cabin for 60 EUR.", "Larger animals travel in the hold."),
        ("A small dog travels in the cabin free of charge.",),
    ),
    (
        "Check-in",
        "Online check-in opens 30 hours before departure and closes one hour before it.",
        (
            "You can check in online from 30 hours before departure.",
            "Online check-in closes an hour before departure.",
        ),
        ("You can check in online until 30 minutes before departure.",),
    ),
    (
        "Unaccompanied minors",
        "Children of five to eleven years who travel alone need the accompanied service, which is booked by telephone.",
        ("A child of nine who travels alone needs the accompanied service.",),
        ("A child of nine who travels alone does not need the accompanied service.",),
    ),
)


def _sentence(section: str, quote: str, text: str, *, true: bool) -> SeedSentence:
    return SeedSentence(
        text=text,
        truth="supported" if true else "contradicted",
        source="the document's own words" if true else "made up for the simulation",
        document="simulated/airline",
        section=section,
        quote=quote,
        confidence=0.9,
    )


SENTENCES: tuple[SeedSentence, ...] = tuple(
    _sentence(section, quote, text, true=true)
    for section, quote, right, wrong in _SECTIONS
    for true, texts in ((True, right), (False, wrong))
    for text in texts
)
