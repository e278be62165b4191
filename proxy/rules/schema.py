"""What rules may read, as types that CEL checks an expression against when it is compiled.

The types are protobuf messages, because only of those does CEL's checker know the fields, in lists too; over maps it
accepts a misspelt one. What a tool call's arguments hold only their tool knows: they are open (``Any``). A fact's value
is null where it is not known, so that its type is a wrapper; there is none for times, so that they are open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

from cel_expr_python import cel
from google.protobuf import any_pb2, descriptor_pb2, struct_pb2, timestamp_pb2, wrappers_pb2
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from proxy.rules.fact_values import FactType

PACKAGE = "cxai"
TEXT, TEXTS, FLAG, DECIMAL, MOMENT, OPEN = "text", "[text]", "flag", "decimal", "moment", "open"
FLAG_OR_NULL, DECIMAL_OR_NULL, TEXT_OR_NULL = "flag?", "decimal?", "text?"

_SCALARS = {
    TEXT: descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
    FLAG: descriptor_pb2.FieldDescriptorProto.TYPE_BOOL,
    DECIMAL: descriptor_pb2.FieldDescriptorProto.TYPE_DOUBLE,
}
_WELL_KNOWN = {
    OPEN: any_pb2.Any,
    MOMENT: timestamp_pb2.Timestamp,
    FLAG_OR_NULL: wrappers_pb2.BoolValue,
    DECIMAL_OR_NULL: wrappers_pb2.DoubleValue,
    TEXT_OR_NULL: wrappers_pb2.StringValue,
}
_KNOWN_FILES = (any_pb2, struct_pb2, timestamp_pb2, wrappers_pb2)


def _fact(value: str) -> dict[str, str]:
    return {"value": value, "state": TEXT, "age_s": DECIMAL_OR_NULL, "source": TEXT}


FACTS: dict[FactType, str] = {
    "bool": "BoolFact",
    "number": "NumberFact",
    "text": "TextFact",
    "time": "TimeFact",
}
OBJECTS: dict[str, dict[str, str]] = {
    "Request": {
        **dict.fromkeys(("model", "channel", "audience", "route", "market", "tenant", "text"), TEXT),
        **dict.fromkeys(("about_account", "about_open_case", "wants_person", "is_complaint"), FLAG),
    },
    "Customer": dict.fromkeys(("id", "conversation_id"), TEXT),
    "Time": {"now": MOMENT},
    "Answer": {"text": TEXT, "tool_calls": "[ToolCall]"},
    "Claim": {**dict.fromkeys(("text", "kind", "verdict", "document"), TEXT), "confidence": DECIMAL},
    "ToolCall": {"name": TEXT, "id": TEXT, "arguments": OPEN},
    "BoolFact": _fact(FLAG_OR_NULL),
    "NumberFact": _fact(DECIMAL_OR_NULL),
    "TextFact": _fact(TEXT_OR_NULL),
    "TimeFact": _fact(OPEN),
}
# The fields of the context that are no facts; no fact may have such a name.
CONTEXT = {"completeness": DECIMAL, "not_fresh": TEXTS}
VARIABLES = {
    "request": "Request",
    "customer": "Customer",
    "context": "Context",
    "time": "Time",
    "answer": "Answer",
    "claims": "[Claim]",
    "tool_call": "ToolCall",
}

# Reading arguments of this type is an error, in every way of reading them.
UNREADABLE: dict[str, Any] = {"type_url": f"type.googleapis.com/{PACKAGE}.Unreadable"}


class Schema:
    """The types of what rules may read where these facts are declared."""

    def __init__(self, facts: Mapping[str, FactType]) -> None:
        self.facts = dict(facts)
        declared = {name: FACTS[kind] for name, kind in facts.items()}
        self.objects = {**OBJECTS, "Context": {**CONTEXT, **declared}}
        self._environments: dict[tuple[str, ...], cel.Env] = {}

    def paths(self) -> list[str]:
        """Every name that a rule can write: ``request``, ``request.model``, ..."""
        fields = [
            f"{variable}.{field}"
            for variable, kind in VARIABLES.items()
            for field in self.objects.get(kind, ())
        ]
        return [*VARIABLES, *fields]

    def without(self, kind: str, field: str) -> Schema:
        """The same types but for one field of one of them."""
        other = Schema(self.facts)
        fields = {name: of for name, of in self.objects[kind].items() if name != field}
        other.objects = {**self.objects, kind: fields}
        return other

    def environment(self, variables: Sequence[str]) -> cel.Env:
        """What compiles expressions over these variables."""
        key = tuple(variables)
        if key not in self._environments:
            types = {name: _type(VARIABLES[name]) for name in key}
            self._environments[key] = cel.NewEnv(self._pool, variables=types)
        return self._environments[key]

    def message(self, kind: str, /, **fields: Any) -> Message:
        """One of the objects. Raises ValueError or TypeError where a value is not of its field's type."""
        return self._classes[kind](**fields)

    @cached_property
    def _classes(self) -> dict[str, type[Message]]:
        return {
            kind: GetMessageClass(self._pool.FindMessageTypeByName(f"{PACKAGE}.{kind}"))
            for kind in self.objects
        }

    @cached_property
    def _pool(self) -> DescriptorPool:
        pool = DescriptorPool()
        for known in _KNOWN_FILES:
            pool.AddSerializedFile(known.DESCRIPTOR.serialized_pb)
        file = descriptor_pb2.FileDescriptorProto(
            name=f"{PACKAGE}/rules.proto",
            package=PACKAGE,
            syntax="proto3",
            dependency=[known.DESCRIPTOR.name for known in _KNOWN_FILES],
            message_type=list(_descriptors(self.objects)),
        )
        pool.AddSerializedFile(file.SerializeToString())
        return pool


@lru_cache(maxsize=4)
def _schema(facts: tuple[tuple[str, FactType], ...]) -> Schema:
    return Schema(dict(facts))


def schema_of(facts: Mapping[str, FactType]) -> Schema:
    """The schema of these facts; one for the same facts, since reloads mostly change rules."""
    return _schema(tuple(facts.items()))


def open_value(value: dict[str, Any]) -> dict[str, Any]:
    """A JSON object as an open field's value; its numbers are decimals. Raises ValueError where it cannot be one."""
    struct = struct_pb2.Struct()
    struct.update(value)
    return packed(struct)


def packed(value: Message) -> dict[str, Any]:
    """A message as an open field's value."""
    into = any_pb2.Any()
    into.Pack(value)
    return {"type_url": into.type_url, "value": into.value}


def _type(kind: str) -> cel.Type:
    if kind.startswith("["):
        return cel.Type.List(_type(kind.strip("[]")))
    return cel.Type(f"{PACKAGE}.{kind}")


def _descriptors(objects: Mapping[str, Mapping[str, str]]) -> Iterator[descriptor_pb2.DescriptorProto]:
    for name, fields in objects.items():
        numbered = enumerate(fields.items(), start=1)
        yield descriptor_pb2.DescriptorProto(
            name=name, field=[_field(number, field, kind) for number, (field, kind) in numbered]
        )


def _field(number: int, name: str, kind: str) -> descriptor_pb2.FieldDescriptorProto:
    field = descriptor_pb2.FieldDescriptorProto
    label = field.LABEL_REPEATED if kind.startswith("[") else field.LABEL_OPTIONAL
    kind = kind.strip("[]")
    if kind in _SCALARS:
        return field(name=name, number=number, type=_SCALARS[kind], label=label)
    known = _WELL_KNOWN.get(kind)
    type_name = known.DESCRIPTOR.full_name if known else f"{PACKAGE}.{kind}"
    return field(name=name, number=number, type=field.TYPE_MESSAGE, type_name=f".{type_name}", label=label)
