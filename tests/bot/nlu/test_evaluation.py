from __future__ import annotations

import json

import pytest

from bot.nlu import Interpreter, evaluate
from bot.nlu.data import Annotation, Example


async def test_the_report_counts_what_went_right_and_wrong(interpreter: Interpreter) -> None:
    report = await evaluate(
        interpreter,
        [
            Example("where is order 48213", "order_status", (Annotation(15, 20, "order_number", "48213"),)),
            Example("when do you close", "faq/opening_hours"),
            Example("where is my parcel", "greet"),
            Example("what is the tallest mountain in south america", "out_of_scope/chit_chat"),
        ],
    )
    assert report.intent_accuracy == pytest.approx(2 / 3)
    assert report.refused == 1.0
    assert report.false_refusals == 0.0
    assert report.entities.recall == 1.0
    assert [(c.intent, c.predicted, c.texts) for c in report.confusions] == [
        ("greet", "order_status", ("where is my parcel",))
    ]
    assert json.loads(json.dumps(report.to_json()))["examples"] == 4
    assert "greet read as order_status" in report.render()


async def test_a_missed_and_a_wrong_entity_are_listed(interpreter: Interpreter) -> None:
    report = await evaluate(
        interpreter, [Example("is Oslo nice", "product_question", (Annotation(8, 12, "product", "nice"),))]
    )
    assert report.entities.f1 == 0.0
    assert report.entity_errors[0].missed == ("product: nice",)
    assert report.entity_errors[0].wrong == ("city: Oslo",)


async def test_nothing_to_measure_is_no_failure(interpreter: Interpreter) -> None:
    report = await evaluate(interpreter, [])
    assert report.intent_accuracy is None
    assert "utterances" in report.render()
