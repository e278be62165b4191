"""Reads the settings: the command line over ``CXAI_*`` over ``cxai.yaml`` over the defaults, each with its place."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource

from proxy.rules.mistakes import explain, suggestion
from proxy.rules.yaml_lines import Located, YamlError, read_yaml
from proxy.settings import PREFIX, SECRETS, LoadedSettings, Settings, SettingsError, variable_of
from proxy.wire.upstreams.options import key_files_below

CONFIG_FILE = "cxai.yaml"
CONFIG_VARIABLE = "CXAI_CONFIG"
OPENAI_KEY_VARIABLE = "OPENAI_API_KEY"
FOLDERS = ("corpus", "policies")
PATHS = (*FOLDERS, "embedding_cache", "calibration", "tls_cert", "tls_key")
OF_ONE_PROVIDER = ("upstream", "upstream_api_key", "upstream_auth", "upstream_query")
_FROM_OPENAI = f"environment ({OPENAI_KEY_VARIABLE})"


@dataclass(frozen=True, slots=True)
class _Layer:
    """The values of one source; ``place`` says where one stands, in the words of an error."""

    source: str
    values: Mapping[str, Any]
    places: Mapping[str, str] = field(default_factory=dict)


def load_settings(
    config: Path | None = None, command_line: Mapping[str, Any] | None = None
) -> LoadedSettings:
    """Read all sources. ``command_line`` holds what was given there by setting name; None means "not given".

    Raises SettingsError with every problem found.
    """
    given = {name: value for name, value in (command_line or {}).items() if value is not None}
    options = {name: f"--{name.replace('_', '-')}" for name in given}
    environment, warnings = _from_environment()
    layers = [_from_openai_key(), _from_file(config), environment, _Layer("command line", given, options)]
    values = {name: value for layer in layers for name, value in layer.values.items()}
    sources = {name: layer for layer in layers for name in layer.values}
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise SettingsError("\n".join(_problems(error, sources))) from None
    _check_folders(settings, sources)
    _check_one_way_of_naming_providers(sources)
    shown = {name: sources[name].source if name in sources else "default" for name in Settings.model_fields}
    return LoadedSettings(settings, shown, warnings)


def _from_openai_key() -> _Layer:
    key = os.environ.get(OPENAI_KEY_VARIABLE)
    return _Layer(
        _FROM_OPENAI, {"upstream_api_key": key} if key else {}, {"upstream_api_key": OPENAI_KEY_VARIABLE}
    )


def _from_environment() -> tuple[_Layer, tuple[str, ...]]:
    values = EnvSettingsSource(Settings)()
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and not _is_known(name))
    known = [variable_of(name) for name in Settings.model_fields]
    # A near miss is a setting that someone believes to be in force; others may belong to another program
    # (Kubernetes sets CXAI_SERVICE_HOST for a service that is called "cxai").
    misspelt = [
        (name, near[0]) for name in unknown if (near := get_close_matches(name, known, n=1, cutoff=0.85))
    ]
    if misspelt:
        raise SettingsError(
            "\n".join(f'{name}: unknown setting; did you mean "{meant}"?' for name, meant in misspelt)
        )
    warnings = tuple(f"{name}: no such setting; it is ignored (cxai settings lists them)" for name in unknown)
    return _Layer("environment", values, {name: variable_of(name) for name in values}), warnings


def _is_known(variable: str) -> bool:
    name = variable.removeprefix(PREFIX).lower()
    return name in Settings.model_fields or variable == CONFIG_VARIABLE or name.startswith("test_")


def _from_file(config: Path | None) -> _Layer:
    named = config or (Path(os.environ[CONFIG_VARIABLE]) if os.environ.get(CONFIG_VARIABLE) else None)
    path = named or Path(CONFIG_FILE)
    if named is None and not path.exists():
        return _Layer(CONFIG_FILE, {})
    located = _read(path)
    if located.data is None:
        return _Layer(str(path), {})
    if not isinstance(located.data, dict):
        raise SettingsError(f'{path}:1: must be a mapping of settings, such as "port: 8080"')
    places = {name: f"{path}:{located.line_of((name,))}" for name in located.data}
    unknown = [name for name in located.data if name not in Settings.model_fields]
    if unknown:
        lines = (
            f'{places[n]}: unknown key "{n}"{suggestion(n, list(Settings.model_fields))}' for n in unknown
        )
        raise SettingsError("\n".join(lines))
    return _Layer(str(path), _below(path.parent, located.data), places)


def _read(path: Path) -> Located:
    try:
        return read_yaml(path.read_text(encoding="utf-8"))
    except YamlError as error:
        raise SettingsError(f"{path}:{error.line}: {error.message}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _below(folder: Path, values: Mapping[str, Any]) -> dict[str, Any]:
    """Paths named in a file are meant from where the file is."""
    below = {name: folder / values[name] for name in PATHS if isinstance(values.get(name), str)}
    if isinstance(audit := values.get("audit"), dict) and isinstance(audit.get("folder"), str):
        below["audit"] = {**audit, "folder": folder / audit["folder"]}
    if "upstreams" in values:
        below["upstreams"] = key_files_below(folder, values["upstreams"])
    if isinstance(tenants := values.get("tenants"), dict):
        below["tenants"] = {
            name: _below(folder, one) if isinstance(one, dict) else one for name, one in tenants.items()
        }
    return {**values, **below}


def _problems(error: ValidationError, sources: Mapping[str, _Layer]) -> Iterator[str]:
    for mistake in explain(error, Settings):
        name = str(mistake.path[0])
        secret = next((part for part in mistake.path if part in SECRETS), None)
        message = f'"{secret}" is not a usable text' if secret else mistake.message
        place = sources[name].places.get(name, name) if name in sources else name
        yield f"{place}: {message}"


def _check_folders(settings: Settings, sources: Mapping[str, _Layer]) -> None:
    for name in FOLDERS:
        folder: Path | None = getattr(settings, name)
        if folder is None or name not in sources or folder.is_dir():
            continue
        if name == "corpus" and _is_revision(folder):
            continue
        raise SettingsError(f'{sources[name].places[name]}: there is no folder "{folder}"')
    for name, tenant in settings.tenants.items():
        for folder in filter(None, (tenant.corpus, tenant.policies)):
            if not folder.is_dir() and not _is_revision(folder):
                raise SettingsError(
                    f'{sources["tenants"].places["tenants"]}: tenant "{name}": there is no folder "{folder}"'
                )


def _check_one_way_of_naming_providers(sources: Mapping[str, _Layer]) -> None:
    """OpenAI's own variable counts for nothing here: it is set on many machines, for other programs."""
    of_one = [name for name in OF_ONE_PROVIDER if name in sources and sources[name].source != _FROM_OPENAI]
    if "upstreams" in sources and of_one:
        several, one = (sources[name].places[name] for name in ("upstreams", of_one[0]))
        raise SettingsError(
            f'{several}: "upstreams" stands in place of "{of_one[0]}" ({one}); give one of them'
        )


def _is_revision(corpus: Path) -> bool:
    folder, at, revision = str(corpus).rpartition("@")
    return bool(at and revision) and Path(folder).is_dir()
