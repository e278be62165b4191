"""The shape of conversation.json's structured answer, for the clients that take pydantic models."""

from pydantic import BaseModel


class Limit(BaseModel):
    limit_kg: int
    sentence: str
