"""Learns the rule policy's lookup from rules and stories, and finds where they contradict each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.dialogue.features import NOT_SET, State, rule_key
from bot.dialogue.fold import LISTEN
from bot.dialogue.history import History
from bot.dialogue.policies.rule import (
    COMMANDS,
    LOOP_INTERRUPTED,
    NOT_THE_LOOP,
    RuleLookup,
    RuleOptions,
    RulePolicy,
    command_source,
    loop_listen_source,
    loop_source,
)
from bot.dialogue.policies.rule_index import LearnedRule, RuleIndex
from bot.dialogue.policies.training import SNIPPET, Lesson
from bot.events import ActionExecuted, ActionExecutionRejected, ActiveLoop, SlotSet, UserUttered
from bot.project.domain import Domain
from bot.project.problems import Findings


@dataclass(frozen=True, slots=True)
class Example:
    """In these states, this action followed."""

    states: tuple[State, ...]
    action: str
    lesson: Lesson


def examples(lessons: Iterable[Lesson], domain: Domain, *, omit_unset: bool = False) -> list[Example]:
    """All predictable actions of the lessons with the states before them."""
    found: list[Example] = []
    for lesson in lessons:
        history = _history(lesson, domain, omit_unset=omit_unset)
        states = [turn.state for turn in history.turns]
        actions = [event for event in history.applied if isinstance(event, ActionExecuted)]
        skipped = {id(lesson.events[index]) for index in lesson.unpredictable}
        for index, action in enumerate(actions):
            if id(action) not in skipped:
                found.append(Example(tuple(states[: index + 1]), action.action, lesson))
    return found


def _history(lesson: Lesson, domain: Domain, *, omit_unset: bool = False) -> History:
    history = History(domain, omit_unset=omit_unset)
    # Rasa folds a whole story knowing every form that it names, also before the form is first active.
    history.loop_names = {e.name for e in lesson.events if isinstance(e, ActiveLoop) and e.name is not None}
    history.extend(lesson.events)
    return history


def learn_rules(
    rules: Sequence[Lesson],
    stories: Sequence[Lesson],
    domain: Domain,
    options: RuleOptions,
    findings: Findings,
) -> RulePolicy:
    """The policy that the rules make; what contradicts goes to the findings."""
    if options.restrict_rules:
        _check_one_message(rules, findings)
    if options.check_contradictions:
        _check_complete(rules, domain, findings)
    from_rules = examples(rules, domain, omit_unset=True)
    from_stories = examples(stories, domain)
    lookup = RuleLookup(
        rules=_learn(from_rules),
        unhappy=_learn_unhappy([*from_rules, *from_stories]),
        has_text=any(state.text is not None for example in from_rules for state in example.states),
    )
    if options.check_contradictions:
        rule_slots, rule_loops = _slots_and_loops(from_rules)
        story_slots, story_loops = _slots_and_loops(from_stories)
        lookup.rule_only_slots = frozenset(rule_slots - story_slots)
        lookup.rule_only_loops = frozenset(rule_loops - story_loops - {NOT_SET})
    policy = RulePolicy(lookup, options)
    if options.check_contradictions:
        lookup.not_in_stories = _Analysis(policy, domain, findings).run(rules, stories)
    return policy


def _after_snippet(states: Sequence[State]) -> tuple[State, ...]:
    for index in range(len(states) - 1, -1, -1):
        if states[index].action == SNIPPET:
            return tuple(states[index + 1 :])
    return tuple(states)


def _learn(found: Iterable[Example]) -> RuleIndex:
    learned: dict[str, LearnedRule] = {}
    ambiguous: set[str] = set()
    for example in found:
        states = _after_snippet(example.states)
        if not states:
            continue
        key = rule_key(states)
        if key in ambiguous:
            continue
        known = learned.get(key)
        if known is None:
            learned[key] = LearnedRule(states, example.action, key, [example.lesson.name])
        elif known.action != example.action:
            del learned[key]
            ambiguous.add(key)
        else:
            known.names.append(example.lesson.name)
    return RuleIndex(rule for rule in learned.values() if rule.action != SNIPPET)


def _learn_unhappy(found: Iterable[Example]) -> RuleIndex:
    learned: dict[str, LearnedRule] = {}
    for example in found:
        loop = example.states[-1].loop
        if loop is None or loop == NOT_SET:
            continue
        states = example.states[-1:]
        if len(example.states) > 1 and example.states[-2].action is not None:
            states = (State(action=example.states[-2].action), *states)
        states = _after_snippet(states)
        if not states:
            continue
        listened = example.states[-1].action == LISTEN
        if listened and example.action == loop:
            meaning = LOOP_INTERRUPTED
        elif not listened and example.action != loop:
            meaning = NOT_THE_LOOP
        else:
            continue
        key = rule_key(states)
        learned[key] = LearnedRule(states, meaning, key, [example.lesson.name])
    return RuleIndex(learned.values())


def _slots_and_loops(found: Iterable[Example]) -> tuple[set[str], set[str]]:
    slots: set[str] = set()
    loops: set[str] = set()
    for example in found:
        for state in example.states:
            slots.update(name for name, _ in state.slots)
            if state.loop is not None:
                loops.add(state.loop)
    return slots, loops


def _check_one_message(rules: Sequence[Lesson], findings: Findings) -> None:
    for lesson in rules:
        if sum(isinstance(event, UserUttered) for event in lesson.events) > 1:
            findings.error(
                "rules.several_messages",
                f"The rule '{lesson.name}' has more than one message.",
                lesson.place,
                hint="make it a story: a rule is one message and what follows it",
            )


def _check_complete(rules: Sequence[Lesson], domain: Domain, findings: Findings) -> None:
    """A rule must say of an action what others say: which slots it sets, which form it opens."""
    slots: dict[str, set[str]] = defaultdict(set)
    loops: dict[str, set[str | None]] = defaultdict(set)
    histories = [(lesson, _history(lesson, domain)) for lesson in rules]
    for _, history in histories:
        action: str | None = None
        for event in history.applied:
            if isinstance(event, ActionExecuted):
                action = event.action
            elif isinstance(event, UserUttered):
                action = None
            elif action is not None and isinstance(event, SlotSet):
                if event.name in domain.slots and domain.slots[event.name].influences:
                    slots[action].add(event.name)
            elif action is not None and isinstance(event, ActiveLoop):
                loops[action].add(event.name)
    for lesson, history in histories:
        states = history.states()[:-1]
        following = [state.action for state in states[1:]] + [LISTEN]
        for state, next_action in zip(states, following, strict=True):
            action = state.action
            if action is None or SNIPPET in (action, next_action):
                continue
            missing = slots.get(action, set()) - {name for name, _ in state.slots}
            expected = loops.get(action, set())
            if missing:
                names = ", ".join(sorted(missing))
                findings.error(
                    "rules.incomplete",
                    f"The rule '{lesson.name}' does not say that '{action}' sets {names}, as other rules do.",
                    lesson.place,
                    hint="add 'slot_was_set', or 'wait_for_user_input: false' if the action is the last step",
                )
            if expected and state.loop not in expected:
                findings.error(
                    "rules.incomplete",
                    f"The rule '{lesson.name}' does not say which form '{action}' opens, as others do.",
                    lesson.place,
                    hint="add 'active_loop', or 'wait_for_user_input: false' if the action is the last step",
                )


class _Analysis:
    """Runs the policy over what it learned from, to see what contradicts and which rules stories show too."""

    def __init__(self, policy: RulePolicy, domain: Domain, findings: Findings) -> None:
        self._policy = policy
        self._domain = domain
        self._findings = findings
        self._sources: dict[str, list[tuple[str, str | None]]] = defaultdict(list)

    def run(self, rules: Sequence[Lesson], stories: Sequence[Lesson]) -> set[str]:
        """The sources of predictions that no story shows."""
        for lesson in rules:
            self._walk(lesson, collect=True)
        shown: set[str] = set()
        for lesson in (*rules, *stories):
            shown |= self._walk(lesson, collect=False)
        sources = set(self._sources)
        sources |= {command_source(intent) for intent in COMMANDS}
        for loop in self._domain.forms:
            sources |= {loop_source(loop), loop_listen_source(loop)}
        return sources - shown

    def _walk(self, lesson: Lesson, *, collect: bool) -> set[str]:
        history = _history(lesson, self._domain)
        skipped = {id(lesson.events[index]) for index in lesson.unpredictable}
        running = History(self._domain)
        shown: set[str] = set()
        unpredictable = True
        for event in history.applied:
            if not isinstance(event, ActionExecuted):
                running.apply(event)
                continue
            if event.action == SNIPPET:
                unpredictable = True
            elif unpredictable or id(event) in skipped:
                unpredictable = False
            else:
                action, source = self._predict(running, lesson, event.action)
                if collect:
                    self._collect(lesson, action, event.action, source)
                else:
                    if not lesson.is_rule and action == event.action:
                        shown.add(source)
                    self._check(lesson, action, event.action, source)
            running.apply(event)
        return shown

    def _predict(self, running: History, lesson: Lesson, wanted: str) -> tuple[str | None, str]:
        prediction, source = self._policy.predict_from(running, learning=True)
        action = self._named(prediction.action, prediction.because, lesson)
        loop = running.active_loop
        if loop is not None and action != wanted and action == loop:
            # An unhappy path: the form ran first and declined.
            running.apply(ActionExecutionRejected(timestamp=0.0, action=loop))
            prediction, source = self._policy.predict_from(running, learning=True)
            action = self._named(prediction.action, prediction.because, lesson)
        return action, source

    def _named(self, action: str | None, because: str, lesson: Lesson) -> str | None:
        if because == "no rule applies":
            # A story may go where no rule does; a rule must always predict.
            return (action or LISTEN) if lesson.is_rule else None
        return action

    def _collect(self, lesson: Lesson, action: str | None, wanted: str, source: str) -> None:
        if source.startswith(("default command ", "loop ")):
            self._sources[source].append((source, action))
        else:
            self._sources[source].append((lesson.name, wanted))

    def _check(self, lesson: Lesson, action: str | None, wanted: str, source: str) -> None:
        if action is None or action == wanted:
            return
        if self._is_listen_after_only_step(lesson, action, source):
            self._policy.lookup.rules.remove(source)
            return
        others = {name for name, theirs in self._sources.get(source, ()) if theirs != wanted}
        if not others:
            return
        kind = "rule" if lesson.is_rule else "story"
        names = ", ".join(f"'{name}'" for name in sorted(others))
        predicts = "" if action == self._policy.options.fallback_action else f", which does '{action}' there"
        self._findings.error(
            f"rules.contradict_{kind}",
            f"The {kind} '{lesson.name}' does '{wanted}' where {names} says otherwise{predicts}.",
            lesson.place,
            hint="change one of them, or tell them apart by a condition",
        )

    def _is_listen_after_only_step(self, lesson: Lesson, action: str, source: str) -> bool:
        """Whether a story goes on where a rule listens, and a longer rule begins the same way."""
        if lesson.is_rule or source.count("prev_action") > 1 or action != LISTEN:
            return False
        return any(
            rule.key.startswith(source[:-2]) and rule.key != source for rule in self._policy.lookup.rules
        )
