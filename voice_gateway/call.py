"""One call: who talks with the caller now, and what happens when somebody speaks, presses, waits or leaves.

Audio, keys and news come in by synchronous callbacks, which stop or resume what is being said at once; what
takes time (the bot's answer) runs as one job after another. All deadlines are looked at in `Call.tick`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial

import structlog

from bot.transfer_targets import NotAllowed, masked
from voice_gateway.agent_side import AgentSide
from voice_gateway.audio import silence
from voice_gateway.bot_link import (
    Answer,
    BotLink,
    CallStart,
    CaughtUp,
    Choice,
    Control,
    Controlled,
    JoinRequest,
    News,
    Reply,
    Report,
    ReportKind,
    Said,
    State,
    StateChanged,
    Told,
)
from voice_gateway.call_language import CallLanguage
from voice_gateway.clock import Clock
from voice_gateway.dtmf import Choice as MenuKey
from voice_gateway.dtmf import KeyCollector, KeyEvent, KeyRun, Keys, Person
from voice_gateway.errands import Errands
from voice_gateway.errors import BotUnreachable
from voice_gateway.hearing import (
    Expectation,
    HearingEvent,
    MakeHearing,
    NotUnderstood,
    SpeechDismissed,
    SpeechStarted,
    Utterance,
)
from voice_gateway.leg import Audio, Digit, Ended, Held, Leg, LegEvent, Marked, TransferProgress
from voice_gateway.observer import Observer, TurnTiming
from voice_gateway.passing_on import PassingOn
from voice_gateway.policy import CallPolicy
from voice_gateway.silence import Silence
from voice_gateway.speaker import Heard, Speaker
from voice_gateway.speech import Speech
from voice_gateway.talker import MOST_CHOICES, Line, Talker
from voice_gateway.tally import Tally
from voice_gateway.transports.tickets import Ticket

NOT_UNDERSTOOD_LIMIT = 2
"""So many utterances in a row of which nothing could be made lead to a person."""
CALLBACK_KEY = 0
"""The place in a menu of the one thing that who waits can choose: to be called back."""

NOT_YOURS = "not_yours"
MOST_ASKED_TO_JOIN = 3
"""How often it is asked whose the call is, where it changes hands meanwhile."""

FRAMES_MISSING_S = 0.2
"""When a leg has sent nothing for so long, its ears hear silence."""

log = structlog.get_logger(__name__)


class CallState(StrEnum):
    """Who the caller deals with."""

    OPENING = "opening"
    BOT = "bot"
    WAITING = "waiting"
    TALKING = "talking"
    ENDED = "ended"


class Call:
    """A call from its answer to its end."""

    def __init__(
        self,
        leg: Leg,
        *,
        conversation_id: str,
        bot: BotLink,
        speech: Speech,
        hear: MakeHearing,
        music: Callable[[], bytes | None],
        clock: Clock,
        policy: CallPolicy,
        observer: Observer,
    ) -> None:
        """``music`` gives what who waits hears, a frame at a time."""
        self.conversation_id = conversation_id
        self.leg = leg
        self.state = CallState.OPENING
        self._bot = bot
        self._clock = clock
        self._policy = policy
        self._observer = observer
        self._hear = hear
        self._languages_offered = () if leg.info.language or len(policy.languages) < 2 else policy.languages
        self._language = CallLanguage(policy.languages, named=leg.info.language)
        self.speaker = Speaker(leg, on_frame=partial(observer.audio, "caller", "out", leg.rate))
        self._talker = Talker(
            self.speaker,
            speech,
            rate=leg.rate,
            language=self._language.current,
            name=policy.name,
            report=self._report,
        )
        self._music = music
        self._ears = hear(leg.rate, self._on_hearing)
        self._language.prepare(self._ears)
        self._keys = KeyCollector()
        self._keys_to_agent = KeyRun()
        self._agent: AgentSide | None = None
        self._agent_lost_at: float | None = None
        self._lost_agent: AgentSide | None = None
        self._joins = 0
        self._standing = State()
        self._stood = 0
        self._choices: Sequence[Choice] = ()
        self._errands = Errands(
            clock, patience_s=policy.moment_after_s, on_slow=self._ask_for_a_moment, on_failure=self._give_up
        )
        self._turns_waiting = 0
        self._said = 0
        self._caller_speaks = False
        self._caller_held = False
        self._on_hold = False
        self._passing_on = PassingOn(
            leg,
            clock,
            context_id=conversation_id,
            report=self._report,
            on_taken=partial(self.end, "transferred"),
            on_failed=self._on_not_passed_on,
        )
        self._misses = 0
        self._tally = Tally()
        self._began = clock.now()
        self._heard_at = self._began
        self._silence = Silence(self._began, patience_s=policy.silence_s)
        self._place_told_at = self._began
        self._last_words: asyncio.Future[None] | None = None
        self._over: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def run(self) -> str:
        """Carry the call to its end. The reason of its end."""
        errands = asyncio.create_task(self._errands.run())
        self.leg.listen(self._on_leg)
        self._errands.add(self._open)
        try:
            return await self._over
        finally:
            self.state = CallState.ENDED
            errands.cancel()
            await self._close()

    # --- what comes in -----------------------------------------------------------------------------

    def tick(self) -> None:
        """Each 20 ms: play what is due, and look at the deadlines."""
        self.speaker.tick()
        if self._agent is not None:
            self._agent.tick()
        self._passing_on.tick()
        now = self._clock.now()
        self._ears.bot_speaks(self.speaker.is_audible)
        self._ears.bridged(self.state is CallState.TALKING)
        if now - self._heard_at > FRAMES_MISSING_S:
            # On hold, or by silence suppression: a turn must end all the same.
            self._ears.feed(silence(self.leg.rate))
        for event in self._keys.tick(now):
            self._on_key(event)
        self._report_keys(self._keys_to_agent.tick(now))
        self._watch_silence(now)
        if self.state is CallState.WAITING and now - self._place_told_at > self._policy.place_every_s:
            self._tell_place()
        if self._agent_lost_at is not None and now - self._agent_lost_at > self._policy.agent_grace_s:
            self._agent_lost_at = None
            lost, self._lost_agent = self._lost_agent, None
            if lost is not None:
                self._report("agent_lost", handoff_id=lost.handoff_id, agent_id=lost.agent_id)
        if now - self._began > self._policy.longest_s and self._last_words is None:
            self._say_goodbye("too_long", reason="too_long")

    def _on_leg(self, event: LegEvent) -> None:
        match event:
            case Audio(pcm=pcm):
                self._heard_at = self._clock.now()
                self._observer.audio("caller", "in", self.leg.rate, pcm)
                self._ears.feed(pcm)
                if self._agent is not None and not (self._is_apart or self._caller_held):
                    self._agent.hear(pcm)
            case Digit(digit=digit):
                self._on_digit(digit)
            case Marked(name=name):
                self.speaker.marked(name)
            case Held(held=held):
                self._caller_held = held
                self._report("held", held=held, by="caller")
            case TransferProgress(status=status):
                self._passing_on.progress(status)
            case Ended(reason=reason):
                self.end(reason)

    def _on_hearing(self, event: HearingEvent) -> None:
        match event:
            case SpeechStarted():
                self._caller_speaks = True
                if self.state is not CallState.TALKING:
                    self.speaker.pause()
            case SpeechDismissed():
                self._caller_speaks = False
                self.speaker.resume()
            case Utterance():
                self._caller_speaks = False
                self._misses = 0
                self._keys.clear()
                self._tally.note_utterance(event.confidence)
                self._interrupt()
                self._language.heard(event)
                self._talker.language = self._language.current
                self._take_turn(
                    Said(
                        message_id=self._next_id(),
                        text=event.text,
                        start_ms=event.start_ms,
                        end_ms=event.end_ms,
                        confidence=event.confidence,
                        language=self._language.told,
                    ),
                    heard=event,
                )
            case NotUnderstood(why=why):
                self._caller_speaks = False
                self._on_not_understood(why)

    def _on_digit(self, digit: str) -> None:
        self._silence.broken(self._clock.now())
        if self.state is CallState.TALKING:
            self._report_keys(self._keys_to_agent.press(digit, self._clock.now()))
            return
        self._interrupt()
        for event in self._keys.press(digit, self._clock.now()):
            self._on_key(event)

    def _report_keys(self, keys: str) -> None:
        if keys:
            self._report("digits", digits=keys)

    def _on_key(self, event: KeyEvent) -> None:
        match event:
            case Keys(text=keys):
                self._take_keys(keys)
            case MenuKey(index=index):
                self._on_choice(index)
            case Person():
                if self.state in (CallState.OPENING, CallState.BOT):
                    self._errands.add(self._ask_for_person)

    def _on_choice(self, index: int) -> None:
        if self.state is CallState.WAITING and index == CALLBACK_KEY:
            self._errands.add(self._ask_for_callback)
        elif self.state is CallState.OPENING and index < len(self._languages_offered):
            self._choose_language(self._languages_offered[index])
        elif index < len(self._choices):
            self._take_keys(self._choices[index].payload)

    def _on_not_understood(self, why: str) -> None:
        self._tally.not_understood += 1
        self._observer.not_understood(why)
        log.info("call.not_understood", conversation_id=self.conversation_id, why=why)
        if self.state not in (CallState.OPENING, CallState.BOT):
            self.speaker.resume()
            return
        self._interrupt()
        self._misses += 1
        if self._misses >= NOT_UNDERSTOOD_LIMIT:
            self._misses = 0
            self._errands.add(self._ask_for_person)
        else:
            self._talker.prompt("not_understood")

    def _on_news(self, news: News) -> None:
        match news:
            case Told(reply=reply):
                self._talker.reply([reply])
                if reply.choices:
                    self._offer([reply], Expectation())
            case CaughtUp(answer=answer):
                self._act_on(answer)
            case StateChanged(state=state):
                self._stand(state)
            case Controlled(control=control):
                self._obey(control)

    def _obey(self, control: Control) -> None:
        """The desk wants something done: for who has the call now, not for who had it a moment ago."""
        standing = self._standing
        if control.handoff_id not in (None, standing.handoff_id) or (
            standing.agent_id is not None and control.agent_id not in (None, standing.agent_id)
        ):
            log.info("call.control_too_late", conversation_id=self.conversation_id, action=control.action)
            return
        match control.action:
            case "hold" | "resume":
                self._on_hold = control.action == "hold"
                if self._on_hold:
                    self._talker.prompt("held")
                else:
                    # Where nobody tells how passing on went, whoever resumes has the caller again.
                    self._passing_on.call_off()
                self._choose_background()
                self._report("held", held=self._on_hold, by="agent")
            case "digits":
                self.leg.send_digits(control.digits)
            case "hang_up":
                self.end("agent")
            case "transfer":
                self._pass_on_outside(control.target)

    def _pass_on_outside(self, wanted: str) -> None:
        """Where the desk wants it, if the operator allows it: the bot's word alone does not."""
        try:
            target = self._policy.transfers.allowed(wanted)
        except NotAllowed as refusal:
            log.warning(
                "call.transfer_refused",
                conversation_id=self.conversation_id,
                target=masked(wanted),
                why=refusal.why,
            )
            self._passing_on.refuse(wanted)
            return
        self._pass_on(target)

    def _on_not_passed_on(self, was_last_resort: bool) -> None:
        self._talker.prompt("transfer_failed")
        self._choose_background()
        if was_last_resort:
            self._say_goodbye("bot_down_goodbye", reason="bot_unreachable")

    # --- the agent's side --------------------------------------------------------------------------

    async def join(self, leg: Leg, ticket: Ticket) -> None:
        """Bridge an agent's leg with the caller until either is gone, if the agent holds the call now."""
        refusal = await self._keeps_out(ticket) if self.state is not CallState.ENDED else None
        if refusal is not None:
            leg.hang_up(refusal)
            return
        if self.state is CallState.ENDED:
            leg.hang_up("no_call")
            return
        if self._agent is not None:
            # The same agent again, whose browser lost the connection without our noticing.
            self._agent.leave()
        side = AgentSide(
            leg,
            self.leg.rate,
            agent_id=ticket.agent_id,
            handoff_id=ticket.handoff_id,
            hear=self._hear,
            language=self._language,
            on_audio=lambda direction, pcm: self._observer.audio("agent", direction, leg.rate, pcm),
            on_said=self._on_agent_said,
            on_gone=self._on_agent_gone,
            offset_ms=lambda: round((self._clock.now() - self._began) * 1000),
        )
        self._agent = side
        self._agent_lost_at = self._lost_agent = None
        self.state = CallState.TALKING
        self._talker.stop()
        self._choose_background()
        await side.run()

    async def _keeps_out(self, ticket: Ticket) -> str | None:
        """Why the agent of a ticket may not come in: ``not_yours`` when they do not hold the call at this
        moment, as the bot's log has it. ``bot_unreachable`` when nobody can tell, and they were not in it
        just now. None where they may.
        """
        self._joins += 1
        request = JoinRequest(
            report_id=f"{self.conversation_id}:j{self._joins}",
            ticket_id=ticket.id,
            handoff_id=ticket.handoff_id,
            agent_id=ticket.agent_id,
        )
        for _ in range(MOST_ASKED_TO_JOIN):
            stood = self._stood
            try:
                standing = await self._bot.let_in(self.conversation_id, request)
            except BotUnreachable as problem:
                if not problem.is_refusal and self._was_just_here(ticket):
                    self._report("agent_joined", handoff_id=ticket.handoff_id, agent_id=ticket.agent_id)
                    return None
                log.info(
                    "call.join_refused",
                    conversation_id=self.conversation_id,
                    agent_id=ticket.agent_id,
                    code=problem.code,
                )
                return NOT_YOURS if problem.is_refusal else "bot_unreachable"
            if self._stood == stood:
                self._stand(standing)
            if self._standing.is_held_by(agent_id=ticket.agent_id, handoff_id=ticket.handoff_id):
                return None
            # What was told while we asked says otherwise: one of the two is older.
        return NOT_YOURS

    def _was_just_here(self, ticket: Ticket) -> bool:
        """Whether the ticket's agent is in the call, or lost so lately that their place is kept."""
        side = self._agent or (self._lost_agent if self._agent_lost_at is not None else None)
        return (
            side is not None
            and (side.agent_id, side.handoff_id) == (ticket.agent_id, ticket.handoff_id)
            and side.may_stay(self._standing)
        )

    def _on_agent_said(self, side: AgentSide, event: Utterance) -> None:
        self._report(
            "agent_speech",
            agent_id=side.agent_id,
            text=event.text,
            start_ms=event.start_ms,
            end_ms=event.end_ms,
            confidence=event.confidence,
        )

    def _on_agent_gone(self, side: AgentSide) -> None:
        if self._agent is not side:
            return
        self._agent = None
        if self.state is CallState.TALKING:
            self.state = CallState.WAITING
            self._place_told_at = self._clock.now()
            if self._standing.holder == "human":
                self._agent_lost_at = self._clock.now()
                self._lost_agent = side
                self._talker.prompt("agent_gone")
        self._choose_background()

    def _drop_agent(self) -> None:
        self._report_keys(self._keys_to_agent.finish())
        agent, self._agent = self._agent, None
        self._agent_lost_at = self._lost_agent = None
        if self.state is not CallState.ENDED:
            # Whoever comes next finds the caller neither on hold nor on the way to somebody else.
            if self._on_hold:
                self._report("held", held=False, by="agent")
            self._passing_on.call_off()
        self._on_hold = False
        if agent is not None:
            agent.leave()

    # --- jobs --------------------------------------------------------------------------------------

    async def _open(self) -> None:
        """Greet at once, while the bot is told of the call."""
        info = self.leg.info
        offered = self._languages_offered
        notice = ["recorded"] if self._policy.recorded else []
        self._talker.greet(["greeting", *notice, "ask"], offered)
        self._keys.expect(Expectation(), choices=len(offered))
        start = CallStart(
            conversation_id=self.conversation_id,
            call_id=info.call_id,
            transport=info.transport,
            caller=info.caller,
            called=info.called,
            language=self._language.current,
        )
        answer = await self._errands.ask(self._bot.start(start, self._on_news))
        if answer is not None:
            self._act_on(answer)
            if offered and self.state is CallState.OPENING:
                self._keys.expect(Expectation(), choices=len(offered))

    async def _turn(self, said: Said, heard: Utterance | None) -> None:
        self._turns_waiting -= 1
        decided = self._clock.now()
        answer = await self._errands.ask(self._bot.say(self.conversation_id, said))
        if answer is None:
            return
        answered = self._clock.now()

        def first_audio() -> None:
            if heard is None:
                return
            now = self._clock.now()
            timings = heard.timings
            self._observer.turn(
                TurnTiming(
                    end_of_turn=timings.end_of_turn,
                    recognition=timings.recognition,
                    bot=answered - decided,
                    synthesis=now - answered,
                    first_audio=timings.end_of_turn + timings.waited + now - decided,
                )
            )

        self._act_on(answer, on_first_frame=first_audio)

    async def _ask_for_person(self) -> None:
        request = self._bot.request_handoff(self.conversation_id, language=self._language.told)
        answer = await self._errands.ask(request)
        if answer is not None:
            self._act_on(answer)

    async def _ask_for_callback(self) -> None:
        request = self._bot.request_callback(self.conversation_id, phone=self.leg.info.caller)
        # Their number is hidden, perhaps, or a person has just come.
        answer = await self._errands.ask(request, on_refusal=self._refuse_callback)
        if answer is not None:
            self._act_on(answer)

    def _take_keys(self, text: str) -> None:
        language = self._language.told
        self._take_turn(Said(message_id=self._next_id(), text=text, by="keys", language=language))

    def _take_turn(self, said: Said, *, heard: Utterance | None = None) -> None:
        if self.state is CallState.OPENING:
            self.state = CallState.BOT
        self._turns_waiting += 1
        self._errands.add(partial(self._turn, said, heard))

    # --- the bot's word ----------------------------------------------------------------------------

    def _act_on(self, answer: Answer, *, on_first_frame: Callable[[], None] = lambda: None) -> None:
        """Say what the bot answers, unless the caller has said more meanwhile, and stand where it says.

        While somebody speaks it waits: it may be a cough, after which it is said, or more, after which not.
        """
        if self._turns_waiting and answer.state.holder != "human":
            self._talker.withhold(answer.replies)
        else:
            self._talker.reply(answer.replies, on_first_frame=on_first_frame)
            if self._caller_speaks:
                self.speaker.pause()
        self._ears.expect(answer.expects)
        self._stand(answer.state)
        self._offer(answer.replies, answer.expects)

    def _offer(self, replies: Sequence[Reply], expects: Expectation) -> None:
        """Have keys mean what replies say; where nothing is said, what was said last."""
        if replies:
            self._choices = [choice for reply in replies for choice in reply.choices][:MOST_CHOICES]
        if self.state in (CallState.OPENING, CallState.BOT):
            self._keys.expect(expects, choices=len(self._choices))

    def _stand(self, state: State) -> None:
        """Take in where the conversation stands."""
        before, self._standing = self._standing, state
        self._stood += 1
        if self.state is CallState.ENDED:
            return
        if state.holder == "human":
            passed_on = self._took_over(state)
            if passed_on:
                self._drop_agent()
            if self._agent is None and self.state is not CallState.WAITING:
                self._wait()
            if (before.holder != "human" or passed_on) and self._agent is None:
                self._talker.prompt("connecting")
        elif state.holder == "queue":
            self._drop_agent()
            if self.state is not CallState.WAITING:
                self._wait()
                if self.leg.info.caller:
                    self._talker.prompt("callback_offer")
        elif state.holder == "closed":
            self._drop_agent()
            self._end_after_words("closed")
        elif self.state in (CallState.WAITING, CallState.TALKING):
            self._drop_agent()
            self.state = CallState.BOT
            self._keys.expect(Expectation(), choices=len(self._choices))
        self._choose_background()

    def _took_over(self, state: State) -> bool:
        """Whether somebody else has the call now than the agent who is in it, or was just lost."""
        side = self._agent or self._lost_agent
        return side is not None and not side.may_stay(state)

    def _wait(self) -> None:
        self.state = CallState.WAITING
        self._place_told_at = self._clock.now()
        self._choices = ()
        self._keys.expect(Expectation(), choices=1 if self.leg.info.caller else 0)

    def _refuse_callback(self) -> None:
        if self.state is CallState.WAITING:
            self._talker.prompt("callback_refused")

    def _tell_place(self) -> None:
        self._place_told_at = self._clock.now()
        if self._standing.holder == "queue" and self._standing.position is not None:
            self._talker.prompt("waiting", position=self._standing.position)

    def _choose_background(self) -> None:
        """What is heard while nothing is being said: the other person, music, or nothing."""
        if self._agent is not None and not self._is_apart:
            self.speaker.background(self._agent.to_caller.take)
        elif self._is_apart or self.state is CallState.WAITING:
            self.speaker.background(self._music)
        else:
            self.speaker.background(None)

    @property
    def _is_apart(self) -> bool:
        """Whether the caller and who speaks for us do not hear each other."""
        return self._on_hold or self._passing_on.is_under_way

    def _pass_on(self, target: str, *, is_last_resort: bool = False) -> None:
        if self._passing_on.begin(target, is_last_resort=is_last_resort):
            self._choose_background()
            self._talker.prompt("passing_on")

    def _give_up(self) -> None:
        """The bot cannot be reached: the caller is passed on or told to call again."""
        if self.state is CallState.TALKING or self._passing_on.is_under_way:
            # With a person, or on the way to one, they do without.
            return
        if self._policy.fallback_target is not None:
            self._talker.prompt("bot_down")
            self._pass_on(self._policy.fallback_target, is_last_resort=True)
        elif self._last_words is None:
            self._talker.prompt("bot_down")
            self._say_goodbye("bot_down_goodbye", reason="bot_unreachable")

    # --- speaking ----------------------------------------------------------------------------------

    def _interrupt(self) -> None:
        """The caller has something to say or press: what is being said ends here."""
        if self.speaker.is_speaking:
            self._tally.interruptions += 1
            self._observer.interrupted()
            self._talker.stop()

    def _choose_language(self, language: str) -> None:
        self._language.choose(language)
        self._language.prepare(self._ears)
        self._talker.language = language
        self.state = CallState.BOT
        self._talker.prompt("ask")

    def _ask_for_a_moment(self) -> None:
        elsewhere = self.state is CallState.TALKING or self._passing_on.is_under_way
        if not elsewhere and not self.speaker.is_speaking:
            self._talker.prompt("moment")

    def _report(self, kind: ReportKind, **data: object) -> None:
        self._bot.report(self.conversation_id, Report(kind=kind, data=data))

    # --- silence and the end -----------------------------------------------------------------------

    def _watch_silence(self, now: float) -> None:
        busy = (
            self.state not in (CallState.OPENING, CallState.BOT)
            or self.speaker.is_speaking
            or self._caller_held
            or self._passing_on.is_under_way
            or self._turns_waiting > 0
            or not self._errands.is_idle
        )
        match self._silence.watch(now, busy=busy, caller_speaks=self._caller_speaks):
            case None:
                return
            case "silent_goodbye":
                self._say_goodbye("silent_goodbye", reason="silence")
            case prompt:
                self._talker.prompt(prompt)

    def _say_goodbye(self, name: str, *, reason: str) -> None:
        self._talker.prompt(name)
        self._end_after_words(reason)

    def _end_after_words(self, reason: str) -> None:
        """Hang up when what is being said has been said."""
        if self._last_words is not None:
            return
        self._last_words = asyncio.get_running_loop().create_future()
        last = self._last_words

        def done(_heard: Heard) -> None:
            if not last.done():
                last.set_result(None)
                self.end(reason)

        # An empty line is done when all before it are.
        self._talker.say([Line(text="", on_done=done)])

    def end(self, reason: str) -> None:
        """End the call now."""
        if not self._over.done():
            self._over.set_result(reason)

    async def _close(self) -> None:
        self._drop_agent()
        self._talker.stop()
        reason = self._over.result() if self._over.done() and not self._over.cancelled() else "error"
        self.leg.hang_up(reason)
        self._report("ended", reason=reason, facts=self._facts())
        await self._ears.close()
        await self._bot.end(self.conversation_id)

    def _facts(self) -> dict[str, object]:
        return self._tally.facts(
            seconds=self._clock.now() - self._began,
            reception=self.leg.reception(),
            mos=self._observer.quality().mos,
        )

    def _next_id(self) -> str:
        self._said += 1
        return f"{self.conversation_id}:{self._said}"
