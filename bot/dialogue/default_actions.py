"""The actions that every bot has: restart, back, fallbacks, asking again (Rasa's default actions)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.dialogue.extraction import extract_slots
from bot.dialogue.fallback import NLU_FALLBACK, OUT_OF_SCOPE, guesses
from bot.dialogue.fold import LISTEN
from bot.dialogue.history import History
from bot.dialogue.sessions import after_start
from bot.dialogue.turn import Turn
from bot.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Button,
    Event,
    Intent,
    Parse,
    Restarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from bot.project.domain import REQUESTED_SLOT

TWO_STAGE = "action_two_stage_fallback"
ASK_AFFIRMATION = "action_default_ask_affirmation"
ASK_REPHRASE = "action_default_ask_rephrase"
DEFAULT_FALLBACK = "action_default_fallback"
GUESS = "utter_guess_"
LIKELY = 0.1
"""An intent less likely than this is not worth a button."""

DefaultAction = Callable[[Turn, History], Awaitable[list[Event]]]
RunAction = Callable[[str, History], Awaitable[list[Event]]]
"""Runs any action by name over a dialogue: a project may have its own of a default one's name."""


def said(turn: Turn, name: str) -> list[Event]:
    """A response, if the domain has it."""
    uttered = turn.say(name) if turn.responses.has(name) else None
    return [uttered] if uttered is not None else []


async def _listen(turn: Turn, history: History) -> list[Event]:
    return []


async def _restart(turn: Turn, history: History) -> list[Event]:
    return [*said(turn, "utter_restart"), Restarted(timestamp=turn.now())]


async def _session_start(turn: Turn, history: History) -> list[Event]:
    return after_start(turn.conversation, turn.domain, now=turn.now())


async def _fallback(turn: Turn, history: History) -> list[Event]:
    return [*said(turn, "utter_default"), UserUtteranceReverted(timestamp=turn.now())]


async def _deactivate_loop(turn: Turn, history: History) -> list[Event]:
    now = turn.now()
    return [ActiveLoop(timestamp=now, name=None), SlotSet(timestamp=now, name=REQUESTED_SLOT, value=None)]


async def _back(turn: Turn, history: History) -> list[Event]:
    reverted = UserUtteranceReverted(timestamp=turn.now())
    return [*said(turn, "utter_back"), reverted, reverted]


async def _ask_rephrase(turn: Turn, history: History) -> list[Event]:
    return said(turn, "utter_ask_rephrase")


async def _ask_affirmation(turn: Turn, history: History) -> list[Event]:
    """Offers the two best guesses as buttons, and a way out.

    The texts are the domain's where it has them: ``utter_ask_affirmation`` for the question,
    ``utter_guess_<intent>`` for a guess, ``utter_guess_none`` for the way out. A domain that words its
    guesses chooses them as well: intents without words ("just an answer") are not offered, nor unlikely ones.
    """
    parse = history.latest_message.parse if history.latest_message is not None else None
    worded = any(turn.responses.has(f"{GUESS}{intent}") for intent in turn.domain.intents)
    if worded:
        names = guesses(parse, likely=LIKELY, suits=lambda intent: turn.responses.has(f"{GUESS}{intent}"))
    else:
        names = guesses(parse)
    payloads = {name: _payload(turn, name, parse) for name in names}
    names = [name for name in names if payloads[name]]
    if not names:
        return said(turn, "utter_ask_rephrase")
    buttons = [Button(title=_title(turn, name), payload=to) for name, to in payloads.items() if to]
    none = turn.say("utter_guess_none")
    none_title = none.text if none is not None and none.text else "Something else"
    buttons.append(Button(title=none_title, payload=f"/{OUT_OF_SCOPE}"))
    question = turn.say("utter_ask_affirmation")
    if question is None:
        text = f"Did you mean '{buttons[0].title}'?" if len(names) == 1 else "Did you mean one of these?"
        question = BotUttered(timestamp=turn.now(), text=text, response=ASK_AFFIRMATION)
    return [question.model_copy(update={"buttons": tuple(buttons)})]


def _payload(turn: Turn, intent: str, parse: Parse | None) -> str | None:
    """What a guess's button says. A retrieval intent is nothing without its key."""
    if intent not in turn.domain.retrieval_intents:
        return f"/{intent}"
    ranking = parse.response_ranking if parse is not None else ()
    return next((f"/{key.name}" for key in ranking if key.name.startswith(f"{intent}/")), None)


def _title(turn: Turn, intent: str) -> str:
    own = turn.say(f"{GUESS}{intent}")
    if own is not None and own.text:
        return own.text
    words = intent.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


async def _unlikely_intent(turn: Turn, history: History) -> list[Event]:
    return []


async def _extract(turn: Turn, history: History) -> list[Event]:
    return await extract_slots(turn, history)


async def _revert_fallback(turn: Turn, history: History) -> list[Event]:
    """Rasa 2's way out of its two-stage policy: the message counts as if it had been understood at once."""
    now = turn.now()
    message = history.latest_message
    if message is None:
        return []
    asked = history.latest_action
    reverted: Event = UserUtteranceReverted(timestamp=now)
    listened: Event = ActionExecuted(timestamp=now, action=LISTEN)
    previous = [e.action for e in history.applied if isinstance(e, ActionExecuted) and e.action != LISTEN]
    asked = previous[-1] if previous else None
    if asked == ASK_REPHRASE:
        return [reverted, reverted, reverted, listened, again(message, now=now)]
    if asked == ASK_AFFIRMATION:
        events = [reverted, reverted, listened]
        if len(previous) > 1 and previous[-2] == ASK_REPHRASE:
            events += [reverted, reverted, reverted, listened]
        return [*events, again(message, now=now, sure=True)]
    return []


DEFAULT_ACTIONS: dict[str, DefaultAction] = {
    LISTEN: _listen,
    "action_restart": _restart,
    "action_session_start": _session_start,
    DEFAULT_FALLBACK: _fallback,
    "action_deactivate_loop": _deactivate_loop,
    "action_revert_fallback_events": _revert_fallback,
    ASK_AFFIRMATION: _ask_affirmation,
    ASK_REPHRASE: _ask_rephrase,
    "action_unlikely_intent": _unlikely_intent,
    "action_back": _back,
    "action_extract_slots": _extract,
}


def again(message: UserUttered, *, now: float, sure: bool = False) -> UserUttered:
    """The message once more, after what came before it was taken back; ``sure`` makes its intent certain."""
    parse = message.parse
    if sure and parse is not None and parse.intent is not None:
        parse = parse.model_copy(update={"intent": Intent(name=parse.intent.name, confidence=1.0)})
    return message.model_copy(update={"timestamp": now, "parse": parse, "restated": True})


async def two_stage_fallback(turn: Turn, history: History, run: RunAction) -> tuple[list[Event], bool]:
    """Ask which guess was meant; then to rephrase; then give up. The events, and whether it gave up.

    A loop like a form: it ends when a message is understood, which then counts as said in the first place.
    """
    now = turn.now()
    events: list[Event] = []
    begins = history.active_loop != TWO_STAGE
    if begins:
        events.append(ActiveLoop(timestamp=now, name=TWO_STAGE))
    gave_up = _gave_up(history)
    understood = history.latest_intent not in (NLU_FALLBACK, OUT_OF_SCOPE)
    if not gave_up and not understood:
        affirm = begins or history.latest_intent == NLU_FALLBACK
        events += await run(ASK_AFFIRMATION if affirm else ASK_REPHRASE, history)
        return events, False
    events.append(ActiveLoop(timestamp=now, name=None))
    if gave_up:
        return events, True
    message = history.latest_message
    assert message is not None
    events.append(UserUtteranceReverted(timestamp=now))
    after = history.copy()
    after.extend([ActionExecuted(timestamp=now, action=TWO_STAGE), *events])
    return [
        *events,
        # The rewind brings back the form that was open before, if one was: said once more for those who fold
        # the log without folding loops away.
        ActiveLoop(timestamp=now, name=after.active_loop),
        ActionExecuted(timestamp=now, action=LISTEN),
        again(message, now=now, sure=True),
    ], False


def _gave_up(history: History) -> bool:
    twice = history.last_intents(2) == [NLU_FALLBACK, NLU_FALLBACK]
    if twice or history.last_intents(3) == [OUT_OF_SCOPE, NLU_FALLBACK, OUT_OF_SCOPE]:
        return True
    # Asked to rephrase, the customer was not understood again: Rasa would ask on and on for other words.
    return history.active_loop == TWO_STAGE and history.last_intents(2) == [OUT_OF_SCOPE, OUT_OF_SCOPE]
