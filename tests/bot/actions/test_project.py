"""The default bot's project is whole: it loads without findings, and its test stories pass."""

from __future__ import annotations

import json

import pytest

from bot.actions.shop import build
from bot.actions.shop.support import STEPS
from bot.dialogue.policies.ensemble import Ensemble
from bot.dialogue.story_tests import run_story_tests
from bot.project import Project


def test_project_has_no_findings(shop_project: Project) -> None:
    assert [str(finding) for finding in shop_project.validate()] == []
    assert [str(finding) for finding in Ensemble.learn(shop_project).findings] == []


async def test_every_test_story_passes(shop_project: Project) -> None:
    report = await run_story_tests(shop_project, Ensemble.learn(shop_project))
    assert len(report.results) >= 70
    assert report.failed == [], str(report)


def test_every_custom_action_of_the_domain_has_its_class(shop_project: Project) -> None:
    never_called = None
    actions = build(
        never_called,  # type: ignore[arg-type]
        identity_store=never_called,  # type: ignore[arg-type]
        sender=never_called,  # type: ignore[arg-type]
        changes=never_called,  # type: ignore[arg-type]
        notices=never_called,  # type: ignore[arg-type]
        clock=lambda: 0.0,
    )
    names = {action.name() for action in actions}
    assert names | {"action_human_handoff"} == set(shop_project.domain.actions) - set(
        shop_project.domain.responses
    )


@pytest.mark.parametrize("product", STEPS)
def test_every_troubleshooting_step_has_its_words(shop_project: Project, product: str) -> None:
    for step in range(1, STEPS[product] + 1):
        assert f"utter_step_{product}_{step}" in shop_project.domain.responses


def test_voice_variants_have_no_buttons_and_no_symbols(shop_project: Project) -> None:
    for name, variations in shop_project.domain.responses.items():
        for variation in variations:
            if variation.channel == "voice":
                assert not variation.buttons, name
                assert not set("€•/()") & set(variation.text or ""), name


def test_payloads_name_what_the_domain_has(shop_project: Project) -> None:
    domain = shop_project.domain
    for name, variations in domain.responses.items():
        for variation in variations:
            for button in variation.buttons:
                intent, _, entities = button["payload"].removeprefix("/").partition("{")
                assert intent in domain.intents, name
                if entities:
                    assert set(json.loads("{" + entities)) <= set(domain.entities), name
