"""Recorded answers among which promises are planted: sentences of many companies' topics, none of which says them.

Sentences are made of parts with values drawn for them. Many are about the very things that are looked for, with another
value, condition or subject: `near` has those, and the values that would make them say it are never drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import yaml

from proxy.ledger.records import DecisionRecord

FILES = tuple(Path(__file__).parent / name for name in ("planted.yaml", "fitted.yaml"))
BEGAN = datetime(2026, 3, 1, tzinfo=UTC)

ITEMS = (
    "a laptop, a phone, a sofa, a bicycle, a washing machine, a coffee maker, a jacket, a pair of shoes, a suitcase, "
    "a camera, a router, a television, a mattress, a desk, a tent, a guitar, a stroller, a watch, a printer, a drill"
).split(", ")
PLACES = (
    "Spain, Italy, Japan, Canada, Norway, Brazil, Greece, Ireland, Turkey, Mexico, Poland, Portugal".split(
        ", "
    )
)
THINGS = (
    "your invoice, your booking, your order, your claim, your appointment, your contract, your voucher, your receipt, "
    "your membership, your reservation, your delivery, your meter reading, your policy, your account, your repair"
).split(", ")
WAYS = "in the app, on our website, by phone, by e-mail, in any shop, at the desk, by post, in your account".split(
    ", "
)
HOURS = "24, 36, 72, 96".split(", ")
DAYS = "3, 5, 7, 10, 14, 21, 28, 30, 45, 120".split(", ")
SUMS = "5, 8, 12, 15, 20, 25, 30, 35, 40, 45, 49, 55, 60, 75, 80, 99, 120, 150, 199".split(", ")
SHARES = "3, 5, 8, 10, 12, 15, 20, 30, 35, 40, 50".split(", ")
MONTHS = "3, 6, 9, 12, 18, 36".split(", ")

FAR = """
You can find {thing} {way}.
{Thing} was updated {way} and needs no further step from you.
Please have {thing} ready when you contact us {way}.
We deliver {item} within {days} days.
The warranty on {item} lasts {months} months.
Delivery of {item} costs ${sum}.
Roaming in {place} costs ${sum} a day.
A trip to {place} needs a passport that is valid for {months} months.
Orders above ${sum} are delivered without a charge.
The deposit for {item} is {share}% of the price.
{Thing} can be changed {way} up to {days} days before.
Our team answers within {hours} hours {way}.
You receive a confirmation {way} within {hours} hours.
The activation fee is ${sum} and is billed once.
Check-in opens {hours} hours before departure.
A meter reading is due every {months} months.
If {item} arrives damaged, tell us {way} within {days} days.
A replacement for {item} is sent within {days} days.
The minimum order for a delivery to {place} is ${sum}.
Interest of {share}% a year is charged on overdue amounts.
A missed appointment costs ${sum}.
Seats can be chosen {way} for ${sum}.
The lounge in {place} is open to members who flew {days} times.
An early check-in costs ${sum} and can be booked {way}.
The insurance for {item} costs ${sum} a month.
You collect {days} points for each ${sum} that you spend.
The gym opens at 6 and closes at 10 except in {place}.
Breakfast is served until 10:30 and costs ${sum}.
Parking at the hotel costs ${sum} a night.
A technician comes within {days} days of {thing} being confirmed.
""".strip().splitlines()

NEAR = """
The bereavement fare has to be requested {way} at least {hours} hours before the flight.
A bereavement fare takes {share}% off the standard fare.
The bereavement discount can be claimed within {days} days before travel.
The supporting document for the bereavement discount has to arrive within {days} days after travel.
Unused tickets can be changed within 90 days of issue for ${sum}.
Claims for lost baggage have to reach us within {days} days after travel.
The late fee is ${sum} from the first month on.
There is no late fee when the bill is paid within {days} days.
A late fee of {share}% is added after the first month.
In the first month the activation fee is ${sum}.
Small pets travel in the cabin for ${sum} each way.
Large pets travel in the hold for ${sum}.
A carrier for a small pet may weigh {days} kg with the pet in it.
You can cancel the contract within {days} days of signing.
Cancelling the contract before its end costs ${sum} for each month that is left.
You can upgrade the contract at any time {way}.
The contract can be cancelled with {months} months' notice.
Roaming in Switzerland costs ${sum} a day.
Roaming in {place} is included in the plan.
Data in Switzerland is limited to {days} GB.
The refund arrives within {days} days.
The refund is made {way} to the card that was used.
A refund of ${sum} is paid as a voucher.
You get an answer about the refund within {hours} hours.
A second checked bag costs ${sum}.
A checked bag that is too heavy costs ${sum}.
Each further checked bag costs ${sum} after the second.
Students get {share}% off.
Families get {share}% off on trips to {place}.
Students have to show their card {way}.
The warranty covers defects of {item} for {months} months.
The warranty does not cover damage by water.
Accidental damage to {item} is repaired for ${sum}.
Opened items can be returned up to {days} days.
Items from {place} cannot be returned once they were opened.
Unopened items are taken back within {days} days.
The price is guaranteed for {months} months.
Points expire after {months} months.
A change of date costs ${sum} until departure.
Installation by a technician costs ${sum}.
""".strip().splitlines()
SOCIAL = """
Thank you for your message.
I am happy to help with that.
Is there anything else that I can do for you?
Please let me know if you have further questions.
I understand how important this is to you.
""".strip().splitlines()


@dataclass(frozen=True, slots=True)
class Planted:
    """An asked thing with the sentences that say it, and near ones that do not."""

    asked: str
    said: tuple[str, ...]
    not_said: tuple[str, ...]


def planted(part: str, each: int | None = None) -> list[Planted]:
    """``each`` paraphrases of each asked thing: those written by hand, and further ones by rule."""
    read = (yaml.safe_load(file.read_text(encoding="utf-8")) for file in FILES)
    found = next(parts[part] for parts in read if part in parts)
    return [Planted(one["asked"], tuple(_more(one["said"], each)), tuple(one["not_said"])) for one in found]


FRAMES = ("Yes, {}", "Just so you know, {}", "I can confirm that {}")
STAYS = ("I ", "$", "USD", "Switzerland", "Swiss", "25%")  # what such words begin with keeps its first letter


def _more(said: list[str], each: int | None) -> list[str]:
    """Hand-written ones first; then the same behind words that chatbots begin with."""
    if each is None:
        return said
    every = list(said)
    for frame in FRAMES:
        every += [
            frame.format(text if text.startswith(STAYS) else text[0].lower() + text[1:]) for text in said
        ]
    return every[:each]


def answers(
    count: int, promises: list[Planted], random: Random
) -> Iterator[tuple[DecisionRecord, str | None]]:
    """Answers in a random order, each with the asked thing that was planted in it. Near ones are planted too."""
    special = [(text, one.asked) for one in promises for text in one.said]
    special += [(text, None) for one in promises for text in one.not_said]
    places = dict(zip(random.sample(range(count), len(special)), special, strict=True))
    for number in range(count):
        text, asked = places.get(number, (None, None))
        yield record(number, count, text, random), asked


def record(number: int, of: int, text: str | None, random: Random) -> DecisionRecord:
    """An answer of two to four sentences; ``text`` is one of them."""
    sentences = [sentence(random) for _ in range(random.choice((1, 2, 3)))]
    if text is not None:
        sentences.insert(random.randrange(len(sentences) + 1), text)
    if random.random() < 0.4:
        sentences.insert(0, random.choice(SOCIAL))
    said = " ".join(sentences)
    choice: dict[str, Any] = {"choice": 0, "model_text": said, "delivered_text": said, "claims": []}
    return DecisionRecord(
        f"resp-{number:07}",
        BEGAN + timedelta(minutes=number),
        "default",
        "enforce",
        "deliver",
        verified=True,
        model="m",
        customer_id=f"c-{random.randrange(of)}",
        choices=[choice],
        request={"channel": "chat"},
    )


def sentence(random: Random) -> str:
    frame = random.choice(FAR if random.random() < 0.8 else NEAR)
    thing = random.choice(THINGS)
    return frame.format(
        item=random.choice(ITEMS),
        place=random.choice(PLACES),
        thing=thing,
        Thing=thing[0].upper() + thing[1:],
        way=random.choice(WAYS),
        hours=random.choice(HOURS),
        days=random.choice(DAYS),
        sum=random.choice(SUMS),
        share=random.choice(SHARES),
        months=random.choice(MONTHS),
    )
