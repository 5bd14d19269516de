"""A caller who says nothing: asked again twice, then offered a person, then let go."""

from __future__ import annotations

from typing import Literal

Prompt = Literal["still_there", "still_there_again", "offer_person", "silent_goodbye"]
PROMPTS: tuple[Prompt, ...] = ("still_there", "still_there_again", "offer_person", "silent_goodbye")


class Silence:
    """Counts the time in which neither side does anything. Times in seconds."""

    def __init__(self, now: float, *, patience_s: float) -> None:
        self._patience_s = patience_s
        self._since = now
        self._asked = 0

    def broken(self, now: float) -> None:
        """The caller did something: the next silence begins anew."""
        self._since = now
        self._asked = 0

    def watch(self, now: float, *, busy: bool, caller_speaks: bool) -> Prompt | None:
        """The prompt that is due now. ``busy``: it is our turn, or nobody expects the caller to speak."""
        if caller_speaks:
            self.broken(now)
        elif busy:
            self._since = now
        elif now - self._since > self._patience_s and self._asked < len(PROMPTS):
            self._since = now
            self._asked += 1
            return PROMPTS[self._asked - 1]
        return None
