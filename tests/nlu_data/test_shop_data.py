"""The language data of the default bot keeps its own rules: complete, consistent, no leak into the tests."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pytest
import yaml

SHOP = Path(__file__).parents[2] / "nlu_data" / "shop"
TRAINING = SHOP / "nlu.yml"
UNSEEN = SHOP / "tests" / "nlu_unseen.yml"
OUT_OF_SCOPE = SHOP / "tests" / "out_of_scope.yml"
FILES = [TRAINING, UNSEEN, OUT_OF_SCOPE]

INTENTS = {
    "greet",
    "thank",
    "goodbye",
    "affirm",
    "deny",
    "are_you_a_bot",
    "help",
    "repeat",
    "order_status",
    "change_order",
    "cancel_order",
    "return_item",
    "refund_status",
    "delivery_late",
    "item_damaged",
    "item_missing",
    "wrong_item",
    "invoice_copy",
    "payment_failed",
    "change_address",
    "change_phone",
    "change_email",
    "reset_password",
    "product_availability",
    "product_question",
    "voucher_problem",
    "unsubscribe_newsletter",
    "delete_my_data",
    "technical_support",
    "complaint",
    "ask_for_person",
    "request_callback",
    "give_feedback",
    "switch_language",
    "inform",
    "correct",
    "stop",
    "out_of_scope",
    "faq/return_policy",
    "faq/payment_methods",
    "faq/warranty",
    "faq/opening_hours",
    "faq/shop_locations",
    "faq/shipping_cost",
    "faq/shipping_time",
}
OUT_OF_SCOPE_KINDS = {"out_of_scope/chit_chat", "out_of_scope/other_business", "out_of_scope/near_miss"}
ENTITIES = {"order_number", "email", "phone", "product", "date", "postcode", "amount", "city", "language"}

ANNOTATION = re.compile(r"\[(?P<text>[^\[\]]+)\](?:\((?P<name>[^()]*)\)|(?P<object>\{[^{}]*\}))")
FIVE_DIGITS = re.compile(r"(?<![\d.,])\d{5}(?!\d)")
NEARLY_EQUAL = 0.8
SHORT = 3


@dataclass(frozen=True)
class Utterance:
    """One example as a customer would type it, with its (text, entity) annotations."""

    intent: str
    text: str
    entities: tuple[tuple[str, str], ...]
    rest: str
    """The text outside the annotations."""

    @property
    def key(self) -> str:
        return " ".join(re.findall(r"[^\W_]+|[^\w\s]", self.text.lower())).strip(" .!?,")

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(re.findall(r"\w+", self.text.lower()))


def _utterance(intent: str, example: str) -> Utterance:
    entities = tuple(
        (m["text"], m["name"] if m["name"] is not None else json.loads(m["object"])["entity"])
        for m in ANNOTATION.finditer(example)
    )
    return Utterance(intent, ANNOTATION.sub(r"\g<text>", example), entities, ANNOTATION.sub(" ", example))


@cache
def _entries(path: Path) -> list[dict[str, str]]:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert document["version"] == "3.1"
    return list(document["nlu"])


@cache
def _utterances(path: Path) -> list[Utterance]:
    return [
        _utterance(entry["intent"], line.removeprefix("- "))
        for entry in _entries(path)
        if "intent" in entry
        for line in entry["examples"].splitlines()
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_entry_is_one_known_kind_with_a_list_of_examples(path: Path) -> None:
    for entry in _entries(path):
        assert len(entry.keys() & {"intent", "synonym", "lookup", "regex"}) == 1, entry
        assert set(entry) - {"intent", "synonym", "lookup", "regex"} == {"examples"}, entry
        assert all(re.match(r"- \S", line) for line in entry["examples"].splitlines()), entry


def test_the_shop_bot_has_its_45_intents_with_enough_utterances() -> None:
    training = Counter(u.intent for u in _utterances(TRAINING))
    unseen = Counter(u.intent for u in _utterances(UNSEEN))
    assert len(INTENTS) == 45
    assert set(training) == INTENTS
    assert set(unseen) == INTENTS
    assert {intent: n for intent, n in training.items() if n < 25} == {}
    assert {intent: n for intent, n in unseen.items() if n < 8} == {}


def test_out_of_scope_has_three_kinds_and_at_least_60_utterances() -> None:
    kinds = Counter(u.intent for u in _utterances(OUT_OF_SCOPE))
    assert set(kinds) == OUT_OF_SCOPE_KINDS
    assert sum(kinds.values()) >= 60
    assert min(kinds.values()) >= 20


def test_no_utterance_occurs_twice_in_or_between_intents_and_files() -> None:
    seen = Counter(u.key for path in FILES for u in _utterances(path))
    assert [key for key, n in seen.items() if n > 1] == []


@pytest.mark.parametrize("path", [UNSEEN, OUT_OF_SCOPE], ids=lambda path: path.name)
def test_no_test_utterance_is_nearly_a_training_one(path: Path) -> None:
    by_size: defaultdict[int, set[frozenset[str]]] = defaultdict(set)
    for u in _utterances(TRAINING):
        by_size[len(u.words)].add(u.words)
    leaks = []
    for u in _utterances(path):
        size = len(u.words)
        near_sizes = range(int(NEARLY_EQUAL * size), int(size / NEARLY_EQUAL) + 1)
        near = (words for n in near_sizes for words in by_size[n])
        if size >= SHORT and any(len(u.words & w) >= NEARLY_EQUAL * len(u.words | w) for w in near):
            leaks.append(u.text)
    assert leaks == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_annotations_name_known_entities_and_leave_no_bracket_behind(path: Path) -> None:
    for u in _utterances(path):
        assert {name for _, name in u.entities} <= ENTITIES, u
        assert all(text == text.strip() for text, _ in u.entities), u
        assert not re.search(r"[\[\]{}]", u.text), u


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_order_numbers_are_five_digits_and_no_five_digits_or_email_go_unannotated(path: Path) -> None:
    for u in _utterances(path):
        assert all(re.fullmatch(r"\d{5}", text) for text, name in u.entities if name == "order_number"), u
        assert not FIVE_DIGITS.search(u.rest), u
        assert "@" not in u.rest, u


def test_regexes_find_what_the_training_data_annotates() -> None:
    """A pattern that hits text annotated as something else would teach the extractor nonsense."""
    patterns = {
        entry["regex"]: [
            re.compile(line.removeprefix("- "), re.IGNORECASE) for line in entry["examples"].splitlines()
        ]
        for entry in _entries(TRAINING)
        if "regex" in entry
    }
    assert set(patterns) == {"order_number", "postcode", "email", "phone", "amount"}
    for name, expressions in patterns.items():
        hits = right = 0
        for u in _utterances(TRAINING):
            found = [match for expression in expressions for match in expression.findall(u.text)]
            hits += len(found)
            right += sum((text, name) in u.entities for text in found)
        assert hits > 20, name
        assert right >= 0.95 * hits, (name, right, hits)


def test_synonyms_lead_to_one_canonical_name_and_lookups_cover_the_open_entities() -> None:
    synonyms = [
        (line.removeprefix("- ").lower(), entry["synonym"])
        for entry in _entries(TRAINING)
        if "synonym" in entry
        for line in entry["examples"].splitlines()
    ]
    assert [surface for surface, n in Counter(surface for surface, _ in synonyms).items() if n > 1] == []
    assert {entry["lookup"] for entry in _entries(TRAINING) if "lookup" in entry} == {
        "product",
        "city",
        "language",
    }
    canonical = {name.lower() for _, name in synonyms} | {surface for surface, _ in synonyms}
    named = {
        text.lower() for u in _utterances(TRAINING) for text, entity in u.entities if entity == "product"
    }
    assert named - canonical - {"charger", "router"} == set()
