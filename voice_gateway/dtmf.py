"""Keys that a caller presses (DTMF), made into numbers, choices of a menu, or the wish for a person.

Those pressed while a person is on the line are only put together.
"""

from __future__ import annotations

from dataclasses import dataclass

from voice_gateway.hearing import Expectation

BETWEEN_KEYS_S = 3.0
"""After so long without another key, a number is taken to be complete."""
LONE_ZERO_S = 2.0
"""For so long a 0 that may begin a number is held back before it means a person."""
MOST_KEYS = 32
"""A number is complete at this length at the latest: longer than any that is asked for."""


@dataclass(frozen=True, slots=True)
class Keys:
    """A number was keyed: its digits."""

    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A key of the menu: the place of what was chosen, from 0."""

    index: int


@dataclass(frozen=True, slots=True)
class Person:
    """0 alone: the caller wants a person."""


KeyEvent = Keys | Choice | Person


class KeyCollector:
    """What the keys of one call mean. Times are seconds of one monotonic clock, handed in.

    - Where a number of n digits is expected, it is complete at n. Any other ends by ``#``, or by a pause.
    - ``*`` erases what was keyed so far: nobody sees on a phone which digit was wrong.
    - In a menu, a key chooses at once. A key that the menu does not have begins a number, as any key does
      where nothing is asked: callers key in an order number without waiting for the question.
    - 0 as the first key asks for a person: at once, or, where a number is expected that may begin with it,
      when nothing but ``#`` follows. Where one digit is expected, it is that digit.
    """

    def __init__(self) -> None:
        self._expectation = Expectation()
        self._choices = 0
        self._keyed = ""
        self._last_at = 0.0

    def expect(self, expectation: Expectation, *, choices: int = 0) -> None:
        """What keys mean from now on; ``choices`` is the length of the menu, of which 9 have a key.

        What was keyed so far stays only where the question stays: a repeated prompt interrupts nobody.
        """
        if (expectation.kind, expectation.digits, choices) != (
            self._expectation.kind,
            self._expectation.digits,
            self._choices,
        ):
            self._keyed = ""
        self._expectation = expectation
        self._choices = choices

    def press(self, key: str, now: float) -> list[KeyEvent]:
        """What another key makes complete. Keys that callers' phones do not have (A-D) mean nothing."""
        events = self.tick(now)
        if key == "*":
            self._keyed = ""
        elif key == "#":
            events += self._finish()
        elif len(key) == 1 and key in "0123456789":
            events += self._digit(key, now)
        return events

    def tick(self, now: float) -> list[KeyEvent]:
        """What a pause makes complete; asked now and then."""
        if not self._keyed:
            return []
        patience = LONE_ZERO_S if self._is_lone_zero else BETWEEN_KEYS_S
        return self._finish() if now - self._last_at >= patience else []

    def clear(self) -> None:
        """Forget what was keyed: the caller went on by speaking."""
        self._keyed = ""

    @property
    def _wants_digits(self) -> bool:
        return self._expectation.kind == "digits"

    @property
    def _is_lone_zero(self) -> bool:
        return self._keyed == "0"

    def _digit(self, key: str, now: float) -> list[KeyEvent]:
        if not self._keyed and not self._wants_digits:
            if key == "0":
                return [Person()]
            if int(key) <= self._choices:
                return [Choice(int(key) - 1)]
        self._keyed += key
        self._last_at = now
        length = self._expectation.digits if self._wants_digits else None
        if len(self._keyed) >= min(length or MOST_KEYS, MOST_KEYS):
            keyed, self._keyed = self._keyed, ""
            return [Keys(keyed)]
        return []

    def _finish(self) -> list[KeyEvent]:
        keyed, self._keyed = self._keyed, ""
        if keyed == "0":
            return [Person()]
        return [Keys(keyed)] if keyed else []


class KeyRun:
    """Keys pressed to a person, told together when a pause follows: a card's number is masked when whole."""

    def __init__(self) -> None:
        self._keyed = ""
        self._last_at = 0.0

    def press(self, key: str, now: float) -> str:
        """Another key; the run so far where it grows too long, otherwise nothing."""
        before = self.finish() if len(self._keyed) >= MOST_KEYS else ""
        self._keyed += key
        self._last_at = now
        return before

    def tick(self, now: float) -> str:
        """The run, once a pause has made it complete; asked now and then."""
        return self.finish() if now - self._last_at >= BETWEEN_KEYS_S else ""

    def finish(self) -> str:
        """The run, whole or not."""
        keyed, self._keyed = self._keyed, ""
        return keyed
