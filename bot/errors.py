"""The one vocabulary of errors: a stable code, what went wrong, and the mend."""

from __future__ import annotations


class FirstlineError(Exception):
    """An error that a user, an operator or another program can act on.

    ``code`` is stable (``area.problem``) and is what programs match on; ``message`` says what is wrong,
    with file and line where a file is to blame; ``hint`` names the mend. ``status`` is the HTTP status
    that an API answers with, and ``retry_after_s`` after how many seconds trying again makes sense.
    """

    code = "firstline.error"
    status = 500
    retry_after_s: float | None = None

    def __init__(
        self, message: str, *, hint: str = "", code: str | None = None, status: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code
        if status is not None:
            self.status = status

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class InvalidInput(FirstlineError):
    """The caller sent something that does not fit; nothing was changed."""

    code = "input.invalid"
    status = 422


class NotFound(FirstlineError):
    """What was asked for does not exist, or the caller may not know that it does."""

    code = "not_found"
    status = 404


class Forbidden(FirstlineError):
    """The caller is known and may not do this."""

    code = "forbidden"
    status = 403


class Conflict(FirstlineError):
    """The state has moved on since the caller looked; look again and decide anew."""

    code = "conflict"
    status = 409


class Unavailable(FirstlineError):
    """Something that this needs is away for the moment; nothing is known to have changed. Try again."""

    code = "unavailable"
    status = 503
