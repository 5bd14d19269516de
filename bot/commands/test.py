"""``firstline test``: how well a project's bot does what its tests say."""

from __future__ import annotations

import json

from rich.console import Console

from bot.dialogue.fallback import Fallback
from bot.dialogue.policies.ensemble import Ensemble
from bot.dialogue.story_tests import Report as StoryReport
from bot.dialogue.story_tests import run_story_tests
from bot.events import Parse
from bot.front_line import open_interpreter
from bot.nlu.evaluation import evaluate
from bot.project import Project
from bot.settings import Settings


async def test_project(settings: Settings, console: Console, *, as_json: bool) -> bool:
    """Run the test stories and measure understanding on the test utterances; whether every story passed.

    Stories run twice: as written, which tests the dialogue alone and decides, and as the trained model reads
    their texts, which tells how often a misreading would lead astray.
    """
    project = Project.load(settings.project)
    ensemble = Ensemble.learn(project)
    fallback = Fallback.of(project.config)
    async with open_interpreter(settings) as interpreter:

        async def read(text: str) -> Parse:
            parse = await interpreter.parse(text)
            return fallback.read(parse) if fallback is not None else parse

        written = await run_story_tests(project, ensemble)
        as_read = await run_story_tests(project, ensemble, read=read)
        understood = await evaluate(interpreter, project.nlu_tests.examples)
    if as_json:
        report = {
            "stories": _as_json(written),
            "stories_as_read": _as_json(as_read),
            "understanding": understood.to_json(),
        }
        print(json.dumps(report, ensure_ascii=False))
    else:
        console.print(f"As written: {written}", markup=False, soft_wrap=True)
        console.print(f"\nAs the model reads them: {as_read}", markup=False, soft_wrap=True)
        console.print("\nUtterances that training never saw", style="bold")
        console.print(understood.render(), markup=False, soft_wrap=True)
    return not written.failed


def _as_json(report: StoryReport) -> dict[str, object]:
    return {
        "stories": len(report.results),
        "passed": report.passed,
        "failures": [
            {"story": result.story.name, "mismatches": [str(mismatch) for mismatch in result.mismatches]}
            for result in report.failed
        ],
    }
