"""Learned rules, found by the state that they end with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from bot.dialogue.features import NOT_SET, State


@dataclass(slots=True, eq=False)
class LearnedRule:
    """In these states, oldest first, this action follows; ``names`` are the rules that say so."""

    states: tuple[State, ...]
    action: str
    key: str
    names: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return ", ".join(dict.fromkeys(self.names))

    @property
    def is_general(self) -> bool:
        """Whether it says nothing of an open form."""
        return self.states[-1].loop in (None, NOT_SET)


class RuleIndex:
    """A set of rules, each with its key, that finds those that fit a dialogue."""

    def __init__(self, rules: Iterable[LearnedRule] = ()) -> None:
        self._rules: dict[str, LearnedRule] = {}
        self._longest = 0
        self._by_end: dict[tuple[str | None, str | None], list[LearnedRule]] = defaultdict(list)
        for rule in rules:
            self.add(rule)

    def __len__(self) -> int:
        return len(self._rules)

    @property
    def longest(self) -> int:
        """The number of states of the longest rule."""
        return self._longest

    def __iter__(self) -> Iterator[LearnedRule]:
        return iter(self._rules.values())

    def add(self, rule: LearnedRule) -> None:
        self._rules[rule.key] = rule
        self._longest = max(self._longest, len(rule.states))
        end = rule.states[-1]
        self._by_end[end.action, end.intent].append(rule)

    def remove(self, key: str) -> None:
        rule = self._rules.pop(key, None)
        if rule is not None:
            end = rule.states[-1]
            self._by_end[end.action, end.intent].remove(rule)

    def fitting(self, states: Sequence[State]) -> list[LearnedRule]:
        """The rules that fit a dialogue of which these are the latest states, as they were learned."""
        last = states[-1]
        candidates = self._by_end.get((last.action, last.intent), ())
        if last.intent is not None:
            candidates = (*candidates, *self._by_end.get((last.action, None), ()))
        if last.action is None:
            # States without an action are the dialogue's start, where nothing further is compared.
            candidates = [r for (action, _), rules in self._by_end.items() if action is None for r in rules]
        return [rule for rule in candidates if fits(rule.states, states)]


def fits(rule_states: Sequence[State], states: Sequence[State]) -> bool:
    """Whether the latest of the states are as the rule's."""
    for back in range(1, min(len(rule_states), len(states)) + 1):
        wanted, given = rule_states[-back], states[-back]
        if wanted.action is None and given.action is None:
            continue
        if wanted.action is None or given.action is None:
            return False
        if not _fits(wanted, given):
            return False
    return True


def _fits(wanted: State, given: State) -> bool:
    if wanted.action != given.action:
        return False
    if wanted.intent is not None and wanted.intent != given.intent:
        return False
    if wanted.text is not None and wanted.text != given.text:
        return False
    if wanted.entities and wanted.entities != given.entities:
        return False
    if wanted.loop is not None:
        if wanted.loop == NOT_SET:
            if given.loop is not None and given.loop != NOT_SET:
                return False
        elif wanted.loop != given.loop:
            return False
    if wanted.slots:
        known = dict(given.slots)
        for name, feature in wanted.slots:
            have = known.get(name)
            if feature == NOT_SET:
                if have is not None and have != NOT_SET:
                    return False
            elif have != feature:
                return False
    return True
