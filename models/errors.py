"""What can go wrong with models. Each error has a stable code and, where there is one, the mend.

The shape is that of the application's own errors, but this package imports nothing of the application.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class ModelError(Exception):
    """An error about a model: ``code`` is stable, ``message`` says what is wrong, ``hint`` names the mend."""

    code = "models.error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class ManifestInvalid(ModelError):
    """The manifest cannot be read, or an entry of it is wrong."""

    code = "models.manifest_invalid"


class ModelUnknown(ModelError):
    """The manifest has no model of that name."""

    code = "models.unknown"

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"there is no model {name!r}", hint=f"known are: {', '.join(sorted(known))}")


class ModelMissing(ModelError):
    """A model that is asked for has not been fetched, or not wholly."""

    code = "models.missing"

    def __init__(self, name: str, path: Path) -> None:
        super().__init__(f"{path} of the model {name} is not here", hint=f"firstline models fetch {name}")
        self.name = name


class SourceFailed(ModelError):
    """One source did not deliver a file; the next one is tried."""

    code = "models.source_failed"


class HashMismatch(SourceFailed):
    """What a source delivered is not the file that the manifest pins. It has been deleted."""

    code = "models.hash_mismatch"


class FetchFailed(ModelError):
    """No source delivered every file of a model; ``attempts`` has what each one answered."""

    code = "models.fetch_failed"

    def __init__(self, name: str, attempts: Sequence[tuple[str, SourceFailed]]) -> None:
        lines = "".join(f"\n  {source}: {error}" for source, error in attempts)
        super().__init__(
            f"the model {name} could not be fetched; every source failed:{lines or ' none is allowed'}",
            hint="see models/README.md for mirrors and for machines without a network",
        )
        self.attempts = tuple(attempts)
        if any(isinstance(error, HashMismatch) for _, error in attempts):
            self.code = HashMismatch.code
