"""What the settings say of several providers: what is refused, what is shown, and that the docs have it all."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from proxy.app import create_app
from proxy.attribute_docs import attribute_docs
from proxy.settings import Settings, SettingsError
from proxy.settings_sources import load_settings
from proxy.telemetry.metrics import Metrics
from proxy.wire.upstreams.opening import UpstreamError, open_upstreams
from proxy.wire.upstreams.options import KeyPlace, UpstreamOptions

DOCS = (Path(__file__).parents[3] / "docs" / "upstreams.md").read_text(encoding="utf-8")
ONE = {"name": "a", "url": "http://a.test/v1"}


@pytest.fixture(autouse=True)
def a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("CXAI_") or name == "OPENAI_API_KEY"]:
        monkeypatch.delenv(name)


def given(*upstreams: Any, **more: Any) -> Settings:
    Path("cxai.yaml").write_text(yaml.safe_dump({"upstreams": list(upstreams), **more}, sort_keys=False))
    return load_settings().settings


def refused(*upstreams: Any, **more: Any) -> str:
    with pytest.raises(SettingsError) as raised:
        given(*upstreams, **more)
    return str(raised.value)


def documented() -> dict[str, tuple[str, str]]:
    section = DOCS.split("## Several providers\n", 1)[1].split("\n### ", 1)[0]
    rows = re.findall(r"^\| `([^`]+)` \| (.+?) \| (.+) \|$", section, re.MULTILINE)
    return {name: (default, description) for name, default, description in rows}


def test_every_key_is_documented_with_its_default() -> None:
    def default(value: Any, required: bool) -> str:
        return "required" if required else f"`{value}`" if value not in (None, "") else "none"

    fields, said = UpstreamOptions.model_fields, attribute_docs(UpstreamOptions)
    assert documented() == {
        name: (default(info.default, info.is_required()), said[name]) for name, info in fields.items()
    }


def test_the_documented_example_is_valid() -> None:
    (example,) = re.findall(r"```yaml\n(# cxai.yaml\nupstreams:.+?)```", DOCS, re.DOTALL)
    settings = given(*yaml.safe_load(example)["upstreams"])
    openai, azure, local = settings.upstreams
    assert openai.api_key == KeyPlace(env="OPENAI_API_KEY")
    assert azure.models == {"gpt-4o": "our-gpt-4o-eu", "gpt-4o-mini": "our-mini-eu"}
    assert (local.api_key, local.models, local.retries) == (None, {"gpt-4o": "gpt-4o"}, 1)


def test_one_provider_is_a_list_of_one() -> None:
    (only,) = load_settings(command_line={"upstream": "http://b.test/v1/"}).settings.upstream_options()
    assert (only.name, only.url, only.api_key, only.breaker_failures, only.retries) == (
        "default", "http://b.test/v1", "client", 0, 0,
    )  # fmt: skip


def test_the_environment_takes_the_list_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXAI_UPSTREAMS", json.dumps([ONE]))
    assert [one.name for one in load_settings().settings.upstreams] == ["a"]
    monkeypatch.setenv("CXAI_UPSTREAMS", "http://a.test/v1")
    with pytest.raises(
        SettingsError, match=r"^CXAI_UPSTREAMS: .*list of mappings, in the environment as JSON"
    ):
        load_settings()


@pytest.mark.parametrize(
    ("upstreams", "said"),
    [
        ([ONE, {**ONE, "url": "http://b.test"}], 'must have different names; "a" is there twice'),
        ([{"name": "a"}], 'key "upstreams.0.url" is missing'),
        ([ONE, {**ONE, "name": "b", "prioritty": 1}], 'unknown key "upstreams.1.prioritty"; did you mean "priority"?'),
        ([{**ONE, "url": "a.test"}], '"upstreams.0.url" must be an address such as https://api.openai.com/v1'),
        ([{**ONE, "url": "http://me:pw@a.test"}], '"upstreams.0.url" must not hold a user or a password'),
        ([{**ONE, "url": "http://a.test?key=k"}], '"upstreams.0.url" must end before the "?"'),
        (
            [{**ONE, "url": "https://a.test/v1/chat/completions/"}],
            '"upstreams.0.url" must end before /chat/completions, which is added to it: https://a.test/v1',
        ),
        (
            [{**ONE, "url": "https://a.test/v1/responses"}],
            '"upstreams.0.url" must end before /responses, which is added to it: https://a.test/v1',
        ),
        ([{**ONE, "name": "A b"}], '"upstreams.0.name" is "A b"'),
        ([{**ONE, "retries": 99}], '"upstreams.0.retries" is 99'),
        ([{**ONE, "models": []}], '"upstreams.0.models" is'),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(upstreams: list[Any], said: str) -> None:
    message = refused(*upstreams)
    assert message.startswith("cxai.yaml:1: ") and said in message


@pytest.mark.parametrize(
    "key",
    [
        "sk-secret",
        {"env": "sk-secret"},
        {"env": "A", "file": "sk-secret"},
        {"value": "sk-secret"},
        ["sk-secret"],
        {},
        5,
    ],
)
def test_a_key_that_stands_there_itself_is_refused_and_not_repeated(key: Any) -> None:
    message = refused({**ONE, "api_key": key})
    assert "the key itself never stands in the settings" in message and "secret" not in message


def test_both_ways_at_once_are_refused_with_both_places(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(ONE, upstream="http://b.test") == (
        'cxai.yaml:1: "upstreams" stands in place of "upstream" (cxai.yaml:4); give one of them'
    )
    monkeypatch.setenv("CXAI_UPSTREAM_API_KEY", "sk-secret")
    message = refused(ONE)
    assert "(CXAI_UPSTREAM_API_KEY)" in message and "secret" not in message


def test_openais_own_variable_is_no_second_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-other")
    assert given(ONE).upstreams[0].api_key is None


def test_a_key_file_is_meant_from_where_the_settings_are(tmp_path: Path) -> None:
    Path("etc").mkdir()
    Path("etc/ours.yaml").write_text(yaml.safe_dump({"upstreams": [{**ONE, "api_key": {"file": "key"}}]}))
    settings = load_settings(Path("etc/ours.yaml")).settings
    assert settings.upstreams[0].api_key == KeyPlace(file=Path("etc/key"))


def test_keys_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", "sk-secret")
    given(
        {**ONE, "api_key": {"env": "A_KEY"}}, {"name": "b", "url": "http://b.test", "query": "key=sk-secret"}
    )
    shown = {one.name: one.value for one in load_settings().shown()}
    assert shown["upstreams"] == "a (http://a.test/v1, key: env A_KEY), b (http://b.test, key: none)"


def test_a_key_that_is_missing_stops_the_start_with_its_place(tmp_path: Path) -> None:
    options = UpstreamOptions(**ONE, api_key={"env": "NO_SUCH_KEY"})
    with pytest.raises(
        UpstreamError, match=r'the key of the upstream "a" is missing: .*"NO_SUCH_KEY" is not set'
    ):
        open_upstreams([options], Metrics())
    (tmp_path / "corpus").mkdir()
    settings = Settings(
        upstreams=[options], corpus=tmp_path / "corpus", database_url=f"sqlite:///{tmp_path}/l.db"
    )
    with pytest.raises(UpstreamError):
        create_app(settings)


def test_a_judge_asks_the_first_with_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", "sk-a")
    second = {
        "name": "b",
        "url": "http://b.test",
        "priority": -1,
        "auth": "api-key",
        "api_key": {"env": "A_KEY"},
    }
    provider = given(ONE, second).provider()
    assert (provider.url, provider.headers) == ("http://b.test", {"api-key": "sk-a"})
    assert given(ONE).provider().headers == {}
