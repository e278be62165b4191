"""A model's name in a body is replaced, and no other byte changes."""

from __future__ import annotations

import json
import timeit
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxy.wire.upstreams.model_name import with_model

KEYS = st.sampled_from(["model", "a", '"'])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"model":"a"}', '{"model":"B"}'),
        (' { "model" :\n"a" , "n": 1.0e0}', ' { "model" :\n"B" , "n": 1.0e0}'),
        ('{"model":"a","x":1,"model":"b"}', '{"model":"B","x":1,"model":"B"}'),
        ('{"mod\\u0065l":"\\u0061"}', '{"mod\\u0065l":"B"}'),
        ('{"metadata":{"model":"a"},"model":"a"}', '{"metadata":{"model":"a"},"model":"B"}'),
        ('{"messages":[{"model":"a"}],"model":"a"}', '{"messages":[{"model":"a"}],"model":"B"}'),
        ('{"user":"model","model":"a"}', '{"user":"model","model":"B"}'),
        ('{"user":"\\"model\\":\\"a\\"","model":"a"}', '{"user":"\\"model\\":\\"a\\"","model":"B"}'),
        ('{"user":"}{][","model":"a"}', '{"user":"}{][","model":"B"}'),
        ('{"model":{"model":"x"},"model":"a"}', '{"model":{"model":"x"},"model":"B"}'),
        ('{"model":5,"model":"a"}', '{"model":5,"model":"B"}'),
        ('{"a":1}', '{"a":1}'),
    ],
)
def test_only_the_models_name_changes(body: str, expected: str) -> None:
    assert with_model(body.encode(), "B").decode() == expected


def test_a_name_is_written_as_json() -> None:
    assert json.loads(with_model(b'{"model":"a"}', 'a"\\é\n')) == {"model": 'a"\\é\n'}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", '"model"', "é"]), VALUES), max_size=4),
    st.text(min_size=1),
    st.text(),
)
def test_whatever_stands_beside_it_stays(beside: list[tuple[str, Any]], old: str, new: str) -> None:
    def body(model: str) -> bytes:
        members = [f"{json.dumps(key)} : {json.dumps(value)}" for key, value in beside]
        members.insert(len(members) // 2, f'"model"  :{json.dumps(model, ensure_ascii=False)}')
        return ("{ " + " ,\t".join(members) + "}\n").encode()

    changed = with_model(body(old), new)
    assert json.loads(changed)["model"] == new
    assert with_model(changed, old) == with_model(body(old), old)
    start = body("\x00").index(b'"model"  :')
    assert changed[:start] == body(old)[:start]
    assert changed.endswith(body("")[start + len('"model"  :""') :])


@pytest.mark.alone
def test_a_long_conversation_with_a_picture_takes_not_much_longer_than_reading_it() -> None:
    messages = [{"role": "user", "content": "word " * 20} for _ in range(2_000)]
    body = json.dumps({"messages": [*messages, {"content": "A" * 4_000_000}], "model": "a"}).encode()
    assert json.loads(with_model(body, "b"))["model"] == "b"
    reading = min(timeit.repeat(lambda: json.loads(body), number=1, repeat=5))
    assert min(timeit.repeat(lambda: with_model(body, "b"), number=1, repeat=5)) < 20 * reading
