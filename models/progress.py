"""How far a download is: an interface, and two ways to show it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

WORTH_A_LINE_BYTES = 1_000_000


class Reporter(Protocol):
    """Told what goes on while models are fetched."""

    def begin(self, what: str, *, total: int) -> None:
        """A transfer of `total` bytes begins; the one before it is over."""

    def at(self, done: int) -> None:
        """`done` bytes of the transfer are here."""

    def note(self, text: str) -> None:
        """Something worth a line: a model is complete, a source failed."""


class Silent:
    """Shows nothing."""

    def begin(self, what: str, *, total: int) -> None: ...

    def at(self, done: int) -> None: ...

    def note(self, text: str) -> None: ...


class Bars:
    """A progress bar on a terminal."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None, visible=False)

    def begin(self, what: str, *, total: int) -> None:
        self._progress.reset(self._task, total=total, description=what, visible=True)

    def at(self, done: int) -> None:
        self._progress.update(self._task, completed=done)

    def note(self, text: str) -> None:
        self._progress.update(self._task, visible=False)
        self._progress.console.print(text, markup=False, highlight=False, soft_wrap=True)


class Lines:
    """One line for each event, with the elapsed time: for logs."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def begin(self, what: str, *, total: int) -> None:
        if total >= WORTH_A_LINE_BYTES:
            self.note(f"{what} ({total / 1e6:.0f} MB) ...")

    def at(self, done: int) -> None: ...

    def note(self, text: str) -> None:
        print(f"    {time.monotonic() - self._started:4.0f} s  {text}", flush=True)


@contextmanager
def reporting() -> Iterator[Reporter]:
    """Bars where the output is a terminal, lines where it is not."""
    if not sys.stdout.isatty():
        yield Lines()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(), transient=True) as progress:
        yield Bars(progress)
