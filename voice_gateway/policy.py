"""How calls are carried."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.transfer_targets import TransferSettings


@dataclass(frozen=True, kw_only=True)
class CallPolicy:
    """How calls are carried. Times in seconds."""

    name: str = "Firstline"
    languages: tuple[str, ...] = ("en",)
    recorded: bool = False
    silence_s: float = 7.0
    """A caller who says nothing for so long is asked again; twice, then offered a person, then let go."""
    moment_after_s: float = 2.5
    """When the bot takes longer than this, the caller is asked for a moment."""
    longest_s: float = 3600.0
    place_every_s: float = 30.0
    """How often who waits hears where they stand, when nothing changed."""
    agent_grace_s: float = 5.0
    """For so long an agent's browser may be gone before the caller goes back to the queue."""
    fallback_target: str | None = None
    """Where calls are passed on when the bot cannot be reached: a number or SIP URI."""
    transfers: TransferSettings = field(default_factory=TransferSettings)
    """Whither the desk may pass calls on outside, whatever the bot says of it."""
