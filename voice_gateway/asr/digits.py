"""Spoken numbers and codes as forms expect them: "four eight two one three" and "48, 2, 13" are both 48213.

People dictate order numbers, postcodes and amounts digit by digit, in pairs or as one number, and recognition
writes each in whatever way it likes. `with_digits` reads all of these. Number words come from num2words, so
that every language it knows can be read; what people say besides ("double", "oh") is listed here for some.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from num2words import num2words

MOST_CHARACTERS = 400
LEAST_IN_TEXT = 4
"""In a sentence, so many digits said one by one are a code, whatever was asked."""

_TOKEN = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?|\d+|[^\w\s]|_")
_JOINTS = frozenset("-,./\u2013")
_LETTER_BLOCK = 2


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


@dataclass(frozen=True)
class _Words:
    """What a language says besides the number words: ``times`` are multipliers of the digit that follows."""

    digits: dict[str, str] = field(default_factory=dict)
    misheard: dict[str, str] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    thousand: str = ""
    link: frozenset[str] = frozenset()
    dash: frozenset[str] = frozenset()
    fillers: frozenset[str] = frozenset()


_HUMS = _set("um uh uhm er erm hm hmm mm eh ehm äh ähm øh euh")
_WORDS = {
    "en": _Words(
        digits={"oh": "0", "o": "0", "nought": "0", "naught": "0", "nil": "0"},
        misheard={"for": "4", "fore": "4", "to": "2", "too": "2", "ate": "8", "won": "1", "tree": "3"},
        times={"double": 2, "triple": 3, "treble": 3},
        thousand="thousand",
        link=frozenset({"and"}),
        dash=frozenset({"dash", "hyphen"}),
        fillers=_set(
            "it it's its is that's that the my number order code postcode zip yes yeah ok okay so well "
            "sure please hash and i think"
        ),
    ),
    "nb": _Words(
        digits={"ett": "1", "en": "1", "sju": "7", "syv": "7", "null": "0", "tyve": "20"},
        times={"dobbel": 2, "dobbelt": 2, "trippel": 3},
        thousand="tusen",
        link=frozenset({"og"}),
        dash=frozenset({"strek", "bindestrek"}),
        fillers=_set("det er nummeret nummer ordrenummeret mitt ja jo ok"),
    ),
    "fr": _Words(
        digits={"une": "1", "zéro": "0", "zero": "0"},
        times={"double": 2, "triple": 3},
        thousand="mille",
        link=frozenset({"et"}),
        dash=frozenset({"tiret"}),
        fillers=_set("c'est le la numéro mon code oui ok alors de commande"),
    ),
    "de": _Words(
        digits={"zwo": "2", "ein": "1", "eine": "1"},
        times={"doppel": 2, "doppelt": 2},
        thousand="tausend",
        link=frozenset({"und"}),
        dash=frozenset({"strich", "bindestrich"}),
        fillers=_set("das ist die der nummer meine bestellnummer ja also ok"),
    ),
    "es": _Words(
        digits={"un": "1", "una": "1"},
        times={"doble": 2, "triple": 3},
        thousand="mil",
        dash=frozenset({"guion", "guión"}),
        fillers=_set("es el la número mi código sí si ok pues de pedido"),
    ),
    "pt": _Words(
        digits={"uma": "1", "duas": "2", "meia": "6"},
        times={"duplo": 2, "triplo": 3},
        thousand="mil",
        link=frozenset({"e"}),
        dash=frozenset({"traço", "hífen"}),
        fillers=_set("é o a número meu código sim ok então do pedido"),
    ),
}
_NUM2WORDS = {"nb": "no", "nn": "no"}


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        return self.text.casefold()


@dataclass(slots=True)
class _Run:
    """A stretch of tokens that is a code: ``singles`` counts the digits that were said by themselves."""

    first: int
    last: int
    value: str = ""
    singles: int = 0
    sure: int = 0


def with_digits(text: str, *, language: str = "en", expected: bool = False) -> str:
    """A text with the numbers in it written as digits without anything between them.

    An utterance that is only a number or code, but for "um" and "it's", becomes just that. In other texts it
    is replaced where a number or code is ``expected``, or where four or more digits were said one by one; all
    else stays as it was.
    """
    if len(text) > MOST_CHARACTERS:
        return text
    tokens = [_Token(found.group(), found.start(), found.end()) for found in _TOKEN.finditer(text)]
    words = _words(language)
    runs = _runs(tokens, words, language=_base(language), expected=expected)
    if len(runs) == 1 and _is_whole(tokens, runs[0], words):
        return runs[0].value
    for run in reversed(runs):
        if expected or run.singles >= LEAST_IN_TEXT:
            start, end = tokens[run.first].start, tokens[run.last].end
            text = text[:start] + run.value + text[end:]
    return text


def digits_of(text: str) -> str:
    """The digits of a text that `with_digits` gave, where it is a number or code; "" where it is not."""
    return re.sub(r"\D", "", text) if re.fullmatch(r"[A-Z]{0,4}[\d-]+[A-Z]{0,4}", text) else ""


def _is_whole(tokens: Sequence[_Token], run: _Run, words: _Words) -> bool:
    """Whether nothing but fillers and punctuation is beside a run."""
    beside = [*tokens[: run.first], *tokens[run.last + 1 :]]
    return all(
        not token.text[0].isalnum() or token.word in words.fillers or token.word in _HUMS for token in beside
    )


def _runs(tokens: Sequence[_Token], words: _Words, *, language: str, expected: bool) -> list[_Run]:
    runs: list[_Run] = []
    at = 0
    while at < len(tokens):
        run = _run_at(tokens, at, words, language=language, expected=expected)
        if run is None:
            at += 1
        else:
            runs.append(run)
            at = run.last + 1
    return runs


def _run_at(
    tokens: Sequence[_Token], first: int, words: _Words, *, language: str, expected: bool
) -> _Run | None:
    """The longest code that begins at a token, or None."""
    run = _Run(first, first - 1)
    at = first
    while at < len(tokens):
        token = tokens[at]
        if run.value and token.text in _JOINTS:
            at += 1
            continue
        if run.value and token.word in words.dash:
            following = _piece(tokens, at + 1, words, language, loose=expected)
            if following is None:
                break
            run.value += "-"
            at += 1
            continue
        piece = _piece(tokens, at, words, language, loose=expected)
        # What hesitates in one language is a number in another: "um" is one in Portuguese.
        if piece is None and run.value and token.word in _HUMS:
            at += 1
            continue
        if piece is None:
            break
        value, after, sure = piece
        run.value += value
        run.singles += len(value) if len(value) == 1 or token.word in words.times else 0
        run.sure += sure
        at = after
        run.last = at - 1
    run.value = run.value.rstrip("-")
    # "for", "oh" or a letter alone are no code.
    return run if run.sure and any(character.isdigit() for character in run.value) else None


def _piece(
    tokens: Sequence[_Token], at: int, words: _Words, language: str, *, loose: bool
) -> tuple[str, int, bool] | None:
    """What is said at a place: digits, the place after them, and whether it is surely a number."""
    if at >= len(tokens):
        return None
    token = tokens[at]
    if token.text.isdecimal():
        return "".join(str(int(digit)) for digit in token.text), at + 1, True
    if token.word in words.times:
        following = _piece(tokens, at + 1, words, language, loose=False)
        if following is None or len(following[0]) != 1:
            return None
        return following[0] * words.times[token.word], following[1], True
    number = _number(tokens, at, words, language)
    if number is not None:
        return number
    if token.word in words.digits:
        # "oh" is a digit among digits only.
        return words.digits[token.word], at + 1, len(token.word) > 2
    if _is_letters(token):
        return token.text.upper(), at + 1, False
    if loose and token.word in words.misheard:
        return words.misheard[token.word], at + 1, False
    return None


def _is_letters(token: _Token) -> bool:
    """Whether a token is letters of a code, such as LV; "A" and "I" are words."""
    if not token.text.isascii() or len(token.text) > _LETTER_BLOCK or not token.text.isalpha():
        return False
    return token.text.isupper() and token.text not in ("A", "I")


def _number(tokens: Sequence[_Token], at: int, words: _Words, language: str) -> tuple[str, int, bool] | None:
    """A number in words, of thousands where they are said."""
    head = _below_thousand(tokens, at, language)
    after = head[1] if head else at
    if words.thousand and after < len(tokens) and tokens[after].word == words.thousand:
        rest_at = after + 1
        if rest_at < len(tokens) and tokens[rest_at].word in words.link:
            rest_at += 1
        rest = _below_thousand(tokens, rest_at, language)
        total = (int(head[0]) if head else 1) * 1000 + (int(rest[0]) if rest else 0)
        return str(total), rest[1] if rest else after + 1, True
    return (head[0], head[1], True) if head else None


def _below_thousand(tokens: Sequence[_Token], at: int, language: str) -> tuple[str, int] | None:
    """The longest phrase from a place on that names a number below a thousand."""
    phrases, longest = _phrases(language)
    spoken: list[str] = []
    best = None
    while at < len(tokens) and len(spoken) < longest:
        if tokens[at].text != "-" or not spoken:
            spoken.append(tokens[at].word)
            value = phrases.get(tuple(spoken))
            if value is not None:
                best = (value, at + 1)
        at += 1
    return best


@cache
def _phrases(language: str) -> tuple[dict[tuple[str, ...], str], int]:
    """Words to digits for 0 to 999, and the length of the longest phrase."""
    found: dict[tuple[str, ...], str] = {}
    words = _words(language)
    for number in range(1000):
        try:
            phrase = num2words(number, lang=_NUM2WORDS.get(language, language))
        except NotImplementedError:
            return {}, 0
        spoken = tuple(re.findall(r"[^\W\d_]+", phrase.casefold()))
        found.setdefault(spoken, str(number))
        if number > 100:
            found.setdefault(tuple(word for word in spoken if word not in words.link), str(number))
    return found, max(map(len, found))


def _words(language: str) -> _Words:
    return _WORDS.get(_base(language), _Words())


def _base(language: str) -> str:
    base = language.split("-")[0].casefold()
    return "nb" if base in ("no", "nn") else base
