"""What is told to others: as JSON, to Slack, and as a mail. What customers wrote and read is never in it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import asdict, dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any

import msgspec

from proxy.actions.waits import in_words as time_in_words
from proxy.ledger.desk.outbox import News
from proxy.ledger.desk.people_calls import CallToTell, PeopleCall
from proxy.ledger.records import DEFAULT_TENANT
from proxy.ledger.rehearsal.drift_alarms import ALARM, DriftAlarm
from proxy.ledger.rehearsal.roll_backs import RollBack

JsonObject = dict[str, Any]
Message = News | CallToTell | RollBack | DriftAlarm


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of it; ``id`` names it for good, however often it is sent."""

    id: str
    type: str
    at: datetime
    tenant: str
    data: JsonObject
    subject: str
    words: str


def told_of(message: Message) -> Told:
    if isinstance(message, CallToTell):
        return _of_call(message.call)
    if isinstance(message, DriftAlarm):
        return _of_drift(message)
    return _of_roll_back(message) if isinstance(message, RollBack) else _of_case(message)


def as_json(message: Message) -> bytes:
    told = asdict(told_of(message))
    return msgspec.json.encode({name: told[name] for name in ("id", "type", "at", "tenant", "data")})


def as_slack(message: Message) -> bytes:
    """https://docs.slack.dev/messaging/formatting-message-text: three characters are to be escaped."""
    words = told_of(message).words
    text = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return msgspec.json.encode({"text": text})


def as_mail(message: Message, sender: str, to: tuple[str, ...]) -> EmailMessage:
    told, mail = told_of(message), EmailMessage()
    mail["From"], mail["To"] = sender, ", ".join(to)
    mail["Subject"] = told.subject
    mail["Message-ID"] = f"<{told.id}@{sender.partition('@')[2]}>"
    mail["Date"] = told.at
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(told.words + "\n")
    return mail


def _of_case(news: News) -> Told:
    about = f" about {news.topic}" if news.topic else ""
    until = f"; to be answered by {news.due_at:%Y-%m-%d %H:%M} UTC" if news.due_at else ""
    who = "" if news.actor == "cxai" else f" by {news.actor}"
    data = {
        "ref": news.ref,
        "status": news.status,
        "actor": news.actor,
        "queue": news.queue,
        "topic": news.topic,
        "risk": news.risk,
        "opened_at": news.opened_at,
        "due_at": news.due_at,
        "customer_id": news.customer_id,
        "conversation_id": news.conversation_id,
        "route": news.route,
    }
    return Told(
        id=f"evt_{news.ref}_{news.id}",
        type=f"escalation.{news.status}",
        at=news.at,
        tenant=news.tenant,
        data=data,
        subject=f"Case {news.ref}: {news.status}",
        words=f"Case {news.ref}{about} is {news.status}{who} (queue {news.queue}{until}).",
    )


def _of_call(call: PeopleCall) -> Told:
    data = asdict(call)
    at, tenant = data.pop("at"), data.pop("tenant")
    return Told(
        id=f"evt_people_{tenant}_{at:%Y%m%dT%H%M%S}",
        type="people.needed",
        at=at,
        tenant=tenant,
        data=data,
        subject="More people are needed",
        words=(
            f"More cases{_where(tenant)} wait than people can look at: {call.waiting}, with {call.people} at work, "
            f"so that a new one waits about {time_in_words(call.wait_s)}. "
            f"{call.people_needed} people would settle them within an hour."
        ),
    )


def _of_roll_back(one: RollBack) -> Told:
    return Told(
        id=f"evt_canary_{one.tenant}_{one.name}_{one.at:%Y%m%dT%H%M%S}",
        type="canary.rolled_back",
        at=one.at,
        tenant=one.tenant,
        data={"candidate": one.name, "reason": one.reason},
        subject=f"Candidate {one.name} is rolled back",
        words=(
            f"Candidate {one.name}{_where(one.tenant)} is rolled back. {one.reason} "
            "Its customers are answered as before, until a person decides about it."
        ),
    )


def _of_drift(alarm: DriftAlarm) -> Told:
    """Without what there is more of: of topics that is what a customer wrote."""
    changed = alarm.found[ALARM]
    days, words = alarm.found["days"], ", ".join(one["words"] for one in changed)
    return Told(
        id=f"evt_drift_{alarm.tenant}_{alarm.day}",
        type="traffic.drifted",
        at=alarm.at,
        tenant=alarm.tenant,
        data={
            "dimensions": [one["name"] for one in changed],
            "days": days,
            "conversations": alarm.found["conversations"],
        },
        subject="Live traffic has changed",
        words=(
            f"Live traffic{_where(alarm.tenant)} of the last {days} days is not like that of the {days} days before: "
            f"{words}. What was rehearsed may hold no longer: record it and rehearse anew. "
            "`cxai rehearse drift` says what there is more of."
        ),
    )


def _where(tenant: str) -> str:
    return "" if tenant == DEFAULT_TENANT else f" of {tenant}"


def signed(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of a signed call, as https://www.standardwebhooks.com has them."""
    key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    digest = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return {
        "content-type": "application/json",
        "idempotency-key": message_id,
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
