"""A key comes from where the settings say, a new one in a file counts, and no error shows one."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxy.wire.upstreams.keys import LOOK_EVERY_S, FileKey, KeyMissing, key_now, open_key
from proxy.wire.upstreams.options import KeyPlace


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_key_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    place = KeyPlace(env="A_PROVIDERS_KEY")
    monkeypatch.delenv("A_PROVIDERS_KEY", raising=False)
    with pytest.raises(KeyMissing, match='"A_PROVIDERS_KEY" is not set'):
        open_key(place)
    assert key_now(place) is None
    monkeypatch.setenv("A_PROVIDERS_KEY", " sk-1\n")
    assert open_key(place).value() == key_now(place) == "sk-1"


def test_a_new_key_in_the_file_counts_within_a_second(tmp_path: Path) -> None:
    file, clock = tmp_path / "key", Clock()
    file.write_text("sk-old\n")
    key = FileKey(file, clock)
    renewed = tmp_path / "renewed"
    renewed.write_text("sk-new\n")
    renewed.replace(file)
    assert key.value() == "sk-old"
    clock.now += LOOK_EVERY_S
    assert key.value() == "sk-new"


@pytest.mark.parametrize("content", [None, "", " \n", "sk-1\nsk-2", "sk-é"])
def test_the_last_good_key_stays_where_the_file_holds_none(tmp_path: Path, content: str | None) -> None:
    file, clock = tmp_path / "key", Clock()
    file.write_text("sk-good")
    key = FileKey(file, clock)
    file.unlink() if content is None else file.write_text(content)
    clock.now += LOOK_EVERY_S
    assert key.value() == "sk-good"


@pytest.mark.parametrize("content", [None, "", "sk-secret\nsk-2", "sk-secret-é"])
def test_at_the_start_it_must_be_there(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_text(content)
    with pytest.raises(KeyMissing) as raised:
        open_key(KeyPlace(file=file))
    assert str(file) in str(raised.value) and "secret" not in str(raised.value)
