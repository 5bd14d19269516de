"""The gateway's errors: a stable code, what went wrong, and the mend."""

from __future__ import annotations


class VoiceError(Exception):
    """``code`` is stable (``area.problem``), ``message`` says what is wrong, ``hint`` names the mend."""

    code = "voice.error"

    def __init__(self, message: str, *, hint: str = "", code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class WorkerDied(VoiceError):
    """A worker process ended, or did not answer in time; it is started again by itself."""

    code = "worker.died"


class BotUnreachable(VoiceError):
    """The bot did not answer in time; the call goes on, and what waits is sent again."""

    code = "bot.unreachable"

    @property
    def is_refusal(self) -> bool:
        """Whether it did answer, with an error of its own: asking again would change nothing."""
        return self.code != BotUnreachable.code
