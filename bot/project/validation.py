"""Names that a project uses and does not define, and other slips that reading alone does not show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.project.domain import DEFAULT_ACTIONS, DEFAULT_INTENTS, MappingType
from bot.project.problems import NOWHERE, Finding, Findings, Place
from bot.project.stories import ActionStep, CheckpointStep, LoopStep, OrStep, SlotStep, Step, UserStep

if TYPE_CHECKING:
    from bot.project.project import Project

_DEFAULT_LOOPS = frozenset({"action_two_stage_fallback"})
_UNSUPPORTED_POLICIES = {
    "TEDPolicy": "what no rule and no story covers exactly goes to the fallback",
    "UnexpecTEDIntentPolicy": "action_unlikely_intent is never predicted",
}
_POLICIES = frozenset(
    {"RulePolicy", "MemoizationPolicy", "AugmentedMemoizationPolicy", *_UNSUPPORTED_POLICIES}
)


def validate(project: Project) -> list[Finding]:
    """The findings of a project as a whole, in the order of its parts."""
    findings = Findings()
    _policies(project, findings)
    _domain(project, findings)
    _training_data(project, findings)
    for kind, items in (("rule", project.rules), ("story", project.stories), ("test story", project.tests)):
        seen: dict[str, Place] = {}
        for item in items:
            if item.name in seen:
                findings.warn(
                    "stories.repeated_name",
                    f"The {kind} '{item.name}' has the name of the one at {seen[item.name]}.",
                    item.place,
                )
            seen[item.name] = item.place
            steps = [*getattr(item, "conditions", ()), *item.steps]
            for step in _flat(steps):
                _step(project, step, findings)
    _checkpoints(project, findings)
    return findings


def _policies(project: Project, findings: Findings) -> None:
    for policy in project.config.policies:
        if policy.short_name in _UNSUPPORTED_POLICIES:
            findings.warn(
                "config.policy",
                f"{policy.short_name} is left out: {_UNSUPPORTED_POLICIES[policy.short_name]}.",
                policy.place,
            )
        elif policy.short_name not in _POLICIES:
            findings.error(
                "config.policy", f"The policy '{policy.name}' is unknown and left out.", policy.place
            )
    names = {policy.short_name for policy in project.config.policies}
    if "RulePolicy" not in names and (project.rules or project.domain.forms):
        findings.error(
            "config.no_rule_policy",
            "There are rules or forms, but no RulePolicy.",
            Place("config.yml", 1),
            hint="add '- name: RulePolicy' to 'policies:'",
        )


def _domain(project: Project, findings: Findings) -> None:
    domain = project.domain
    for intent in domain.intents.values():
        for name in (*(intent.use_entities or ()), *intent.ignore_entities):
            if name not in domain.entities:
                findings.warn(
                    "domain.unknown_entity",
                    f"The intent '{intent.name}' names the unknown entity '{name}'.",
                    intent.place,
                )
    for slot in domain.slots.values():
        for mapping in slot.mappings:
            if mapping.entity is not None and mapping.entity not in domain.entities:
                findings.error(
                    "domain.unknown_entity",
                    f"The slot '{slot.name}' is filled from the unknown entity '{mapping.entity}'.",
                    mapping.place,
                    hint=f"add '{mapping.entity}' to 'entities:'",
                )
            for name in (*mapping.intents, *mapping.not_intents):
                if name not in domain.intents:
                    findings.error(
                        "domain.unknown_intent",
                        f"The slot '{slot.name}' names the unknown intent '{name}'.",
                        mapping.place,
                        hint=f"add '{name}' to 'intents:'",
                    )
            if mapping.type is MappingType.CUSTOM and mapping.action and mapping.action not in domain.actions:
                findings.error(
                    "domain.unknown_action",
                    f"The slot '{slot.name}' is set by the unknown action '{mapping.action}'.",
                    mapping.place,
                    hint=f"add '{mapping.action}' to 'actions:'",
                )
            for condition in mapping.conditions:
                if condition.active_loop is not None and condition.active_loop not in domain.forms:
                    findings.error(
                        "domain.unknown_form",
                        f"The slot '{slot.name}' depends on the unknown form '{condition.active_loop}'.",
                        mapping.place,
                    )
    for form in domain.forms.values():
        for name in form.required_slots:
            if name not in domain.slots:
                findings.error(
                    "domain.unknown_slot",
                    f"The form '{form.name}' asks for the unknown slot '{name}'.",
                    form.place,
                    hint=f"add '{name}' to 'slots:'",
                )
                continue
            asks = (
                f"action_ask_{form.name}_{name}",
                f"utter_ask_{form.name}_{name}",
                f"action_ask_{name}",
                f"utter_ask_{name}",
            )
            if not any(ask in domain.action_names for ask in asks):
                findings.warn(
                    "domain.no_question",
                    f"Nothing asks for the slot '{name}' of the form '{form.name}'.",
                    form.place,
                    hint=f"add the response 'utter_ask_{name}'",
                )
        for name in form.ignored_intents:
            if name not in domain.intents:
                findings.warn(
                    "domain.unknown_intent",
                    f"The form '{form.name}' ignores the unknown intent '{name}'.",
                    form.place,
                )
    for name, place in domain.actions.items():
        if name.startswith("utter_") and "/" not in name and not _has_response(project, name):
            findings.error(
                "domain.no_response",
                f"The action '{name}' has no response.",
                place,
                hint=f"add '{name}' to 'responses:'",
            )


def _training_data(project: Project, findings: Findings) -> None:
    domain, nlu = project.domain, project.nlu
    first: dict[str, Place] = {}
    texts: dict[str, tuple[str, Place]] = {}
    for example in nlu.examples:
        first.setdefault(example.intent, example.place)
        known = texts.setdefault(example.text.lower(), (example.full_intent, example.place))
        if known[0] != example.full_intent:
            findings.warn(
                "nlu.ambiguous_example",
                f"'{example.text}' is in '{example.full_intent}' and in '{known[0]}' ({known[1]}).",
                example.place,
            )
        for entity in example.entities:
            if entity.entity not in domain.entities:
                findings.warn(
                    "nlu.unknown_entity",
                    f"The entity '{entity.entity}' is not in the domain.",
                    example.place,
                    hint=f"add '{entity.entity}' to 'entities:'",
                )
    for name, place in first.items():
        if name not in domain.intents or (
            domain.intents[name].place is NOWHERE and name not in DEFAULT_INTENTS
        ):
            findings.warn(
                "nlu.unknown_intent",
                f"The intent '{name}' is not in the domain.",
                place,
                hint=f"add '{name}' to 'intents:'",
            )
    if nlu.examples:
        for intent in domain.intents.values():
            if intent.name not in first and intent.name not in DEFAULT_INTENTS:
                findings.warn("nlu.no_examples", f"The intent '{intent.name}' has no examples.", intent.place)
    for intent_name, keys in nlu.retrieval_keys.items():
        for key in keys:
            if f"utter_{intent_name}/{key}" not in domain.responses:
                findings.error(
                    "domain.no_response",
                    f"The intent '{intent_name}/{key}' has no response.",
                    first[intent_name],
                    hint=f"add 'utter_{intent_name}/{key}' to 'responses:'",
                )


def _has_response(project: Project, name: str) -> bool:
    return name in project.domain.responses or name.removeprefix("utter_") in project.domain.retrieval_intents


def _flat(steps: list[Step] | tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        if isinstance(step, OrStep):
            yield from step.alternatives
        else:
            yield step


def _step(project: Project, step: Step, findings: Findings) -> None:
    domain = project.domain
    match step:
        case UserStep(intent=str(intent)) if intent not in domain.intents:
            findings.error(
                "stories.unknown_intent",
                f"The intent '{intent}' is not in the domain.",
                step.place,
                hint=f"add '{intent}' to 'intents:'",
            )
        case UserStep():
            for entity in step.entities:
                if entity.entity not in domain.entities:
                    findings.error(
                        "stories.unknown_entity",
                        f"The entity '{entity.entity}' is not in the domain.",
                        step.place,
                        hint=f"add '{entity.entity}' to 'entities:'",
                    )
        case ActionStep(action=action) if action not in domain.action_names and action not in DEFAULT_ACTIONS:
            kind, section = (
                ("response", "responses") if action.startswith("utter_") else ("action", "actions")
            )
            findings.error(
                f"stories.unknown_{kind}",
                f"The {kind} '{action}' is not in the domain.",
                step.place,
                hint=f"add '{action}' to '{section}:'",
            )
        case SlotStep(name=name) if name not in domain.slots:
            findings.error(
                "stories.unknown_slot",
                f"The slot '{name}' is not in the domain.",
                step.place,
                hint=f"add '{name}' to 'slots:'",
            )
        case LoopStep(name=str(name)) if name not in domain.forms and name not in _DEFAULT_LOOPS:
            findings.error(
                "stories.unknown_form",
                f"The form '{name}' is not in the domain.",
                step.place,
                hint=f"add '{name}' to 'forms:'",
            )
        case _:
            pass


def _checkpoints(project: Project, findings: Findings) -> None:
    starts: dict[str, Place] = {}
    ends: dict[str, Place] = {}
    for story in project.stories:
        for index, step in enumerate(story.steps):
            if isinstance(step, CheckpointStep):
                if index > 0:
                    ends.setdefault(step.name, step.place)
                if index < len(story.steps) - 1:
                    starts.setdefault(step.name, step.place)
    for name in ends.keys() - starts.keys():
        findings.error("stories.checkpoint", f"No story begins with the checkpoint '{name}'.", ends[name])
    for name in starts.keys() - ends.keys():
        findings.error("stories.checkpoint", f"No story ends with the checkpoint '{name}'.", starts[name])
