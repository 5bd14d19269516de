"""Fakes for calls on a virtual clock: a leg, a bot, ears that say what they are told to, and a voice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace

from voice_gateway.audio import frame_bytes, silence
from voice_gateway.bot_link import Answer, CallStart, JoinRequest, News, Reply, Report, Said, State
from voice_gateway.call import Call
from voice_gateway.errors import BotUnreachable
from voice_gateway.hearing import Expectation, HearingEvent, TurnTimings, Utterance
from voice_gateway.leg import CallInfo, Ended, LegEvent, Marked, Reception
from voice_gateway.observer import TurnTiming
from voice_gateway.policy import CallPolicy
from voice_gateway.quality import Quality, estimate
from voice_gateway.speech import Clause
from voice_gateway.transports.tickets import Ticket

FRAME_S = 0.02
LETTER_FRAMES = 3
"""How long the fake voice takes for a letter: 60 ms."""


class VirtualClock:
    """Time that passes only when told to."""

    def __init__(self) -> None:
        self._now = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> float:
        return self._now

    async def sleep_until(self, when: float) -> None:
        if when <= self._now:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((when, woken))
        await woken

    def advance(self, seconds: float) -> None:
        self._now += seconds
        for when, woken in self._sleepers:
            if when <= self._now and not woken.done():
                woken.set_result(None)
        self._sleepers = [(when, woken) for when, woken in self._sleepers if not woken.done()]


class FakeLeg:
    """Keeps what is sent, and plays marks at once."""

    def __init__(self, info: CallInfo | None = None, *, rate: int = 8000, continuous: bool = False) -> None:
        self.info = info or CallInfo(transport="sip", call_id="c1", peer="127.0.0.1", caller="+4712345678")
        self.rate = rate
        self.continuous = continuous
        self.sent: list[bytes] = []
        self.cleared = 0
        self.digits = ""
        self.transfers: list[tuple[str, str]] = []
        self.hung_up: str | None = None
        self._tell: Callable[[LegEvent], None] = lambda _: None

    def listen(self, on_event: Callable[[LegEvent], None]) -> None:
        self._tell = on_event

    def tell(self, event: LegEvent) -> None:
        self._tell(event)

    def send(self, pcm: bytes) -> None:
        assert len(pcm) == frame_bytes(self.rate)
        self.sent.append(pcm)

    def mark(self, name: str) -> None:
        self._tell(Marked(name))

    def clear(self) -> None:
        self.cleared += 1

    def send_digits(self, digits: str) -> None:
        self.digits += digits

    def transfer(self, target: str, *, context_id: str) -> None:
        self.transfers.append((target, context_id))

    def hang_up(self, reason: str = "hangup") -> None:
        if self.hung_up is None:
            self.hung_up = reason
            self._tell(Ended(reason))

    def reception(self) -> Reception:
        return Reception(packets=100)


@dataclass
class FakeBot:
    """Answers what it is given, in order, when the ``gate`` is open; ``down`` makes it unreachable.

    ``refuses`` is the code with which it refuses the next request. ``let_in_as`` are, in order, where the
    call stands as an agent wants in: at once where it is None; a code is refused.
    """

    answers: list[Answer] = field(default_factory=list)
    state: State = field(default_factory=State)
    said: list[Said] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    down: bool = False
    refuses: str | None = None
    gate: asyncio.Event | None = None
    started: CallStart | None = None
    let_in_as: list[State | str | None] = field(default_factory=list)
    join_requests: list[JoinRequest] = field(default_factory=list)
    tell: Callable[[News], None] = lambda _: None

    async def start(self, call: CallStart, on_news: Callable[[News], None]) -> Answer:
        self.started = call
        self.tell = on_news
        if self.down:
            raise BotUnreachable("down")
        return Answer(state=self.state)

    async def say(self, conversation_id: str, said: Said) -> Answer:
        self.said.append(said)
        return await self._answer()

    async def request_handoff(self, conversation_id: str, *, language: str | None) -> Answer:
        self.asked.append(f"handoff {language}" if language else "handoff")
        return await self._answer()

    async def request_callback(self, conversation_id: str, *, phone: str) -> Answer:
        self.asked.append(f"callback {phone}")
        return await self._answer()

    async def let_in(self, conversation_id: str, request: JoinRequest) -> State:
        self.join_requests.append(request)
        standing = self.let_in_as.pop(0) if self.let_in_as else None
        if self.gate is not None:
            await self.gate.wait()
        if self.down:
            raise BotUnreachable("down")
        if isinstance(standing, str):
            raise BotUnreachable("refused", code=standing)
        data = {"handoff_id": request.handoff_id, "agent_id": request.agent_id}
        self.reports.append(Report(kind="agent_joined", data=data))
        held = State(holder="human", handoff_id=request.handoff_id, handoff_state="accepted")
        return standing or replace(held, agent_id=request.agent_id, agent_name="Ada Berg")

    def report(self, conversation_id: str, report: Report) -> None:
        self.reports.append(report)

    async def end(self, conversation_id: str) -> None:
        self.asked.append("end")

    async def _answer(self) -> Answer:
        if self.gate is not None:
            await self.gate.wait()
        if self.down:
            raise BotUnreachable("down")
        if self.refuses is not None:
            refused, self.refuses = self.refuses, None
            raise BotUnreachable("refused", code=refused)
        return self.answers.pop(0) if self.answers else Answer(state=self.state)

    def reported(self, kind: str) -> list[dict[str, object]]:
        return [dict(report.data) for report in self.reports if report.kind == kind]


class FakeEars:
    """Tells what the test has it hear."""

    def __init__(self, tell: Callable[[HearingEvent], None]) -> None:
        self.tell = tell
        self.expected = Expectation()
        self.speaking = False
        self.language: str | None = None
        self.candidates: Sequence[str] = ()
        self.is_bridged = False
        self.frames = 0
        self.closed = False

    def feed(self, pcm: bytes) -> None:
        self.frames += 1

    def expect(self, expectation: Expectation) -> None:
        self.expected = expectation

    def bot_speaks(self, speaking: bool) -> None:
        self.speaking = speaking

    def bridged(self, bridged: bool) -> None:
        self.is_bridged = bridged

    def set_language(self, language: str | None, candidates: Sequence[str] = ()) -> None:
        self.language, self.candidates = language, candidates

    async def close(self) -> None:
        self.closed = True


class FakeVoice:
    """Sixty ms of tone a letter, one clause a sentence."""

    async def clauses(self, text: str, *, language: str, rate: int) -> AsyncIterator[Clause]:
        for sentence in text.split(". "):
            if sentence:
                yield Clause(sentence, b"\x01\x10" * (frame_bytes(rate) // 2 * LETTER_FRAMES * len(sentence)))


class FakeObserver:
    """Counts."""

    def __init__(self) -> None:
        self.turns: list[TurnTiming] = []
        self.interruptions = 0
        self.misses = 0

    def turn(self, timing: TurnTiming) -> None:
        self.turns.append(timing)

    def interrupted(self) -> None:
        self.interruptions += 1

    def not_understood(self, why: str) -> None:
        self.misses += 1

    def audio(self, side: str, direction: str, rate: int, pcm: bytes) -> None:
        return

    def quality(self) -> Quality:
        return estimate(loss=0.0, delay_ms=20.0)


class TestCall:
    """A call with everything around it faked, driven frame by frame."""

    __test__ = False

    def __init__(
        self,
        policy: CallPolicy | None = None,
        *,
        bot: FakeBot | None = None,
        leg: FakeLeg | None = None,
    ) -> None:
        self.clock = VirtualClock()
        self.leg = leg or FakeLeg()
        self.bot = bot or FakeBot()
        self.ears: list[FakeEars] = []
        self.observer = FakeObserver()
        self.call = Call(
            self.leg,
            conversation_id="call-1",
            bot=self.bot,
            speech=FakeVoice(),
            hear=self._hear,
            music=lambda: silence(self.leg.rate),
            clock=self.clock,
            policy=policy or CallPolicy(),
            observer=self.observer,
        )
        self.running = asyncio.create_task(self.call.run())

    def _hear(self, rate: int, tell: Callable[[HearingEvent], None]) -> FakeEars:
        ears = FakeEars(tell)
        self.ears.append(ears)
        return ears

    async def pass_time(self, seconds: float) -> None:
        """Tick through some seconds."""
        for _ in range(round(seconds / FRAME_S)):
            self.clock.advance(FRAME_S)
            self.call.tick()
            await settle()

    async def until_quiet(self, most_s: float = 60.0) -> None:
        """Tick until nothing is being said."""
        await settle()
        for _ in range(round(most_s / FRAME_S)):
            if not self.call.speaker.is_speaking:
                return
            await self.pass_time(FRAME_S)
        raise AssertionError("it speaks on and on")

    async def hears(self, text: str, confidence: float = 0.9, *, surely_in: str | None = None) -> None:
        """The caller says something, perhaps surely in a language."""
        self.ears[0].tell(utterance(text, confidence=confidence, surely_in=surely_in))
        await settle()

    def prompts(self) -> list[str]:
        """What the gateway itself said, and was heard of it."""
        return [str(data["heard"]) for data in self.bot.reported("prompt")]


def ticket(agent_id: str = "ada", handoff_id: str = "h1", *, id: str = "t1") -> Ticket:
    """An agent's ticket for the call of `TestCall`."""
    who = {"agent_id": agent_id, "agent_name": agent_id.title(), "handoff_id": handoff_id}
    return Ticket(id=id, expires=60.0, conversation_id="call-1", **who)


def utterance(text: str, *, confidence: float = 0.9, surely_in: str | None = None) -> Utterance:
    """An utterance that took a second."""
    return Utterance(
        text=text,
        start_ms=0,
        end_ms=1000,
        confidence=confidence,
        language=surely_in or "en",
        language_sure=surely_in is not None,
        timings=TurnTimings(end_of_turn=0.4, recognition=0.2, waited=0.0),
    )


def answer(*texts: str, state: State | None = None, expects: Expectation | None = None) -> Answer:
    """An answer of the bot, its sequences counted from 10."""
    replies = tuple(Reply(sequence=number, text=text) for number, text in enumerate(texts, 10))
    return replace(Answer(replies=replies), state=state or State(), expects=expects or Expectation())


async def settle() -> None:
    """Let every task come to where it waits."""
    for _ in range(8):
        await asyncio.sleep(0)
