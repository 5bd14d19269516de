"""Test stories: what passes, and how a failure is told."""

from __future__ import annotations

from pathlib import Path

from bot.dialogue.policies.ensemble import Ensemble
from bot.dialogue.story_tests import Report, run_story_tests
from bot.events import Parse
from bot.project import Project
from tests.bot.dialogue.harness import CONFIG, Commands
from tests.bot.dialogue.test_forms import FORMBOT, RULES, STORIES

PASSING = """
stories:
- story: whole form
  steps:
  - user: |
      /request_table
    intent: request_table
  - action: table_form
  - active_loop: table_form
  - user: |
      /chitchat
    intent: chitchat
  - action: utter_chitchat
  - action: table_form
  - user: |
      /inform{"cuisine": "thai"}
    intent: inform
  - slot_was_set:
    - cuisine: thai
  - action: table_form
  - active_loop: null
  - slot_was_set:
    - requested_slot: null
  - action: utter_done
- story: stopping
  steps:
  - intent: request_table
  - action: table_form
  - active_loop: table_form
  - intent: stop
  - action: utter_ask_continue
  - intent: deny
  - action: action_deactivate_loop
  - active_loop: null
  - action: utter_stopped
"""
FAILING = """
stories:
- story: wrong
  steps:
  - user: |
      /thank
    intent: greet
  - action: utter_chitchat
"""


async def run(root: Path, tests: str, *, read: bool = False) -> Report:
    files = {
        "config.yml": CONFIG,
        "domain.yml": FORMBOT,
        "data/rules.yml": f"rules:\n{RULES}",
        "data/stories.yml": f"stories:\n{STORIES}",
        "tests/test_stories.yml": tests,
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    project = Project.load(root)

    async def understand(text: str) -> Parse:
        return await Commands().parse(text)

    return await run_story_tests(project, Ensemble.learn(project), read=understand if read else None)


async def test_stories_that_the_bot_follows_pass(tmp_path: Path) -> None:
    report = await run(tmp_path, PASSING)
    assert str(report) == "2 of 2 test stories passed"


async def test_texts_may_be_read_by_the_bot_itself(tmp_path: Path) -> None:
    report = await run(tmp_path, PASSING, read=True)
    assert str(report) == "2 of 2 test stories passed"


async def test_a_failure_shows_what_was_expected_what_was_found_and_where(tmp_path: Path) -> None:
    report = await run(tmp_path, FAILING, read=True)
    (failed,) = report.failed
    told = [(m.kind, m.expected, m.found, str(m.place)) for m in failed.mismatches]
    assert told[0] == ("intent", "greet", "thank", "tests/test_stories.yml:5")
    assert told[1] == ("action", "utter_chitchat", "action_default_fallback", "tests/test_stories.yml:8")
    assert "  - utter_chitchat\n    + action_default_fallback" in str(report)
    assert str(report).endswith("0 of 1 test stories passed")
