"""Understanding: training, parse latency and throughput, memory, and accuracy on public data beside a peer.

The public data are not in the repository; where the folder that `FIRSTLINE_SHARED` names is absent, that part
is left out. The peer is TF-IDF on words and characters with a linear SVM, trained in the same run on the same
sentences.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

from bot.nlu import Interpreter, NluConfig, Report, TrainedModel, choose, evaluate, load
from bot.nlu.data import OUT_OF_SCOPE, Example, TrainingData
from bot.nlu.training import train
from bot.project import Project
from tests.bench.figures import figure, percentile, resident_mb
from tests.support.requirements import ROOT, SHARED

SHOP = ROOT / "nlu_data" / "shop"
LONE_REQUESTS = 300
TOGETHER = 32
ROUNDS = 20
PER_INTENT = {"banking77": 25, "clinc150": 20}
TEST_SENTENCES = 1500


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        trained = _train_shop(Path(folder))
        for precision in ("auto", "float32"):
            device = choose(precision=precision)
            asyncio.run(_speed(load(trained, device=device), str(device.dtype).removeprefix("torch.")))
        if SHARED.is_dir():
            for name, per_intent in PER_INTENT.items():
                _public_data(name, per_intent, Path(folder))


def _train_shop(folder: Path) -> Path:
    project = Project.load(SHOP)
    began, cpu = time.perf_counter(), time.process_time()
    model = train(project.nlu, folder, project="shop")
    examples = len(project.nlu.examples)
    figure("nlu train, default bot", time.perf_counter() - began, "s", utterances=examples)
    figure("nlu train, default bot, processor time", time.process_time() - cpu, "s", utterances=examples)
    for name, value in model.fingerprint.metrics.items():
        if value is not None:
            figure(f"nlu {name.replace('_', ' ')}", value, "share")
    return folder / model.fingerprint.name


async def _speed(model: TrainedModel, precision: str) -> None:
    rng = random.Random(1)
    texts = [example.text for example in Project.load(SHOP).nlu.examples]
    rng.shuffle(texts)
    interpreter = Interpreter(model)
    await interpreter.warm()
    for text in texts[:50]:
        await interpreter.parse(text)
    seconds = []
    for text in texts[:LONE_REQUESTS]:
        began = time.perf_counter()
        await interpreter.parse(text)
        seconds.append(time.perf_counter() - began)
    for percent in (50, 95):
        value = percentile(seconds, percent) * 1000
        figure(f"nlu parse p{percent}", value, "ms", in_flight=1, precision=precision)

    remaining = iter(texts * ROUNDS)

    async def client() -> None:
        for _ in range(ROUNDS):
            await interpreter.parse(next(remaining))

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(TOGETHER)))
    rate = TOGETHER * ROUNDS / (time.perf_counter() - began)
    figure("nlu parse throughput", rate, "parses/s", in_flight=TOGETHER, precision=precision)
    figure("nlu process memory", resident_mb(os.getpid()), "MB", precision=precision)
    await interpreter.close()


def _public_data(name: str, per_intent: int, folder: Path) -> None:
    learning, testing = _banking77() if name == "banking77" else _clinc150()
    rng = random.Random(1)
    learning = _sample(learning, per_intent, rng)
    rng.shuffle(testing)
    outside = [row for row in testing if row[1] == OUT_OF_SCOPE][:TEST_SENTENCES]
    testing = [row for row in testing if row[1] != OUT_OF_SCOPE][:TEST_SENTENCES]
    conditions = {"data": name, "per_intent": per_intent, "test_sentences": len(testing)}

    inside = [row for row in learning if row[1] != OUT_OF_SCOPE]
    began = time.process_time()
    peer = make_pipeline(
        make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
        ),
        LinearSVC(),
    ).fit([text for text, _ in inside], [intent for _, intent in inside])
    seconds = time.process_time() - began
    guesses = peer.predict([text for text, _ in testing])
    right = [guess == intent for guess, (_, intent) in zip(guesses, testing, strict=True)]
    _accuracy("TF-IDF and linear SVM", sum(right) / len(right), seconds, conditions)

    for classifier in ("linear", "finetune"):
        began = time.process_time()
        config = NluConfig.model_validate({"classifier": classifier, "languages": ["en"]})
        model = train(_training_data(learning), folder, project=name, config=config)
        seconds = time.process_time() - began
        report = asyncio.run(_report(model, [*testing, *outside]))
        if report.intent_accuracy is not None:
            _accuracy(f"Firstline, {classifier}", report.intent_accuracy, seconds, conditions)
        if report.refused is not None and report.false_refusals is not None:
            figure("nlu out of scope refused", report.refused, "share", classifier=classifier, **conditions)
            figure(
                "nlu in scope refused", report.false_refusals, "share", classifier=classifier, **conditions
            )


def _accuracy(who: str, share: float, seconds: float, conditions: dict[str, object]) -> None:
    figure("nlu intent accuracy", share, "share", who=who, train_processor_s=round(seconds, 1), **conditions)


async def _report(model: TrainedModel, rows: Sequence[tuple[str, str]]) -> Report:
    interpreter = Interpreter(model)
    report = await evaluate(interpreter, [Example(text, intent) for text, intent in rows])
    await interpreter.close()
    return report


def _training_data(rows: Sequence[tuple[str, str]]) -> TrainingData:
    return TrainingData([Example(text, intent) for text, intent in rows])


def _sample(rows: Sequence[tuple[str, str]], per_intent: int, rng: random.Random) -> list[tuple[str, str]]:
    """So many of each intent; all of the few that are out of scope."""
    by_intent: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        by_intent.setdefault(row[1], []).append(row)
    chosen = []
    for intent, members in sorted(by_intent.items()):
        rng.shuffle(members)
        chosen += members if intent == OUT_OF_SCOPE else members[:per_intent]
    return chosen


def _banking77() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    folder = SHARED / "data" / "text" / "banking77"

    def rows(name: str) -> list[tuple[str, str]]:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            return [(row["text"], row["category"]) for row in csv.DictReader(file)]

    return rows("train.csv"), rows("test.csv")


def _clinc150() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    data = json.loads((SHARED / "data" / "text" / "clinc150" / "data_full.json").read_text(encoding="utf-8"))

    def rows(*names: str) -> list[tuple[str, str]]:
        return [
            (text, OUT_OF_SCOPE if intent == "oos" else intent) for n in names for text, intent in data[n]
        ]

    return rows("train", "oos_train"), rows("val", "oos_test")
