"""Settings: which source counts, what is refused, what is hidden, and that the docs have them all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from proxy.attribute_docs import attribute_docs
from proxy.rules.policies import Route
from proxy.settings import MASK, Settings, SettingsError, shown_value, variable_of
from proxy.settings_sources import load_settings

DOCS = (Path(__file__).parents[1] / "docs" / "configuration.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("CXAI_") or name == "OPENAI_API_KEY"]:
        monkeypatch.delenv(name)


def refused(**command_line: object) -> str:
    with pytest.raises(SettingsError) as raised:
        load_settings(command_line=command_line)
    return str(raised.value)


def test_command_line_counts_over_environment_over_file_over_default(monkeypatch: pytest.MonkeyPatch):
    Path("cxai.yaml").write_text("port: 1001\nhost: 10.0.0.1\njudge_queue: 7\n")
    monkeypatch.setenv("CXAI_PORT", "1002")
    monkeypatch.setenv("CXAI_HOST", "10.0.0.2")
    loaded = load_settings(command_line={"port": 1003, "upstream": None})
    settings = loaded.settings
    assert (settings.port, settings.host, settings.judge_queue) == (1003, "10.0.0.2", 7)
    assert settings.upstream == "https://api.openai.com/v1"
    sources = [loaded.sources[name] for name in ("port", "host", "judge_queue", "upstream")]
    assert sources == ["command line", "environment", "cxai.yaml", "default"]


def test_the_providers_key_falls_back_to_openais(monkeypatch: pytest.MonkeyPatch):
    assert load_settings().settings.provider_key() is None
    monkeypatch.setenv("OPENAI_API_KEY", "sk-general")
    loaded = load_settings()
    assert loaded.settings.provider_key() == "sk-general"
    assert loaded.sources["upstream_api_key"] == "environment (OPENAI_API_KEY)"
    monkeypatch.setenv("CXAI_UPSTREAM_API_KEY", "sk-ours")
    assert load_settings().settings.provider_key() == "sk-ours"


def test_the_file_may_be_named_and_its_folders_are_meant_from_where_it_is(monkeypatch: pytest.MonkeyPatch):
    Path("etc/docs").mkdir(parents=True)
    Path("etc/ours.yaml").write_text("corpus: docs\n")
    assert load_settings(Path("etc/ours.yaml")).settings.corpus == Path("etc/docs")
    monkeypatch.setenv("CXAI_CONFIG", "etc/ours.yaml")
    loaded = load_settings()
    assert (loaded.settings.corpus, loaded.sources["corpus"]) == (Path("etc/docs"), "etc/ours.yaml")


def test_the_policies_folder_is_used_where_there_is_one():
    assert load_settings().settings.policies is None
    Path("policies").mkdir()
    assert load_settings().settings.policies == Path("policies")


def test_a_corpus_may_be_a_git_revision():
    Path("docs").mkdir()
    assert load_settings(command_line={"corpus": "docs@v1.2"}).settings.corpus == Path("docs@v1.2")


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CXAI_PORT", "")
    assert load_settings().sources["port"] == "default"


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("port: 80\ncorpsu: docs\n", 'cxai.yaml:2: unknown key "corpsu"; did you mean "corpus"?'),
        ("port: 80\nport: 81\n", 'cxai.yaml:2: key "port" is already given in line 1'),
        ("\nport: eighty\n", 'cxai.yaml:2: "port" is "eighty": it should be a valid integer'),
        (
            "store_text: some\n",
            'cxai.yaml:1: "store_text" cannot be "some"; allowed: "full", "masked", "none"',
        ),
        ("upstream_api_key: 12345\n", 'cxai.yaml:1: "upstream_api_key" is not a usable text'),
        ("corpus: nowhere\n", 'cxai.yaml:1: there is no folder "nowhere"'),
        ("- port\n", 'cxai.yaml:1: must be a mapping of settings, such as "port: 8080"'),
        ("port: [80\n", "cxai.yaml:2: not valid YAML: expected ',' or ']', but got '<stream end>'"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_line(file: str, message: str):
    Path("cxai.yaml").write_text(file)
    assert refused() == message


def test_every_mistake_is_named_by_where_it_was_made(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CXAI_DRAIN_S", "-1")
    assert refused(port=70000, upstream="api.openai.com").splitlines() == [
        '--upstream: "upstream" must be an address such as https://api.openai.com/v1',
        '--port: "port" is 70000: it should be less than or equal to 65535',
        'CXAI_DRAIN_S: "drain_s" is "-1": it should be greater than or equal to 0',
    ]


def test_a_misspelt_variable_is_refused_and_a_foreign_one_only_noted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CXAI_SERVICE_HOST", "10.0.0.1")
    (warning,) = load_settings().warnings
    assert warning.startswith("CXAI_SERVICE_HOST: no such setting")
    monkeypatch.setenv("CXAI_STORE_TXT", "none")
    assert refused() == 'CXAI_STORE_TXT: unknown setting; did you mean "CXAI_STORE_TEXT"?'


def test_a_named_file_that_is_missing_is_an_error():
    with pytest.raises(SettingsError, match=r"ours\.yaml: cannot be read: No such file"):
        load_settings(Path("ours.yaml"))


def test_secrets_are_not_shown():
    given = {
        "upstream_api_key": "sk-secret",
        "database_url": "postgresql://cxai:hidden@db/cxai?sslpassword=too",
    }
    loaded = load_settings(command_line=given)
    shown = {one.name: one.value for one in loaded.shown()}
    assert shown["upstream_api_key"] == MASK
    assert shown["database_url"] == f"postgresql://cxai:{MASK}@db/cxai?sslpassword={MASK}"
    assert shown_value("upstream_query", "api-version=1&api_key=k") == f"api-version=1&api_key={MASK}"
    assert "sk-secret" not in repr(loaded.settings)


def documented(heading: str) -> dict[str, tuple[str, str]]:
    """The rows of the table below a heading: name, default and description."""
    section = re.split(r"\n#{2,3} ", DOCS.split(f"{heading}\n", 1)[1])[0]
    rows = re.findall(r"^\| `([^`]+)` \| (.+?) \| (.+) \|$", section, re.MULTILINE)
    return {name: (default, description) for name, default, description in rows}


def test_every_setting_is_documented_and_every_documented_one_exists():
    rows = documented("## Settings")
    assert {name: description for name, (_, description) in rows.items()} == attribute_docs(Settings)
    assert rows.keys() == Settings.model_fields.keys()


def test_the_documented_defaults_are_the_real_ones():
    for name, (default, _) in documented("## Settings").items():
        field = Settings.model_fields[name]
        if field.default_factory is None:
            assert default == (f"`{shown_value(name, field.default)}`" if field.default else default), name


def test_the_docs_know_how_a_setting_is_called_in_the_environment():
    assert variable_of("corpus") == "CXAI_CORPUS" and "`CXAI_CORPUS=" in DOCS


def route_keys(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str | None]]:
    said = attribute_docs(model)
    for name, info in model.model_fields.items():
        if isinstance(info.default, BaseModel):
            yield from route_keys(type(info.default), f"{prefix}{name}.")
        else:
            yield prefix + name, said.get(name)


def test_every_key_of_a_route_is_documented_and_every_documented_one_exists():
    rows = documented("### What a route says")
    assert {name: description for name, (_, description) in rows.items()} == dict(route_keys(Route))


def test_the_documented_policies_are_valid():
    from proxy.rules.reading import policies_from

    (example,) = re.findall(r"```yaml\n(# policies/.+?)```", DOCS, re.DOTALL)
    policies = policies_from({"policies/routes.yaml": example})
    assert [route.name for route in policies.routes] == ["staff-assistant", "email", "default"]
    assert [route.mode for route in policies.routes] == ["off", "observe", "observe"]


def test_every_variable_that_the_docs_and_the_containers_name_exists():
    root = Path(__file__).parents[1]
    files = [root / "README.md", root / "Dockerfile", root / "compose.yaml", *root.glob("docs/**/*.md")]
    known = {variable_of(name) for name in Settings.model_fields} | {"CXAI_CONFIG"}
    for file in files:
        named = set(re.findall(r"\bCXAI_[A-Z_]*[A-Z]\b", file.read_text(encoding="utf-8")))
        unknown = {name for name in named - known if not name.startswith("CXAI_TEST")}
        assert not unknown, f"{file.name} names {unknown}"


def test_workers_share_the_cores_unless_it_is_said_how_many_judge() -> None:
    alone = Settings(workers=1).judge_threads
    assert Settings(workers=2).judge_threads == max(1, alone // 2)
    assert Settings(workers=64).judge_threads == 1
    assert Settings(workers=2, judge_threads=5).judge_threads == 5
