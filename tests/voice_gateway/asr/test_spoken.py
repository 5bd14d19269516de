"""Which of a line's languages an utterance is in."""

from __future__ import annotations

import pytest

from voice_gateway.asr.spoken import spoken_language


@pytest.mark.parametrize(
    ("probabilities", "known", "voiced_s", "wanted"),
    [
        ({"de": 0.5, "nl": 0.4, "en": 0.01}, None, 1.0, ("de", True)),
        ({"de": 0.5, "nl": 0.4, "en": 0.01}, None, 0.4, ("en", False)),
        ({"de": 0.5, "en": 0.3}, None, 3.0, ("en", False)),
        ({"en": 0.9, "de": 0.01}, None, 1.0, ("en", True)),
        ({"en": 0.99, "de": 0.01}, "de", 1.0, ("de", False)),
        ({"en": 0.93, "de": 0.07}, "de", 2.0, ("de", False)),
        ({"en": 0.99, "de": 0.01}, "de", 2.0, ("en", True)),
        ({"nl": 1.0}, None, 3.0, ("en", False)),
        ({"fr": 0.9, "en": 0.01}, "fr", 1.0, ("fr", True)),
    ],
)
def test_only_the_candidates_and_what_is_known_count(
    probabilities: dict[str, float], known: str | None, voiced_s: float, wanted: tuple[str, bool]
) -> None:
    assert spoken_language(probabilities, ["en", "de"], known=known, voiced_s=voiced_s) == wanted


def test_tags_are_whispers_names_with_more_to_them() -> None:
    assert spoken_language({"no": 0.9}, ["en", "nb"], known=None, voiced_s=1.0) == ("nb", True)
    found = spoken_language({"pt": 0.9, "en": 0.01}, ["en", "pt"], known="pt-BR", voiced_s=2.0)
    assert found == ("pt-BR", True)
