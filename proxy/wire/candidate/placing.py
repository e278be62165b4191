"""Which side of a canary a request's customer is on, and with that, who answers."""

from __future__ import annotations

from dataclasses import replace

from proxy.wire.exchange import Exchange


def placed(exchange: Exchange) -> Exchange:
    """The request on its side: as it is where no canary runs for it, else answered by the candidate or not."""
    candidate = exchange.services.candidate
    opened, arm = candidate.opened, candidate.arm_of(exchange.inquiry)
    if opened is None or arm is None:
        return exchange
    inquiry = replace(exchange.inquiry, arm=arm)
    if arm.side == "control":
        return replace(exchange, inquiry=inquiry)
    given = replace(exchange, inquiry=inquiry, instead=exchange)
    return given.by(opened.services, opened.options.changes.system_prompt)
