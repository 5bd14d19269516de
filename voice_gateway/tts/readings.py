# ruff: noqa: RUF001 - the marks of other languages are what is looked for
"""What is written in signs, and how it is read aloud: each rule finds one kind of thing in a text.

Rules are tried in order, and what one has found no later one touches; so a date is found before a number, and
an order's number before a year.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from voice_gateway.tts import numerals
from voice_gateway.tts.numerals import NUMBER, spelled
from voice_gateway.tts.wording import Wording


@dataclass(frozen=True, slots=True)
class Reading:
    """The characters ``start`` to ``end`` of a text are said as ``spoken``."""

    start: int
    end: int
    spoken: str


Read = Callable[[re.Match[str], Wording], str | None]
"""What a match is said as; None when it is not what it looked like."""
Rule = tuple[re.Pattern[str], Read]

_MAX_PATH = 30
_TLD = "com|org|net|eu|io|info|example|no|fr|de|es|pt|nl|se|dk|fi|uk|us|at|ch|be|it|pl|lv|ir"
_CURRENCY_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "R$": "BRL", "kr": "NOK"}


def readings(text: str, wording: Wording) -> list[Reading]:
    """All that is written in signs, in order, without overlaps."""
    found: list[Reading] = []
    taken = bytearray(len(text))
    for pattern, read in _rules(wording):
        for match in pattern.finditer(text):
            start, end = match.span()
            if start == end or any(taken[start:end]):
                continue
            spoken = read(match, wording)
            if spoken is not None:
                taken[start:end] = b"\1" * (end - start)
                found.append(Reading(start, end, spoken))
    return sorted(found, key=lambda reading: reading.start)


def digit_readings(text: str) -> list[Reading]:
    """For languages without words of ours: long numbers with spaces, which any voice says digit by digit."""
    return [
        Reading(match.start(), match.end(), " ".join(match.group()))
        for match in re.finditer(r"(?<![\d.,])(?:\d{5,64}|0\d+)(?![\d]|[.,]\d)", text)
    ]


@cache
def _rules(wording: Wording) -> Sequence[Rule]:
    months = {name.lower(): index for index, name in enumerate(wording.months, 1)} | dict(wording.month_names)
    month = _any_of(months)
    currency = _any_of([*wording.currencies, "€", "£", "$", "R$", "kr"])
    named = "|".join([currency, _any_of(form for forms in wording.currencies.values() for form in forms)])
    unit = _any_of(wording.units)
    identifier = _any_of(wording.identifiers)
    code = _any_of(wording.codes)
    link = _any_of(wording.links)
    weekdays = wording.weekdays
    any_case = re.IGNORECASE

    def rule(pattern: str, read: Read, flags: int = 0) -> Rule:
        return re.compile(pattern, flags), read

    return (
        rule(
            r"(?:https?://|www\.)[^\s<>\"«»]{2,500}?(?=[.,;:!?)\]]*(?:\s|$))"
            rf"|(?<![\w@.-])(?:[a-z0-9-]{{1,63}}\.){{1,4}}(?:{_TLD})(?:/[\w./~-]{{0,100}}\w)?(?![\w@-])",
            _url,
        ),
        rule(r"[\w+-][\w.+-]{0,63}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}", _email),
        rule(r"(?<![\w+])\+\d[\d ()./-]{5,24}\d", _phone),
        # Dates and times
        rule(r"(?<![\d-])(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::\d\d)?Z?)?(?![\d-])", _iso_date),
        rule(r"(?<![\d./])(\d{1,2})([./])(\d{1,2})\2(\d{4})(?![\d/])", _numeric_date),
        rule(
            rf"(?<![\w.])(?:the )?(\d{{1,2}})(?:st|nd|rd|th|er|\.|º)? (?:of |de )?({month})(?!\w)"
            rf"(?:,? (?:de )?(\d{{4}})(?!\w))?",
            lambda match, words: _date(match[1], months[match[2].lower()], match[3], words),
            any_case,
        ),
        *(
            [
                rule(
                    rf"(?<!\w)({month})\.? (\d{{1,2}})(?:st|nd|rd|th)?(?![\w:.]\w)(?:, (\d{{4}})(?!\w))?",
                    lambda match, words: _month_first(match, months, words),
                    any_case,
                )
            ]
            if wording.numerals == "en"
            else []
        ),
        rule(
            r"(?<![\w:.])([01]?\d|2[0-3])(?:[:h]([0-5]\d)(?![:\d])(?: ?(?:Uhr|uur|h)\b)?( ?[ap]\.?m\b\.?)?"
            r"|( ?[ap]\.?m\b\.?))",
            _time,
            any_case,
        ),
        rule(r"(?<![\w:.])([01]?\d|2[0-3])\.([0-5]\d)(?= ?(?:Uhr|uur)\b)(?: ?(?:Uhr|uur))", _time, any_case),
        # Money
        rule(
            rf"(?<![\w.])(-?)({currency})\.? ?({NUMBER})(?!\w)",
            lambda match, words: _amount(match[3], match[2], match[1], words),
        ),
        rule(
            rf"(?<![\w.,])(-?)({NUMBER}) ?({named})(?!\w)(?:(?<=kr)\.(?= ?[a-z\d,]))?",
            lambda match, words: _amount(match[2], match[3], match[1], words),
        ),
        # What is said digit by digit
        rule(r"(?<!\w)(?=[A-Z0-9 ]*\d)[A-Z]{2}\d{2}(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,4})?(?!\w)", _code),
        rule(
            r"(?<![\w-])(?=[A-Z\d-]{2,64}(?!\w))(?=[A-Z-]*\d)(?=[\d-]*[A-Z])[A-Z\d]+(?:-[A-Z\d]+)*(?![\w])",
            _code,
        ),
        rule(r"(?<!\w)# ?(\d{1,64})(?!\w)", lambda match, words: spelled(match[1], words)),
        rule(
            rf"(?<!\w)(?:{identifier})(?:[ :#]+(?:{link}))*[ :#]+((?:\d[ /-]?){{2,31}}\d)(?!\w)",
            _inner_digits(at_least=3),
            any_case,
        ),
        rule(
            rf"(?<!\w)(?:{code})(?:[ :#]+(?:{link}))*[ :#]+(\d(?:[ -]?\d){{1,15}})(?!\w)",
            _inner_digits(at_least=2),
            any_case,
        ),
        rule(r"(?<![\w.,-])\d{2,}(?:-\d{2,})+(?![\w-])", _hyphened),
        rule(r"(?<![\w.,])0\d{1,3}(?: \d{2,4}){1,5}(?! ?\w)|(?<![\w.,])\d{2}(?: \d{2}){2,6}(?![\w])", _code),
        rule(r"(?<![\w.,])\d{2,4}(?: \d{2,4}){2,6}(?!\w)", _grouped),
        rule(r"(?<![\w.,])0\d{1,63}(?!\w|[.,]\d)", _code),
        rule(r"(?<![\w.,-])\d{5,64}(?!\w|[.,]\d| 000)", _long_number),
        # Measures and numbers
        rule(
            rf"(?<![\w.,])(-?)({NUMBER}) ?({unit})(?!\w)(?!\.\w)",
            lambda match, words: _measure(match, words),
        ),
        rule(
            rf"(?<![\w.,])(-?)({NUMBER}) ?%",
            lambda match, words: (
                f"{_signed(match[1], words)}{numerals.decimal(match[2], words)} {words.percent}"
            ),
        ),
        rule(r"(?<!\w)(\d{1,3})(?:st|nd|rd|th|er|re|ème|e|de|º|ª)(?!\w)", _ordinal),
        rule(r"(?<![\w.,])(\d{1,2})\.(?= [a-zæøåäöü])", _dotted_ordinal),
        rule(r"(?<![\w/])1/2(?![\w/])|½", lambda _, words: words.half),
        rule(r"(?<=\d) ?[x×] ?(?=\w)|(?<=\d)x(?!\w)", lambda _, words: f" {words.times} "),
        rule(r"(?<![\w.,])(?:1[1-9]|20)\d\d(?![\w]|[.,]\d| \d{3})", _year),
        rule(rf"(?<![\w.,])({NUMBER})(?!\w)", lambda match, words: numerals.decimal(match[1], words)),
        # A number that letters touch
        rule(r"\d+", lambda match, words: f" {numerals.cardinal(int(match[0][:64]), words)} "),
        # Words
        rule(
            _abbreviations(wording),
            _abbreviation,
            any_case,
        ),
        *(
            [rule(rf"(?<!\w)({_any_of(weekdays)})\.? ?[-–] ?({_any_of(weekdays)})(?!\w)", _weekdays)]
            if weekdays
            else []
        ),
        rule(r"(?<=\w) ?[–—−] ?(?=\d)|(?<=\d)-(?=\d)", lambda _, words: f" {words.to} "),
        rule(r"(?<!\S)[-−](?=\d)", lambda _, words: f"{words.minus} "),
        rule(r" ?& ?", lambda _, words: f" {words.ampersand} "),
        rule(r" ?\+ ?(?=\w)", lambda _, words: f" {words.plus} "),
        rule(r"(?<=\w) ?@ ?(?=\w)", lambda _, words: f" {words.at} "),
        rule(r"(?<=[^\W\d])/(?=[^\W\d])", _slash),
    )


def _any_of(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest that fits."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _abbreviations(wording: Wording) -> str:
    return rf"(?<![\w.])(?:{_any_of(wording.abbreviations)})(?!\w)"


def _url(match: re.Match[str], words: Wording) -> str:
    address = re.sub(r"^(?:https?://)?(?:www\.)?", "", match[0], flags=re.IGNORECASE)
    host, _, path = address.partition("/")
    path = re.split(r"[?#]", path, maxsplit=1)[0].strip("/")
    # Nobody writes down a long path; the name of the site is what helps.
    return _address(
        f"{host}/{path}" if path and len(path) <= _MAX_PATH else re.split(r"[?#]", host)[0], words
    )


def _email(match: re.Match[str], words: Wording) -> str:
    return _address(match[0], words)


def _address(address: str, words: Wording) -> str:
    signs = {
        "@": words.at,
        ".": words.dot,
        "-": words.dash,
        "_": words.underscore,
        "/": words.slash,
        "+": words.plus,
    }
    said: list[str] = []
    for piece in re.findall(r"\d+|[^\W\d_]+|[@._/+-]", address):
        if piece.isdecimal() and piece.isascii():
            short = len(piece) <= 2 and not piece.startswith("0")
            said.append(numerals.cardinal(int(piece), words) if short else spelled(piece, words))
        else:
            said.append(signs.get(piece, piece))
    return " ".join(said)


def _phone(match: re.Match[str], words: Wording) -> str:
    return f"{words.plus} {spelled(match[0][1:], words)}"


def _code(match: re.Match[str], words: Wording) -> str:
    return ", ".join(_part_of_code(part, words) for part in match[0].split("-"))


def _part_of_code(part: str, words: Wording) -> str:
    if part.isalpha() and len(part) > 3:
        return part
    # Short ones are said as a room or a size is: "twelve A", "A four".
    short = re.fullmatch(r"([A-Z]?)([1-9]\d?)([A-Z]?)", part)
    if short is None or part.isdecimal():
        return spelled(part, words)
    said = (spelled(short[1], words), numerals.cardinal(int(short[2]), words), spelled(short[3], words))
    return " ".join(filter(None, said))


def _grouped(match: re.Match[str], words: Wording) -> str | None:
    first, *others = match[0].split(" ")
    in_thousands = len(first) < 4 and not first.startswith("0") and all(len(each) == 3 for each in others)
    return None if in_thousands else spelled(match[0], words)


def _long_number(match: re.Match[str], words: Wording) -> str | None:
    # What is round is an amount of something.
    return None if match[0].endswith("000") and len(match[0]) < 10 else spelled(match[0], words)


def _inner_digits(*, at_least: int) -> Read:
    def read(match: re.Match[str], words: Wording) -> str | None:
        digits = match[1]
        if sum(map(str.isdecimal, digits)) < at_least:
            return None
        offset = match.start(1) - match.start()
        lead = match[0][:offset]
        expanded = _expand(lead, words)
        return f"{expanded}{spelled(digits, words)}{match[0][offset + len(digits) :]}"

    return read


def _expand(text: str, words: Wording) -> str:
    return re.sub(
        _abbreviations(words), lambda match: _abbreviated(match[0], words), text, flags=re.IGNORECASE
    ).replace("#", "")


def _abbreviated(written: str, words: Wording) -> str:
    spoken = words.abbreviations.get(written)
    if spoken is None:
        lower = written.lower()
        spoken = next(said for short, said in words.abbreviations.items() if short.lower() == lower)
    return spoken


def _abbreviation(match: re.Match[str], words: Wording) -> str:
    spoken = _abbreviated(match[0], words)
    # Its point may have been the sentence's too.
    ends = match[0].endswith(".") and match[0].lower() in words.final_abbreviations
    return f"{spoken}." if ends and re.match(r"\s*(?:$|[A-ZÀ-Þ])", match.string[match.end() :]) else spoken


def _weekdays(match: re.Match[str], words: Wording) -> str:
    return f"{words.weekdays[match[1]]} {words.to} {words.weekdays[match[2]]}"


def _hyphened(match: re.Match[str], words: Wording) -> str | None:
    pieces = match[0].split("-")
    if len(pieces) == 2:
        low, high = pieces
        is_range = len(low) <= 3 and len(high) <= 3 and not match[0].startswith("0") and int(low) < int(high)
        if is_range or all(re.fullmatch(r"(?:19|20)\d\d", piece) for piece in pieces):
            say = numerals.cardinal if is_range else numerals.year
            return f"{say(int(low), words)} {words.to} {say(int(high), words)}"
    return spelled(match[0], words)


def _date(day: str, month: int, year: str | None, words: Wording) -> str | None:
    number = int(day)
    if not 1 <= number <= 31:
        return None
    if number == 1 and words.first_of_month:
        said = words.first_of_month
    elif words.day_is_ordinal:
        said = numerals.ordinal(number, words)
        said = f"{said}n" if words.numerals == "de" else said
    else:
        said = numerals.cardinal(number, words)
    spoken = words.date.format(day=said, month=words.months[month - 1])
    return f"{spoken}{words.year_link}{numerals.year(int(year), words)}" if year else spoken


def _month_first(match: re.Match[str], months: dict[str, int], words: Wording) -> str | None:
    day = int(match[2])
    if not 1 <= day <= 31:
        return None
    name = words.months[months[match[1].lower()] - 1]
    spoken = f"{name} {numerals.ordinal(day, words)}"
    return f"{spoken}{words.year_link}{numerals.year(int(match[3]), words)}" if match[3] else spoken


def _iso_date(match: re.Match[str], words: Wording) -> str | None:
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
    spoken = _date(str(day.day), day.month, match[1], words)
    if match[4] is None or int(match[4]) > 23 or int(match[5]) > 59:
        return spoken
    return f"{spoken}, {_clock(int(match[4]), int(match[5]), '', words)}"


def _numeric_date(match: re.Match[str], words: Wording) -> str | None:
    day, month = int(match[1]), int(match[3])
    if month > 12 >= day:
        day, month = month, day
    try:
        date(int(match[4]), month, day)
    except ValueError:
        return None
    return _date(str(day), month, match[4], words)


def _time(match: re.Match[str], words: Wording) -> str:
    groups = match.groups()
    half = "".join(each for each in groups[2:] if each)
    padded = "" if len(groups[0]) == 1 else groups[0][:1]
    return _clock(int(groups[0]), int(groups[1] or 0), half, words, is_padded=padded == "0")


def _clock(hour: int, minute: int, half: str, words: Wording, *, is_padded: bool = False) -> str:
    if words.numerals != "en":
        said = numerals.counted(hour, words)
        if not minute:
            return words.full_hour.format(hour=said)
        return words.hours.format(hour=said, minute=numerals.cardinal(minute, words))
    suffix = {"a": "a.m.", "p": "p.m."}.get(half.strip().lower()[:1], "")
    if not suffix and (hour > 12 or hour == 0 or is_padded):
        suffix = "p.m." if hour >= 12 else "a.m."
    said = numerals.cardinal(hour % 12 or 12, words)
    if not minute:
        return f"{said} {suffix}" if suffix else words.full_hour.format(hour=said)
    minutes = f"oh {numerals.cardinal(minute, words)}" if minute < 10 else numerals.cardinal(minute, words)
    return words.hours.format(hour=said, minute=minutes) + (f" {suffix}" if suffix else "")


def _amount(number: str, unit: str, sign: str, words: Wording) -> str | None:
    names = dict(words.currencies)
    code = _CURRENCY_SIGNS.get(unit.lower(), _CURRENCY_SIGNS.get(unit, unit))
    if code not in names:
        code = next((each for each, forms in names.items() if unit in forms), code)
    if code not in names:
        return None
    whole, fraction = numerals.parts(number, words, money=True)
    if len(fraction) > 2:
        return f"{_signed(sign, words)}{numerals.decimal(number, words)} {names[code][1]}"
    minor = int(fraction.ljust(2, "0")) if fraction else 0
    main = f"{numerals.counted(whole, words)} {names[code][whole != 1]}"
    small = words.minor_units.get(code)
    if not minor:
        spoken = main
    elif small and whole == 0:
        spoken = f"{numerals.counted(minor, words)} {small[minor != 1]}"
    elif small and minor < 10:
        spoken = f"{main} {words.ampersand} {numerals.counted(minor, words)} {small[minor != 1]}"
    else:
        spoken = f"{main} {numerals.cardinal(minor, words)}"
    return _signed(sign, words) + spoken


def _measure(match: re.Match[str], words: Wording) -> str:
    whole, fraction = numerals.parts(match[2], words)
    forms = words.units[match[3]]
    if fraction:
        return f"{_signed(match[1], words)}{numerals.decimal(match[2], words)} {forms[1]}"
    return f"{_signed(match[1], words)}{numerals.counted(whole, words)} {forms[whole != 1]}"


def _signed(sign: str, words: Wording) -> str:
    return f"{words.minus} " if sign else ""


def _ordinal(match: re.Match[str], words: Wording) -> str:
    return numerals.ordinal(int(match[1]), words)


def _dotted_ordinal(match: re.Match[str], words: Wording) -> str | None:
    number = int(match[1])
    return numerals.ordinal(number, words) if words.numerals in ("de", "no") and number else None


def _year(match: re.Match[str], words: Wording) -> str:
    return numerals.year(int(match[0]), words)


def _slash(match: re.Match[str], words: Wording) -> str:
    before = match.string[max(0, match.start() - 3) : match.start()].lower()
    return " " if before == "and" else f" {words.alternative} "
