"""Reading named members out of package archives, without unpacking, importing or running anything of them.

A wheel is a zip file and an npm package a gzipped tar file. Members are looked up by their exact names and
streamed to a file of ours: where an archive claims that a member should go (``../``, ``/etc``) has no effect.
"""

from __future__ import annotations

import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol

from models.errors import SourceFailed

CHUNK_BYTES = 1 << 20
# What a broken or hostile archive makes the standard library raise.
_BROKEN = (
    OSError,
    EOFError,
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    RuntimeError,
    NotImplementedError,
)


class Archive(Protocol):
    """An open archive."""

    def open(self, member: str) -> IO[bytes] | None:
        """The bytes of the regular file called `member`, or None where there is none of that name."""

    def close(self) -> None: ...


class ZipArchive:
    """A zip file: a wheel, or a zip that came in parts."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path)

    def open(self, member: str) -> IO[bytes] | None:
        try:
            info = self._zip.getinfo(member)
        except KeyError:
            return None
        return None if info.is_dir() else self._zip.open(info)

    def close(self) -> None:
        self._zip.close()


class TarArchive:
    """A tar file, gzipped or not. Links and devices in it are not followed."""

    def __init__(self, path: Path) -> None:
        self._tar = tarfile.open(path)  # noqa: SIM115 - closed by close()

    def open(self, member: str) -> IO[bytes] | None:
        try:
            info = self._tar.getmember(member)
        except KeyError:
            return None
        return self._tar.extractfile(info) if info.isreg() else None

    def close(self) -> None:
        self._tar.close()


class ArchiveSet(AbstractContextManager["ArchiveSet"]):
    """Several open archives that are searched as one, in order. Raises `SourceFailed` for any broken one."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._stack = ExitStack()
        self._archives: list[Archive] = []
        try:
            for path in paths:
                archive: Archive = ZipArchive(path) if zipfile.is_zipfile(path) else TarArchive(path)
                self._stack.callback(archive.close)
                self._archives.append(archive)
        except _BROKEN as error:
            self._stack.close()
            raise SourceFailed(f"{path.name} is not a readable archive: {error}") from error

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def join(self, members: Sequence[str], into: Path, *, limit: int) -> None:
        """Write `members`, joined, to the file `into`; refuse to write more than `limit` bytes."""
        left = limit
        try:
            with into.open("wb") as sink:
                for member in members:
                    with self._open(member) as source:
                        while chunk := source.read(min(CHUNK_BYTES, left + 1)):
                            left -= len(chunk)
                            if left < 0:
                                raise SourceFailed(f"{member} is larger than the manifest says")
                            sink.write(chunk)
        except _BROKEN as error:
            raise SourceFailed(f"{member} cannot be read: {error}") from error

    def _open(self, member: str) -> IO[bytes]:
        for archive in self._archives:
            found = archive.open(member)
            if found is not None:
                return found
        raise SourceFailed(f"the package has no file {member}")


def copy(source: Path, into: Path) -> None:
    """Copy the file `source` to `into`; `SourceFailed` where it cannot be read."""
    try:
        shutil.copyfile(source, into)
    except OSError as error:
        raise SourceFailed(f"{source}: {error.strerror}") from error
