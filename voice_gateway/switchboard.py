"""All calls of this gateway: who may come in, who is in, and agents joining them."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import structlog

from voice_gateway.bot_link import BotLink
from voice_gateway.call import Call
from voice_gateway.clock import Clock
from voice_gateway.hearing import MakeHearing
from voice_gateway.leg import CallInfo, Leg, Refusal
from voice_gateway.limits import CallLimits
from voice_gateway.observing import Observers
from voice_gateway.pacer import Pacer
from voice_gateway.policy import CallPolicy
from voice_gateway.speech import Speech
from voice_gateway.transports.tickets import Ticket

log = structlog.get_logger(__name__)


def new_conversation_id() -> str:
    """An id that nobody can guess."""
    return f"call-{secrets.token_urlsafe(24)}"


class Switchboard:
    """Implements `CallTaker` for the transports, and `AgentTaker` for agents' browsers."""

    def __init__(
        self,
        *,
        bot: BotLink,
        speech: Speech,
        hear: MakeHearing,
        music: Callable[[int], Callable[[], bytes | None]],
        clock: Clock,
        pacer: Pacer,
        limits: CallLimits,
        policy: CallPolicy,
        observers: Observers,
        new_id: Callable[[], str] = new_conversation_id,
    ) -> None:
        self._bot = bot
        self._speech = speech
        self._hear = hear
        self._music = music
        self._clock = clock
        self._pacer = pacer
        self._limits = limits
        self._policy = policy
        self._observers = observers
        self._new_id = new_id
        self._calls: dict[str, Call] = {}

    @property
    def live(self) -> int:
        """Calls in progress."""
        return len(self._calls)

    def admit(self, info: CallInfo) -> Refusal | None:
        refusal = self._limits.admit(info)
        if refusal is not None:
            self._observers.refused(refusal)
        return refusal

    def release(self, info: CallInfo) -> None:
        self._limits.release(info)

    async def take(self, leg: Leg) -> None:
        conversation_id = self._new_id()
        observer = self._observers.of_call(conversation_id, leg)
        call = Call(
            leg,
            conversation_id=conversation_id,
            bot=self._bot,
            speech=self._speech,
            hear=self._hear,
            music=self._music(leg.rate),
            clock=self._clock,
            policy=self._policy,
            observer=observer,
        )
        self._calls[conversation_id] = call
        self._pacer.add(call.tick)
        log.info("call.began", conversation_id=conversation_id, transport=leg.info.transport)
        reason = "error"
        try:
            reason = await call.run()
        except Exception:
            log.exception("call.failed", conversation_id=conversation_id)
        finally:
            self._pacer.remove(call.tick)
            del self._calls[conversation_id]
            self._limits.release(leg.info)
            observer.ended(reason)
            log.info("call.ended", conversation_id=conversation_id, reason=reason)

    async def take_agent(self, leg: Leg, ticket: Ticket) -> None:
        """Bridge an agent with the call that their ticket names, if it is theirs now; else the leg ends."""
        call = self._calls.get(ticket.conversation_id)
        if call is None:
            leg.hang_up("no_call")
            return
        await call.join(leg, ticket)

    def end_all(self, reason: str) -> None:
        """Hang up everywhere: the gateway stops."""
        for call in list(self._calls.values()):
            call.end(reason)
