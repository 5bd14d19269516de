"""What is wrong with a project: errors that stop it, and findings that its owner should look at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.errors import FirstlineError


class ProjectError(FirstlineError):
    """A project that cannot be used as it is. The message names the file and the line, the hint the mend."""

    code = "project.invalid"
    status = 422


class Severity(StrEnum):
    """How much a finding matters: an error makes the bot misbehave, a warning may."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a project something is written; ``line`` counts from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


NOWHERE = Place("", 0)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the owner of a project should look at."""

    severity: Severity
    code: str
    message: str
    place: Place
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place.line else ""
        mend = f" ({self.hint})" if self.hint else ""
        return f"{where}{self.severity.value}: {self.message}{mend}"


class Findings(list[Finding]):
    """A list of findings that readers add to."""

    def warn(self, code: str, message: str, place: Place, *, hint: str = "") -> None:
        self.append(Finding(Severity.WARNING, code, message, place, hint))

    def error(self, code: str, message: str, place: Place, *, hint: str = "") -> None:
        self.append(Finding(Severity.ERROR, code, message, place, hint))

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self if finding.severity is Severity.ERROR]


def fail(message: str, place: Place, *, hint: str = "") -> ProjectError:
    """The error that a project cannot be read, with its place in front."""
    where = f"{place}: " if place.line else (f"{place.file}: " if place.file else "")
    return ProjectError(f"{where}{message}", hint=hint)
