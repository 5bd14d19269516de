from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import ManifestInvalid, ModelUnknown, manifest
from models.manifest import Hub, Manifest, Packages
from tests.models.mirrors import hub_entry, manifest_of, model_entry, package_entry

VALID = """
version = 1
hub = "https://example.org/{repository}/{revision}/{path}"

[[model]]
name = "tiny"
title = "a model"
licence = "MIT"
languages = ["en"]
group = "chat"
trust = "upstream"
files = [{ path = "%(path)s", size = 3, sha256 = "%(sha256)s" }]

[[model.source]]
kind = "hub"
repository = "someone/tiny"
revision = "abc123"
"""


def valid(*, path: str = "a.bin", sha256: str = "0" * 64) -> str:
    return VALID % {"path": path, "sha256": sha256}


def test_shipped_manifest_is_valid_and_names_what_the_chat_front_line_needs() -> None:
    loaded = manifest.load()
    assert [model.name for model in loaded.default] == ["minilm-l6-v2", "en-core-web-sm"]
    assert {"whisper-base", "silero-vad", "piper-en-us-joe"} <= {
        model.name for model in loaded.group("voice")
    }


def test_every_shipped_model_has_a_source_besides_the_hub() -> None:
    for model in manifest.load().model:
        assert any(isinstance(source, Packages) for source in model.source), model.name


def test_every_shipped_hub_source_is_pinned_to_a_revision_that_cannot_move() -> None:
    hubs = [source for model in manifest.load().model for source in model.source if isinstance(source, Hub)]
    assert hubs
    for hub in hubs:
        assert hub.revision not in ("main", "master")


def test_unknown_model_is_told_with_the_known_names() -> None:
    with pytest.raises(ModelUnknown, match=r"no model 'huge'.*known are: tiny"):
        manifest_of(model_entry({"a": b"x"}, hub_entry())).get("huge")


def test_member_of_a_file_is_in_the_folder_unless_the_manifest_says_otherwise() -> None:
    entry = package_entry("p", folder="p/data", members={"joined.bin": ["p/1", "p/2"]})
    model = manifest_of(model_entry({"plain.txt": b"x", "joined.bin": b"yz"}, entry)).model[0]
    source = model.source[0]
    assert isinstance(source, Packages)
    assert [source.members_of(file) for file in model.files] == [("p/data/plain.txt",), ("p/1", "p/2")]


@pytest.mark.parametrize(
    "path", ["../evil", "/etc/passwd", "a/../../b", "a//b", "", ".", "a\\\\b", "c:/x", "a/./b"]
)
def test_path_that_leaves_the_models_folder_is_refused(path: str) -> None:
    with pytest.raises(ManifestInvalid, match="model tiny: files: 0: path"):
        manifest.parse(valid(path=path), origin="m.toml")


def test_wrong_hash_is_told_with_file_model_and_field() -> None:
    with pytest.raises(ManifestInvalid, match=r"^m\.toml: model tiny: files: 0: sha256: "):
        manifest.parse(valid(sha256="abc"), origin="m.toml")


def test_same_model_twice_is_refused() -> None:
    text = valid() + VALID.split("\n\n", 1)[1] % {"path": "a", "sha256": "0" * 64}
    with pytest.raises(ManifestInvalid, match="the model 'tiny' is there twice"):
        manifest.parse(text, origin="m.toml")


def test_same_file_twice_is_refused() -> None:
    entry = '{ path = "a.bin", size = 3, sha256 = "%s" }' % ("0" * 64)
    with pytest.raises(ManifestInvalid, match=r"model tiny: the file 'a\.bin' is there twice"):
        manifest.parse(valid().replace(f"[{entry}]", f"[{entry}, {entry}]"), origin="m.toml")


def test_broken_toml_is_told_with_its_line() -> None:
    with pytest.raises(ManifestInvalid, match=r"m\.toml: .*line 2"):
        manifest.parse("version = 1\nhub = \n", origin="m.toml")


def test_absent_manifest_is_told_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(ManifestInvalid, match=r"absent\.toml: No such file"):
        manifest.load(tmp_path / "absent.toml")


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(field=st.sampled_from(["name", "files", "source", "group", "trust", "languages"]), value=json_like)
def test_entry_with_any_field_replaced_is_read_or_refused_with_our_error(field: str, value: Any) -> None:
    entry = model_entry({"a": b"x"}, hub_entry()) | {field: value}
    text = _toml({"version": 1, "hub": "h", "model": [entry]})
    if text is None:
        return
    # Any other exception fails the test.
    with suppress(ManifestInvalid):
        assert manifest.parse(text, origin="m.toml").names


@given(path=st.text(min_size=1, max_size=40))
def test_any_path_that_is_accepted_stays_below_its_folder(path: str) -> None:
    folder = Path("/somewhere/downloads/tiny")
    entry = model_entry({"a": b"x"}, hub_entry())
    entry["files"][0]["path"] = path
    try:
        model = Manifest.model_validate({"version": 1, "hub": "h", "model": [entry]}).model[0]
    except ValueError:
        return
    joined = (folder / model.files[0].path).resolve()
    assert joined != folder
    assert joined.is_relative_to(folder)


def _toml(value: Any) -> str | None:
    """`value` as one inline TOML document, or None where TOML cannot say it."""
    try:
        text = "\n".join(f"{_key(key)} = {_inline(item)}" for key, item in value.items())
        tomllib.loads(text)
    except (ValueError, TypeError):
        return None
    return text


def _key(key: str) -> str:
    return _inline(key)


def _inline(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case str():
            return '"' + "".join(f"\\U{ord(character):08x}" for character in value) + '"'
        case list():
            return "[" + ", ".join(map(_inline, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{_key(key)} = {_inline(item)}" for key, item in value.items()) + "}"
    raise TypeError(value)
