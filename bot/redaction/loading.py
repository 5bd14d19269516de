"""The gate as the settings want it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.errors import FirstlineError
from bot.redaction.gate import Gate, redact
from bot.redaction.kinds import PersonalKind
from models import store
from models.errors import ModelError

ENGLISH = "en-core-web-sm"
"""spaCy's English pipeline (models/manifest.toml): for names."""


def open_gate(kinds: Sequence[PersonalKind], *, keep: Collection[str] = ()) -> Gate:
    """The gate for cards and IBANs, and for these kinds of personal data; ``keep`` are nobody's names.

    Raises FirstlineError ``redaction.not_installed`` or ``redaction.model_missing``.
    """
    if not kinds:
        return redact
    try:
        from bot.redaction.personal import Personal
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0].startswith("bot"):
            raise
        raise FirstlineError(
            f"FIRSTLINE_REDACT needs the package {error.name}.",
            code="redaction.not_installed",
            hint="pip install 'firstline[redaction]'",
        ) from error
    english = None
    if "names" in kinds:
        try:
            english = store.path(ENGLISH)
        except ModelError as error:
            raise FirstlineError(
                str(error), code="redaction.model_missing", hint="run `firstline models fetch`"
            ) from error
    return Gate(Personal(kinds, keep=keep, english=english))
