"""Sources that the tests make themselves: a manifest, wheels and tarballs in a folder, a hub on 127.0.0.1."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from models.manifest import Manifest


def file_entry(path: str, content: bytes) -> dict[str, Any]:
    return {"path": path, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def hub_entry(**changes: Any) -> dict[str, Any]:
    return {"kind": "hub", "repository": "someone/tiny", "revision": "abc123", **changes}


def package_entry(*names: str, kind: str = "pypi", **changes: Any) -> dict[str, Any]:
    packages = [{"name": name, "version": "1.0", "size": 1} for name in names]
    return {"kind": kind, "packages": packages, **changes}


def model_entry(
    files: Mapping[str, bytes], *sources: dict[str, Any], name: str = "tiny", group: str = "chat"
) -> dict[str, Any]:
    return {
        "name": name,
        "title": "a model of the tests",
        "licence": "MIT",
        "languages": ["en"],
        "group": group,
        "trust": "first use",
        "files": [file_entry(path, content) for path, content in files.items()],
        "source": list(sources),
    }


def manifest_of(*models: dict[str, Any], hub: str = "http://127.0.0.1:1/{path}") -> Manifest:
    return Manifest.model_validate({"version": 1, "hub": hub, "model": list(models)})


def write_wheel(folder: Path, name: str, members: Mapping[str, bytes]) -> Path:
    path = folder / f"{name.replace('-', '_')}-1.0-py3-none-any.whl"
    path.write_bytes(zipped(members))
    return path


def write_tarball(folder: Path, name: str, members: Mapping[str, bytes | tarfile.TarInfo]) -> Path:
    path = folder / f"{name}-1.0.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for member, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                archive.addfile(content)
                continue
            info = tarfile.TarInfo(member)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def zipped(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return buffer.getvalue()


@dataclass
class Hub:
    """An HTTP server with `files` by path. ``cut`` ends each answer after so many bytes of the body, once for
    each number in it, as a broken connection does."""

    files: dict[str, bytes]
    cut: list[int] = field(default_factory=list)
    ranges: list[str | None] = field(default_factory=list)
    address: str = ""

    def answer(self, path: str, wanted: str | None) -> tuple[int, bytes]:
        self.ranges.append(wanted)
        content = self.files.get(path)
        if content is None:
            return 404, b""
        if wanted is None:
            return 200, content
        start = re.fullmatch(r"bytes=(\d+)-", wanted)
        assert start is not None
        return 206, content[int(start[1]) :]


@contextmanager
def serve(hub: Hub) -> Iterator[Hub]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = hub.answer(self.path.lstrip("/"), self.headers.get("Range"))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: hub.cut.pop(0)] if hub.cut else body)

        def log_message(self, *arguments: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.address = f"http://127.0.0.1:{server.server_port}/{{path}}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
