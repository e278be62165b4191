"""What rules may read, as types that CEL checks an expression against when it is compiled.

The types are protobuf messages, because only of those does CEL's checker know the fields, in lists too; over maps it
accepts a misspelt one. What a tool call's arguments hold only their tool knows: they are open (``Any``).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from cel_expr_python import cel
from google.protobuf import any_pb2, descriptor_pb2, struct_pb2
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

PACKAGE = "cxai"
TEXT, OPEN = "text", "open"

# The objects' fields: a text, something open, or a list of such objects.
OBJECTS: dict[str, dict[str, str]] = {
    "ToolCall": {"name": TEXT, "id": TEXT, "arguments": OPEN},
    "Request": dict.fromkeys(("model", "channel", "audience", "route", "market"), TEXT),
    "Customer": dict.fromkeys(("id", "conversation_id"), TEXT),
    "Answer": {"tool_calls": "ToolCall"},
}
VARIABLES = {"request": "Request", "customer": "Customer", "answer": "Answer", "tool_call": "ToolCall"}

# Reading arguments of this type is an error, in every way of reading them.
UNREADABLE: dict[str, Any] = {"type_url": f"type.googleapis.com/{PACKAGE}.Unreadable"}


def paths() -> list[str]:
    """Every name that a rule can write: ``request``, ``request.model``, ..."""
    fields = [f"{variable}.{field}" for variable, kind in VARIABLES.items() for field in OBJECTS[kind]]
    return [*VARIABLES, *fields]


@cache
def environment(*variables: str) -> cel.Env:
    """What compiles expressions over these variables."""
    types = {name: cel.Type(f"{PACKAGE}.{VARIABLES[name]}") for name in variables}
    return cel.NewEnv(_pool(), variables=types)


def message(kind: str, **fields: Any) -> Message:
    """One of the objects. Raises ValueError or TypeError where a value is not of its field's type."""
    return _classes()[kind](**fields)


def open_value(value: dict[str, Any]) -> dict[str, Any]:
    """A JSON object as an open field's value; its numbers are decimals. Raises ValueError where it cannot be one."""
    struct = struct_pb2.Struct()
    struct.update(value)
    packed = any_pb2.Any()
    packed.Pack(struct)
    return {"type_url": packed.type_url, "value": packed.value}


@cache
def _classes() -> dict[str, type[Message]]:
    return {kind: GetMessageClass(_pool().FindMessageTypeByName(f"{PACKAGE}.{kind}")) for kind in OBJECTS}


@cache
def _pool() -> DescriptorPool:
    pool = DescriptorPool()
    for known in (any_pb2, struct_pb2):
        pool.AddSerializedFile(known.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(
        name=f"{PACKAGE}/rules.proto",
        package=PACKAGE,
        syntax="proto3",
        dependency=[any_pb2.DESCRIPTOR.name],
        message_type=list(_descriptors()),
    )
    pool.AddSerializedFile(file.SerializeToString())
    return pool


def _descriptors() -> Iterator[descriptor_pb2.DescriptorProto]:
    for name, fields in OBJECTS.items():
        numbered = enumerate(fields.items(), start=1)
        yield descriptor_pb2.DescriptorProto(
            name=name, field=[_field(number, field, kind) for number, (field, kind) in numbered]
        )


def _field(number: int, name: str, kind: str) -> descriptor_pb2.FieldDescriptorProto:
    field = descriptor_pb2.FieldDescriptorProto
    if kind == TEXT:
        return field(name=name, number=number, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL)
    is_list = kind in OBJECTS
    return field(
        name=name,
        number=number,
        type=field.TYPE_MESSAGE,
        type_name=f".{PACKAGE}.{kind}" if is_list else f".{any_pb2.Any.DESCRIPTOR.full_name}",
        label=field.LABEL_REPEATED if is_list else field.LABEL_OPTIONAL,
    )
