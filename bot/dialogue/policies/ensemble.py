"""The policies of a project together: learned once from its rules and stories, asked for each next action."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.dialogue.history import History
from bot.dialogue.policies.memoization import MemoizationOptions, MemoizationPolicy
from bot.dialogue.policies.prediction import MEMOIZATION_PRIORITY, RULE_PRIORITY, Prediction, best
from bot.dialogue.policies.rule import RuleLookup, RuleOptions, RulePolicy
from bot.dialogue.policies.rule_training import examples, learn_rules
from bot.dialogue.policies.training import rule_lessons, story_lessons
from bot.events import ActionExecutionRejected, Event
from bot.project import Project
from bot.project.config import Component
from bot.project.problems import Finding, Findings

FORCED = Prediction(None, 1.0, "FollowupAction", 99, "forced by an event")


@dataclass(slots=True)
class Ensemble:
    """Predicts next actions. ``findings`` are contradictions and gaps found while learning."""

    policies: list[RulePolicy | MemoizationPolicy]
    action_names: frozenset[str]
    findings: list[Finding] = field(default_factory=list)

    @classmethod
    def learn(cls, project: Project) -> Ensemble:
        """The policies that the project's configuration names, learned from its rules and stories."""
        findings = Findings()
        domain = project.domain
        rules = rule_lessons(project.rules, domain)
        stories = story_lessons(project.stories, domain)
        policies: list[RulePolicy | MemoizationPolicy] = []
        lookup = RuleLookup()
        component = project.config.policy("RulePolicy")
        if component is not None:
            policy = learn_rules(rules, stories, domain, _rule_options(component.options), findings)
            lookup = policy.lookup
            policies.append(policy)
        for component in project.config.policies:
            if component.short_name in ("MemoizationPolicy", "AugmentedMemoizationPolicy"):
                options = _memoization_options(component)
                policies.append(MemoizationPolicy.learn(examples(stories, domain), options, lookup))
        return cls(policies, domain.action_names, list(findings))

    def predict(self, history: History, *, last_event: Event | None = None) -> Prediction:
        """The next action. ``last_event`` is the latest of actions and rejections of actions."""
        followup = history.followup_action
        if followup is not None and followup in self.action_names:
            return Prediction(followup, 1.0, FORCED.policy, FORCED.priority, FORCED.because)
        rejected = last_event.action if isinstance(last_event, ActionExecutionRejected) else None
        return best([policy.predict(history) for policy in self.policies], rejected=rejected)


def _rule_options(options: Mapping[str, Any]) -> RuleOptions:
    return RuleOptions(
        fallback_action=str(options.get("core_fallback_action_name", "action_default_fallback")),
        fallback_threshold=float(options.get("core_fallback_threshold", 0.3)),
        fallback=bool(options.get("enable_fallback_prediction", True)),
        restrict_rules=bool(options.get("restrict_rules", True)),
        check_contradictions=bool(options.get("check_for_contradictions", True)),
        nlu_confidence_as_score=bool(options.get("use_nlu_confidence_as_score", False)),
        priority=int(options.get("priority", RULE_PRIORITY)),
    )


def _memoization_options(component: Component) -> MemoizationOptions:
    options = component.options
    max_history = options.get("max_history")
    return MemoizationOptions(
        max_history=int(max_history) if max_history else None,
        augmented=component.short_name == "AugmentedMemoizationPolicy",
        nlu_confidence_as_score=bool(options.get("use_nlu_confidence_as_score", False)),
        priority=int(options.get("priority", MEMOIZATION_PRIORITY)),
    )
