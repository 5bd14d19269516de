"""The native engine: interprets an unchanged Rasa project in this process.

Prediction is pure (`policies`); here predictions are carried out. Everything that happens is recorded as it
happens, so that by the log alone a turn can go on where a crash cut it off.
"""

from __future__ import annotations

import random
from collections import OrderedDict
from dataclasses import dataclass

import structlog

from bot.conversation import Conversation
from bot.conversations import Writer
from bot.dialogue.actions import ActionFailure, ActionRejected, ActionRunner, NoActions
from bot.dialogue.default_actions import (
    DEFAULT_ACTIONS,
    DEFAULT_FALLBACK,
    TWO_STAGE,
    said,
    two_stage_fallback,
)
from bot.dialogue.escalation import Escalator
from bot.dialogue.expectation import Expectation, Expectations
from bot.dialogue.extraction import extract_slots
from bot.dialogue.fallback import OUT_OF_SCOPE, Fallback
from bot.dialogue.fold import LISTEN
from bot.dialogue.forms import FormRun, run_form
from bot.dialogue.history import SESSION_START, History
from bot.dialogue.policies.ensemble import Ensemble
from bot.dialogue.policies.prediction import RULE_PRIORITY, Prediction
from bot.dialogue.responses import Responses
from bot.dialogue.sessions import begin, must_begin
from bot.dialogue.triggers import form_failures, is_lost_for_words, is_upset, missing_slots
from bot.dialogue.turn import IDENTITY_REQUIRED, Escalation, Memory, Turn
from bot.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionFailed,
    ActiveLoop,
    BotUttered,
    EscalationReason,
    Event,
    HandoffResolved,
    LoopInterrupted,
    Parse,
    ProofRequired,
    SlotSet,
    UserUttered,
)
from bot.project import Project
from bot.project.domain import REQUESTED_SLOT, MappingType
from bot.project.problems import Finding

HANDOFF_ACTION = "action_human_handoff"
MAX_PREDICTIONS = 10
MAX_PREDICTIONS_AT_ALL = 30

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """When the bot gives up by itself, and how much it remembers.

    ``form_failures``: after so many failed answers to one question of a form (0: never). ``upset_messages``
    in a row of a sentiment (-1..1) of ``upset_below`` or less (0: never). ``voice_failures``: after a caller
    was not understood so many times in a row (0: never). ``fallback_escalates``: a two-stage fallback that
    gives up asks for a person instead of running ``action_default_fallback``.
    """

    form_failures: int = 3
    upset_messages: int = 2
    upset_below: float = -0.6
    voice_failures: int = 2
    fallback_escalates: bool = True
    remembered_conversations: int = 2000


class NativeEngine:
    """A `DialogueEngine` for one project."""

    def __init__(
        self,
        project: Project,
        *,
        escalator: Escalator,
        actions: ActionRunner | None = None,
        chance: random.Random | None = None,
        settings: EngineSettings | None = None,
        ensemble: Ensemble | None = None,
    ) -> None:
        """Learns the project's rules and stories, unless an ``ensemble`` that has is given."""
        self.project = project
        self.domain = project.domain
        self.settings = settings or EngineSettings()
        self.ensemble = ensemble or Ensemble.learn(project)
        self._escalator = escalator
        self._actions = actions or NoActions()
        self._responses = Responses(project.domain, chance=chance or random.Random())
        self._fallback = Fallback.of(project.config)
        self._memories: OrderedDict[str, Memory] = OrderedDict()
        self._expectations = Expectations(project, expected_entities=self.expected_entities)

    @property
    def findings(self) -> list[Finding]:
        """Contradictions and gaps among rules and stories."""
        return self.ensemble.findings

    # --- the engine's interface ---

    def read(self, parse: Parse) -> Parse:
        """The reading as the dialogue takes it: ``nlu_fallback`` where it is too unsure to act on."""
        return self._fallback.read(parse) if self._fallback is not None else parse

    def expected_entities(self, conversation: Conversation) -> tuple[str, ...]:
        """The entities by which the open form's slots are filled: of the slot that is asked for first."""
        loop = conversation.dialogue.loop
        form = self.domain.forms.get(loop.name) if loop is not None else None
        requested = conversation.slot(REQUESTED_SLOT)
        if form is None or not requested:
            return ()
        missing = [name for name in self.missing_slots(conversation) if name != requested]
        slots = [self.domain.slots[name] for name in (str(requested), *missing) if name in self.domain.slots]
        names = [
            mapping.entity
            for slot in slots
            for mapping in slot.mappings
            if mapping.type is MappingType.FROM_ENTITY and mapping.entity is not None
        ]
        return tuple(dict.fromkeys(names))

    def expectation(self, conversation: Conversation) -> Expectation:
        """What kind of answer the bot waits for now."""
        return self._expectations.of(conversation)

    def fixed_texts(self, *, channel: str, language: str | None = None) -> list[str]:
        """The responses that are said on a channel just as they are written (`Responses.fixed`)."""
        return self._responses.fixed(channel=channel, language=language)

    def missing_slots(self, conversation: Conversation) -> tuple[str, ...]:
        """The slots that the open form still needs, in its order."""
        return missing_slots(conversation, self.domain)

    async def open_session(self, writer: Writer) -> None:
        """Record what begins a session, where one must begin: the log is new, closed or expired."""
        if must_begin(writer.conversation, self.domain, now=writer.now()):
            turn = self._turn(writer)
            if SESSION_START in self.domain.actions and self._actions.knows(SESSION_START):
                events = await self._act(turn, SESSION_START, turn.history)
                turn.record(
                    ActionExecuted(timestamp=turn.now(), action=SESSION_START, confidence=1.0), *events
                )
            else:
                turn.record(*begin(writer.conversation, self.domain, now=writer.now()))

    async def respond(self, writer: Writer) -> None:
        """Answer the conversation's latest message: record what is done until the bot listens again."""
        turn = self._turn(writer)
        if self._message_is_fresh(turn):
            self._close_form_after_handoff(turn)
            if await self._escalate_if_upset(turn) or await self._escalate_if_lost(turn):
                return
            turn.record(*await extract_slots(turn, turn.history))
        predictions = 0
        while not turn.history.paused or turn.history.latest_intent == "restart":
            predictions += 1
            # An action may itself listen and say a message again, so both are counted.
            too_many = predictions > MAX_PREDICTIONS_AT_ALL
            if too_many or _actions_since_listening(turn.conversation) >= MAX_PREDICTIONS:
                log.warning("engine.too_many_actions", conversation_id=turn.conversation.id)
                self._listen(turn, because="ten actions in one turn")
                return
            turn.show_identity()
            rejected = _last_action_event(turn.conversation)
            prediction = self._once_proved(turn) or self.ensemble.predict(turn.history, last_event=rejected)
            if await self._carry_out(turn, prediction):
                return

    # --- predictions carried out ---

    async def _carry_out(self, turn: Turn, prediction: Prediction) -> bool:
        """Run the predicted action and record what it did. Whether the turn is over."""
        action = prediction.action or LISTEN
        if action == DEFAULT_FALLBACK and _just_fell_back(turn.conversation):
            # Rewinding led to where nothing is predicted either: listening is all that is left.
            self._listen(turn, because="the fallback ran already")
            return True
        if not turn.allows(action):
            return await self._ask_for_proof(turn, prediction, action)
        history = turn.history
        interrupted: list[Event] = []
        if prediction.interrupts_loop:
            interrupted = [LoopInterrupted(timestamp=turn.now(), is_interrupted=True)]
            if action in self.domain.forms:
                history = history.view()
                history.extend(interrupted)
        executed = ActionExecuted(
            timestamp=turn.now(),
            action=action,
            policy=prediction.policy,
            confidence=prediction.confidence,
            because=prediction.because or None,
            hide_rule_turn=prediction.hide_rule_turn,
            end_to_end=prediction.end_to_end,
        )
        turn.escalation = None
        turn.unsaid = []
        try:
            if action in self.domain.forms and action not in self.domain.actions:
                run = await run_form(turn, self.domain.forms[action], history)
                events = self._give_up_form(turn, action, run)
            else:
                events = await self._act(turn, action, history)
        except ActionRejected:
            turn.record(
                ActionExecutionRejected(
                    timestamp=turn.now(),
                    action=action,
                    policy=prediction.policy,
                    confidence=prediction.confidence,
                )
            )
            return False
        except ActionFailure as error:
            log.warning("engine.action_failed", action=action, error=error.code)
            events = [ActionFailed(timestamp=turn.now(), action=action, error=error.code)]
            turn.escalation = Escalation(EscalationReason.ERROR, detail=action)
        if any(isinstance(event, ActionExecutionRejected) for event in events):
            turn.record(*events)
        else:
            turn.record(*interrupted, executed, *events)
        if turn.escalation is not None:
            if await self._escalate(turn, turn.escalation):
                return True
            turn.record(*turn.unsaid)
        if any(isinstance(event, UserUttered) for event in events):
            turn.record(*await extract_slots(turn, turn.history))
        return action in (LISTEN, SESSION_START)

    # --- proofs of identity ---

    async def _ask_for_proof(self, turn: Turn, prediction: Prediction, action: str) -> bool:
        """Instead of an action that needs a surer identity, what asks for it. Whether the turn is over."""
        need = self.project.identity.needs[action]
        if need.proof is None or _has_just_run(turn, need.proof):
            return await self._refuse(turn, action)
        turn.record(
            ProofRequired(timestamp=turn.now(), action=action, level=need.level.value, proof=need.proof)
        )
        log.info("engine.proof_required", action=action, level=need.level.value)
        because = f"'{action}' needs {need.level.value} proof of identity"
        asked = await self._carry_out(turn, _by_identity(need.proof, because))
        if asked or need.proof in self.domain.forms:
            return asked
        self._listen(turn, because=because)
        return True

    def _once_proved(self, turn: Turn) -> Prediction | None:
        """The action that a proof was asked for, once what asked for it has ended."""
        awaiting = turn.conversation.dialogue.awaiting
        if awaiting is None or turn.history.active_loop is not None:
            return None
        if not _has_just_run(turn, awaiting.proof):
            return None
        if not _has_just_run(turn, awaiting.proof):
            return None
        return _by_identity(awaiting.action, f"after '{awaiting.proof}'")

    async def _refuse(self, turn: Turn, action: str) -> bool:
        """The proof did not come: the project says so, or a person is asked for."""
        refusal, because = self.project.identity.refusal, f"'{action}' was refused: who is it?"
        if refusal is not None:
            if not await self._carry_out(turn, _by_identity(refusal, because)):
                self._listen(turn, because=because)
            return True
        turn.record(ActionFailed(timestamp=turn.now(), action=action, error=IDENTITY_REQUIRED))
        if not await self._escalate(turn, Escalation(EscalationReason.RULE, detail=action)):
            self._listen(turn, because=because)
        return True

    async def _act(self, turn: Turn, action: str, history: History) -> list[Event]:
        """The events of an action. A project's own action goes before a default one of its name."""
        turn.require(action, history)
        own = action in self.domain.actions
        if action == TWO_STAGE and not own:
            return await self._two_stage(turn, history)
        default = DEFAULT_ACTIONS.get(action)
        if default is not None and not (own and self._actions.knows(action)):
            return await default(turn, history)
        if action.startswith("utter_") and not (own and self._actions.knows(action)):
            return self._utter(turn, action)
        if action in self.domain.e2e_actions:
            return said_text(turn, action)
        if action == HANDOFF_ACTION and not self._actions.knows(action):
            asked = history.latest_intent not in (OUT_OF_SCOPE, "nlu_fallback")
            reason = EscalationReason.ASKED_FOR_PERSON if asked else EscalationReason.OUT_OF_SCOPE
            turn.escalation = Escalation(reason)
            return []
        return await turn.run_custom(action, history)

    def _utter(self, turn: Turn, action: str) -> list[Event]:
        name = action
        if action.removeprefix("utter_") in self.domain.retrieval_intents:
            message = turn.history.latest_message
            key = message.parse.response_key if message is not None and message.parse is not None else None
            if key is None:
                log.warning("engine.no_response_key", action=action)
                return []
            name = f"utter_{key}"
        uttered = turn.say(name)
        if uttered is None:
            log.warning("engine.no_response", action=action, response=name)
            return []
        return [uttered]

    async def _two_stage(self, turn: Turn, history: History) -> list[Event]:
        async def run(name: str, seen: History) -> list[Event]:
            return await self._act(turn, name, seen)

        events, gave_up = await two_stage_fallback(turn, history, run)
        if not gave_up:
            return events
        if self.settings.fallback_escalates:
            turn.escalation = Escalation(_why_not_understood(turn), detail=TWO_STAGE)
            return events
        return [*events, *await self._act(turn, DEFAULT_FALLBACK, history)]

    # --- giving up ---

    def _give_up_form(self, turn: Turn, form: str, run: FormRun) -> list[Event]:
        """The form's events; when the same question failed too often, without asking it yet again."""
        limit = self.settings.form_failures
        if not limit or run.asked_for is None or turn.history.latest_action != LISTEN:
            return run.events
        slots = self.domain.forms[form].required_slots
        if form_failures(turn.conversation, form, run.asked_for) < limit:
            return run.events
        if form_failures(turn.conversation, form, run.asked_for, slots=slots) < limit:
            return run.events
        turn.escalation = Escalation(EscalationReason.FORM_FAILED, detail=run.asked_for)
        turn.unsaid = run.asking
        asking = {id(event) for event in run.asking}
        return [event for event in run.events if id(event) not in asking]

    async def _escalate_if_upset(self, turn: Turn) -> bool:
        settings = self.settings
        if not is_upset(turn.conversation, messages=settings.upset_messages, below=settings.upset_below):
            return False
        return await self._escalate(turn, Escalation(EscalationReason.SENTIMENT))

    async def _escalate_if_lost(self, turn: Turn) -> bool:
        if not is_lost_for_words(turn.conversation, self.domain, messages=self.settings.voice_failures):
            return False
        return await self._escalate(turn, Escalation(_why_not_understood(turn)))

    async def _escalate(self, turn: Turn, escalation: Escalation) -> bool:
        """Ask for a person, in the turn's own append. Whether that ended the turn."""
        events = await self._escalator.escalate(
            turn.conversation,
            reason=escalation.reason,
            cause=turn.message_sequence,
            detail=escalation.detail,
            queue=escalation.queue,
            priority=escalation.priority,
        )
        if not events and escalation.detail == TWO_STAGE:
            # Nobody is behind this bot: what Rasa does is left.
            turn.record(*said(turn, "utter_default"))
            self._listen(turn, because="the fallback gave up")
            return True
        if not events:
            return False
        turn.record(*events)
        self._listen(turn, because="the conversation waits for a person")
        return True

    # --- state ---

    def _turn(self, writer: Writer) -> Turn:
        conversation = writer.conversation
        memory = self._memories.get(conversation.id)
        if memory is None or memory.conversation is not conversation:
            memory = Memory.of(conversation, self.domain, frozenset(self.project.identity.views))
        memory.catch_up()
        self._memories[conversation.id] = memory
        self._memories.move_to_end(conversation.id)
        while len(self._memories) > self.settings.remembered_conversations:
            self._memories.popitem(last=False)
        return Turn(
            writer, memory, responses=self._responses, runner=self._actions, rules=self.project.identity
        )

    def _listen(self, turn: Turn, *, because: str) -> None:
        turn.record(ActionExecuted(timestamp=turn.now(), action=LISTEN, because=because))

    @staticmethod
    def _close_form_after_handoff(turn: Turn) -> None:
        """A form that was open when a person took over is not gone on with: they will have settled it."""
        if turn.history.active_loop is None:
            return
        for event in reversed(turn.conversation.events):
            if isinstance(event, ActionExecuted):
                return
            if isinstance(event, HandoffResolved):
                now = turn.now()
                turn.record(
                    ActiveLoop(timestamp=now, name=None),
                    SlotSet(timestamp=now, name=REQUESTED_SLOT, value=None),
                )
                return

    @staticmethod
    def _message_is_fresh(turn: Turn) -> bool:
        """Whether nothing has followed the message; a turn cut off later has its slots already."""
        events = turn.conversation.events
        for event in reversed(events):
            if isinstance(event, UserUttered):
                return True
            if isinstance(event, ActionExecuted | ActionExecutionRejected):
                return False
            if isinstance(event, SlotSet) and event.name != REQUESTED_SLOT:
                return False
        return False


def said_text(turn: Turn, text: str) -> list[Event]:
    """An end-to-end action's text."""
    return [BotUttered(timestamp=turn.now(), text=text)]


def _why_not_understood(turn: Turn) -> EscalationReason:
    message = turn.history.latest_message
    parse = message.parse if message is not None else None
    scope = parse.scope if parse is not None else None
    if turn.history.latest_intent == OUT_OF_SCOPE or (scope is not None and not scope.in_scope):
        return EscalationReason.OUT_OF_SCOPE
    return EscalationReason.LOW_CONFIDENCE


def _by_identity(action: str, because: str) -> Prediction:
    """A step that neither rule nor story predicts, and that they are not to see."""
    return Prediction(action, 1.0, "Identity", RULE_PRIORITY, because, hide_rule_turn=True)


def _has_just_run(turn: Turn, action: str) -> bool:
    """Whether an action was the latest one since the customer spoke, and no form is open of it."""
    last = _last_action_event(turn.conversation)
    return isinstance(last, ActionExecuted) and last.action == action and turn.history.active_loop != action


def _last_action_event(conversation: Conversation) -> Event | None:
    for event in reversed(conversation.events):
        if isinstance(event, ActionExecuted | ActionExecutionRejected):
            return event
    return None


def _actions_since_listening(conversation: Conversation) -> int:
    count = 0
    for event in reversed(conversation.events):
        if isinstance(event, ActionExecuted):
            if event.action in (LISTEN, SESSION_START):
                break
            count += 1
    return count


def _just_fell_back(conversation: Conversation) -> bool:
    event = _last_action_event(conversation)
    return isinstance(event, ActionExecuted) and event.action == DEFAULT_FALLBACK
