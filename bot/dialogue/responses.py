"""Responses of the domain as messages: chosen by condition and channel, then filled with slots."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.events import BotUttered, Button
from bot.project.domain import Domain, Variation

LANGUAGE_SLOT = "language"

_PLACE = re.compile(r"\{([^{}\n]+)\}")


class Responses:
    """Chooses among a response's variations. The choice between equal ones is by the random source given."""

    def __init__(self, domain: Domain, *, chance: random.Random) -> None:
        self._domain = domain
        self._chance = chance

    def has(self, name: str) -> bool:
        return name in self._domain.responses

    def say(
        self,
        name: str,
        slots: Mapping[str, Any],
        *,
        channel: str,
        at: float,
        values: Mapping[str, Any] | None = None,
    ) -> BotUttered | None:
        """The response as said on a channel; None when the domain has no variation that fits.

        ``values`` fill places besides the slots and before them; ``at`` is the event's time.
        """
        fitting = self._fitting(self._domain.responses.get(name, ()), slots, channel)
        if not fitting:
            return None
        variation = fitting[0] if len(fitting) == 1 else self._chance.choice(fitting)
        known = {**slots, **(values or {})}
        return BotUttered(
            timestamp=at,
            text=fill(variation.text, known),
            buttons=tuple(_button(button, known) for button in variation.buttons),
            image=fill(variation.image, known),
            custom=fill(variation.custom, known),
            response=name,
            metadata=variation.metadata,
        )

    def fixed(self, *, channel: str, language: str | None = None) -> list[str]:
        """Every text that may be said on a channel just as it is written, for it names no slot.

        With a ``language``, none whose condition wants the slot ``language`` to be another one.
        """
        texts: dict[str, None] = {}
        for variations in self._domain.responses.values():
            for variation in _sayable(variations, channel):
                if variation.text and not _PLACE.search(variation.text) and _speaks(variation, language):
                    texts[variation.text] = None
        return list(texts)

    @staticmethod
    def _fitting(variations: Sequence[Variation], slots: Mapping[str, Any], channel: str) -> list[Variation]:
        """Rasa's order: conditional for the channel, plain for the channel, conditional, plain."""
        groups: tuple[list[Variation], ...] = ([], [], [], [])
        for variation in variations:
            if variation.channel is not None and variation.channel != channel:
                continue
            conditional = variation.conditions is not None
            if conditional and not _holds(variation, slots):
                continue
            rank = (0 if conditional else 1) if variation.channel is not None else (2 if conditional else 3)
            groups[rank].append(variation)
        return next((group for group in groups if group), [])


def _sayable(variations: Sequence[Variation], channel: str) -> list[Variation]:
    """Those that some slots could lead to: where one for the channel always fits, no general one is used."""
    own = [variation for variation in variations if variation.channel == channel]
    if any(variation.conditions is None for variation in own):
        return own
    return [*own, *(variation for variation in variations if variation.channel is None)]


def _speaks(variation: Variation, language: str | None) -> bool:
    wanted = [condition.value for condition in variation.conditions or () if condition.slot == LANGUAGE_SLOT]
    return language is None or all(isinstance(value, str) and value == language for value in wanted)


def _holds(variation: Variation, slots: Mapping[str, Any]) -> bool:
    for condition in variation.conditions or ():
        have, want = slots.get(condition.slot), condition.value
        if isinstance(have, str) and isinstance(want, str):
            if have.casefold() != want.casefold():
                return False
        elif have != want:
            return False
    return True


def fill(value: Any, known: Mapping[str, Any]) -> Any:
    """``{name}`` replaced in texts, also within lists and mappings; a text that names an unknown stays."""
    if isinstance(value, str):
        if "{" not in value:
            return value
        names = _PLACE.findall(value)
        if any(name not in known for name in names):
            return value
        return _PLACE.sub(lambda match: str(known[match[1]]), value)
    if isinstance(value, dict):
        return {key: fill(item, known) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, known) for item in value]
    return value


def _button(button: Mapping[str, Any], known: Mapping[str, Any]) -> Button:
    filled = fill(dict(button), known)
    title = str(filled.get("title") or filled.get("payload") or "")
    return Button(title=title, payload=str(filled.get("payload") or title))


def from_dispatcher(message: Mapping[str, Any], said: BotUttered | None, *, at: float) -> BotUttered | None:
    """A message that an action's dispatcher collected; ``said`` is the response that it names, if any.

    None when nothing is left to say.
    """
    text = message.get("text") or (said.text if said else None)
    buttons = (said.buttons if said else ()) + tuple(_button(b, {}) for b in message.get("buttons") or ())
    image = message.get("image") or (said.image if said else None)
    custom = message.get("custom") or message.get("json_message") or (said.custom if said else None)
    extra = {key: message[key] for key in ("attachment", "elements", "quick_replies") if message.get(key)}
    if extra:
        custom = {**(custom or {}), **extra}
    if not (text or buttons or image or custom):
        return None
    return BotUttered(
        timestamp=at,
        text=text,
        buttons=buttons,
        image=image,
        custom=custom or None,
        response=said.response if said else None,
        metadata={**(said.metadata if said else {}), **(message.get("metadata") or {})},
    )
