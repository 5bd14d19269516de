"""The base of actions that read and talk, and change nothing but the conversation."""

from __future__ import annotations

from rasa_sdk.interfaces import Action


class TalkingAction(Action):  # type: ignore[misc]  # rasa-sdk is published without types
    """A turn of these costs one write (see `bot.actions.runner.InProcessActions.register`)."""

    has_effects = False
