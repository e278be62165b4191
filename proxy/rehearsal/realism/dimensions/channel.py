"""The channel that messages come by."""

from __future__ import annotations

from proxy.rehearsal.realism.dimensions.dimension import Categories

CHANNEL = Categories(
    "channel",
    "the channel that messages come by",
    lambda message: message.channel,
    lambda channel: f"come by {channel}",
)
