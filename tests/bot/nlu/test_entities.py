from __future__ import annotations

from itertools import pairwise

import pytest

from bot.events import Entity
from bot.nlu import TrainedModel
from bot.nlu.entities.values import Kind, normalize
from bot.nlu.trained import Request
from tests.bot.nlu.conftest import NOW


def entities(model: TrainedModel, text: str, *expected: str) -> list[Entity]:
    return list(model.parse([Request(text, "en", expected)], now=NOW)[0].entities)


def read(model: TrainedModel, text: str, *expected: str) -> list[tuple[str, object]]:
    return [(entity.entity, entity.value) for entity in entities(model, text, *expected)]


@pytest.mark.parametrize("text", ["4 8 2 1 3", "48 213", "48-213", "my order is 48 213", "4-8-2-1-3 please"])
def test_a_spaced_out_order_number_is_put_together(model: TrainedModel, text: str) -> None:
    assert ("order_number", "48213") in read(model, text)


def test_a_code_with_a_shape_of_its_own_is_left_as_it_is(model: TrainedModel) -> None:
    assert read(model, "1000-205") == [("postcode", "1000-205")]


@pytest.mark.parametrize("text", ["75011", "it's 75011", "75011 please", " 75011. "])
def test_a_bare_number_is_what_the_form_asks_for(model: TrainedModel, text: str) -> None:
    assert read(model, text, "postcode") == [("postcode", "75011")]
    assert read(model, text, "order_number") == [("order_number", "75011")]


def test_a_bare_answer_that_no_rule_sees_is_read_by_its_shape(model: TrainedModel) -> None:
    assert read(model, "0287", "postcode") == [("postcode", "0287")]


def test_words_around_a_number_count_more_than_what_the_form_asks_for(model: TrainedModel) -> None:
    assert read(model, "my order number is 48213", "postcode") == [("order_number", "48213")]


def test_the_other_readings_of_an_ambiguous_number_are_kept(model: TrainedModel) -> None:
    parse = model.parse([Request("75011", "en", ("postcode",))], now=NOW)[0]
    assert [(e.entity, e.value) for e in parse.alternatives] == [("order_number", "75011")]


def test_what_the_form_asks_for_does_not_make_a_word_a_code(model: TrainedModel) -> None:
    assert read(model, "hello there", "postcode") == []


def test_synonyms_give_the_canonical_value(model: TrainedModel) -> None:
    assert ("product", "Nimbus kettle") in read(model, "is the kettle loud")


def test_a_lookup_is_found_in_any_case(model: TrainedModel) -> None:
    found = entities(model, "i live in RIGA")
    assert [(e.entity, e.value, e.extractor) for e in found] == [("city", "RIGA", "lookup")]


def test_an_email_is_found_whole(model: TrainedModel) -> None:
    assert read(model, "write to Jo.Smith+shop@mail.example.co.uk, thanks") == [
        ("email", "Jo.Smith+shop@mail.example.co.uk")
    ]


def test_entities_do_not_overlap_and_are_in_the_order_of_the_text(model: TrainedModel) -> None:
    found = entities(model, "order 48213 goes to Paris, postcode 75011, mail jo@x.no")
    assert [e.entity for e in found] == ["order_number", "city", "postcode", "email"]
    assert all(one.end <= other.start for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("kind", "surface", "language", "normal"),
    [
        (Kind.DATE, "tomorrow", "en", "2026-09-22"),
        (Kind.DATE, "yesterday", "en", "2026-09-20"),
        (Kind.DATE, "12.03.2026", "nb", "2026-03-12"),
        (Kind.DATE, "i morgen", "nb", "2026-09-22"),
        (Kind.DATE, "demain", "fr", "2026-09-22"),
        (Kind.DATE, "no date at all", "en", None),
        (Kind.AMOUNT, "49,90 euros", "en", {"value": 49.9, "currency": "EUR"}),
        (Kind.AMOUNT, "kr 1 200", "nb", {"value": 1200.0, "currency": "NOK"}),
        (Kind.AMOUNT, "£20", "en", {"value": 20.0, "currency": "GBP"}),
        (Kind.AMOUNT, "a lot", "en", None),
        (Kind.PHONE, "+47 22 33 44 55", "en", "+4722334455"),
        (Kind.PHONE, "0047 22 33 44 55", "en", "+4722334455"),
        (Kind.PHONE, "22 33 44 55", "nb", "+4722334455"),
        (Kind.PHONE, "22 33 44 55", "en", None),
        (Kind.EMAIL, "Jo@X.no", "en", "jo@x.no"),
    ],
)
def test_values_have_a_normal_form(kind: Kind, surface: str, language: str, normal: object) -> None:
    assert normalize(kind, surface, language=language, now=NOW) == normal
