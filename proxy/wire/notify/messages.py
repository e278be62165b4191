"""What is told of a case's change: as JSON, to Slack, and as a mail. What customers wrote and read is never in it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import asdict
from email.message import EmailMessage
from typing import Any

import msgspec

from proxy.actions.waits import in_words as time_in_words
from proxy.ledger.desk_outbox import News
from proxy.ledger.people_calls import CallToTell, PeopleCall
from proxy.ledger.records import DEFAULT_TENANT

JsonObject = dict[str, Any]
Message = News | CallToTell


def event_id(news: Message) -> str:
    """Names the change for good, however often it is sent."""
    if isinstance(news, CallToTell):
        return f"evt_people_{news.call.tenant}_{news.call.at:%Y%m%dT%H%M%S}"
    return f"evt_{news.ref}_{news.id}"


def as_json(news: Message) -> bytes:
    if isinstance(news, CallToTell):
        call = asdict(news.call)
        at, tenant = call.pop("at"), call.pop("tenant")
        return msgspec.json.encode(
            {"id": event_id(news), "type": "people.needed", "at": at, "tenant": tenant, "data": call}
        )
    told = {
        "id": event_id(news),
        "type": f"escalation.{news.status}",
        "at": news.at,
        "tenant": news.tenant,
        "data": {
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
        },
    }
    return msgspec.json.encode(told)


def as_slack(news: Message) -> bytes:
    """https://docs.slack.dev/messaging/formatting-message-text: three characters are to be escaped."""
    text = in_words(news).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return msgspec.json.encode({"text": text})


def as_mail(news: Message, sender: str, to: tuple[str, ...]) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, ", ".join(to)
    mail["Subject"] = subject(news)
    mail["Message-ID"] = f"<{event_id(news)}@{sender.partition('@')[2]}>"
    mail["Date"] = news.call.at if isinstance(news, CallToTell) else news.at
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(in_words(news) + "\n")
    return mail


def subject(news: Message) -> str:
    return "More people are needed" if isinstance(news, CallToTell) else f"Case {news.ref}: {news.status}"


def in_words(news: Message) -> str:
    if isinstance(news, CallToTell):
        return _call_in_words(news.call)
    about = f" about {news.topic}" if news.topic else ""
    until = f"; to be answered by {news.due_at:%Y-%m-%d %H:%M} UTC" if news.due_at else ""
    who = "" if news.actor == "cxai" else f" by {news.actor}"
    return f"Case {news.ref}{about} is {news.status}{who} (queue {news.queue}{until})."


def _call_in_words(call: PeopleCall) -> str:
    where = "" if call.tenant == DEFAULT_TENANT else f" of {call.tenant}"
    return (
        f"More cases{where} wait than people can look at: {call.waiting}, with {call.people} at work, so that a new "
        f"one waits about {time_in_words(call.wait_s)}. {call.people_needed} people would settle them within an hour."
    )


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
