"""Payment cards in a text: their numbers, and the expiry dates and security codes beside them.

A number is a card's when its check digit is right (Luhn, ISO/IEC 7812), and a card network issues numbers
that begin like it and are as long. Everything here works on text that `masking.plain` made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import phonenumbers

from bot.redaction.masking import MASK, Span

VISIBLE = 4
SHORTEST = 12
LONGEST = 19
_LENGTHS = (16, 15, 14, 19, 13, 18, 17, 12)
"""Tried in this order: what follows a number is more often an expiry date than a part of it."""
_E164 = 15
NEAR = 80
"""How far from a card's number its expiry date and security code are looked for, in characters."""

# Between digits: separators of any kind, or one short word ("and").
_SEPARATORS = r"[\W_]{0,8}"
_WORD = r"[\W_]{1,3}[^\W\d_]{1,6}[\W_]{1,3}"
# Or, where the groups are a card's: two words, or a letter or two without a space.
_WORDS = r"[\W_]{1,3}[^\W\d_]{1,6}[\W_]{1,3}[^\W\d_]{1,6}[\W_]{1,3}"
_LETTERS = r"[\W_]{0,3}[^\W\d_]{1,2}[\W_]{0,3}"
_RUN = re.compile(rf"\d(?:(?:{_SEPARATORS}|{_WORD}|{_WORDS}|{_LETTERS})\d)+")
_STRICT_GAP = re.compile(rf"{_SEPARATORS}|{_WORD}")
_GROUPINGS = frozenset({(4, 4, 4, 4), (4, 6, 5), (4, 6, 4)})
_MARKER = re.compile(r"[).:]\s")
_FEWEST_MARKERS = 2
_MOST_GLUED = 2
# Of the networks that issue most cards: with all of them too many other long numbers would be masked.
_MOSTLY = re.compile(r"(?:4|5[1-5]|2[2-7]|6011|6[25])\d+")
_GROUP = re.compile(r"\d+")
_LETTER = re.compile(r"[^\W\d_]")

_DOUBLED = str.maketrans("0123456789", "0246813579")
_SHORTEST_BY_WORDS = 3
_MAESTRO = (
    *("0604", "5018", "5020", "5038", "5612", "5893", "6220", "6270", "6304"),
    *("6390", "6703", "6708", "6709", "6759", "6761", "6762", "6763", "6799"),
)


def is_card(digits: str) -> bool:
    """Whether this may be a payment card's number: check digit, issuer and length."""
    return _is_issued(digits) and _luhn(digits)


def card_spans(text: str) -> list[Span]:
    """Where card numbers stand."""
    return [span for run in _RUN.finditer(text) for span in _cards_of_run(text, run)]


def _cards_of_run(text: str, run: re.Match[str]) -> Iterator[Span]:
    groups = [match.span() for match in _GROUP.finditer(text, run.start(), run.end())]
    yield from _cards_of_groups(text, groups)
    for start, end in groups:
        span = _glued(text[start:end])
        if span is not None:
            yield Span(start + span[0], start + span[1], VISIBLE, only_digits=True)
    markers = _list_markers(text, groups)
    if markers:
        yield from _cards_of_groups(text, [group for group in groups if group not in markers])


def _cards_of_groups(text: str, groups: list[tuple[int, int]]) -> Iterator[Span]:
    if not groups:
        return
    digits = "".join(text[start:end] for start, end in groups)
    before = text[max(0, groups[0][0] - 5) : groups[0][0]]
    international = before.rstrip(" (").endswith("+")
    first = 0
    offset = 0
    while first < len(groups):
        found = _card_from(text, groups, digits, first, offset, phone=international and first == 0)
        if found is not None:
            yield Span(groups[first][0], groups[found][1], VISIBLE, only_digits=True)
            after = found + 1
        elif international and first == 0:
            after = _after_phone(text, groups)
        else:
            after = first + 1
        offset += sum(end - start for start, end in groups[first:after])
        first = after


def _card_from(
    text: str, groups: list[tuple[int, int]], digits: str, first: int, offset: int, *, phone: bool
) -> int | None:
    """The last group of the card that begins with this group, at this offset in all the run's digits."""
    ends: dict[int, int] = {}
    length = 0
    for last in range(first, len(groups)):
        start, end = groups[last]
        length += end - start
        if length > LONGEST:
            break
        ends[length] = last
    for length in _LENGTHS:
        last_group = ends.get(length)
        if last_group is None:
            continue
        number = digits[offset : offset + length]
        members = groups[first : last_group + 1]
        if not _is_issued(number) and not _is_by_fours(members):
            continue
        if not _luhn(number):
            continue
        if not _is_close(text, members) and not (_is_issued(number) and _is_grouped(members)):
            continue
        if _has_words(text, members) and (
            min(end - start for start, end in members) < _SHORTEST_BY_WORDS
            # What follows "cvv" is no part of the number, whose last digits stay.
            or DETAIL_WORDS.search(text, members[0][0], members[-1][1])
        ):
            continue
        if (phone or number.startswith("00")) and length <= _E164 and _is_phone(number):
            continue
        return last_group
    return None


def _is_by_fours(members: list[tuple[int, int]]) -> bool:
    """Whether it is written as cards are: then the network may be one that we do not know."""
    return len(members) == 4 and all(end - start == 4 for start, end in members)


def _is_grouped(members: list[tuple[int, int]]) -> bool:
    """Whether it is in groups as they are printed on cards."""
    return tuple(end - start for start, end in members) in _GROUPINGS


def _is_close(text: str, members: list[tuple[int, int]]) -> bool:
    """Whether no more than separators and one word stands between each two groups."""
    return all(_STRICT_GAP.fullmatch(text, end, start) for (_, end), (start, _) in pairwise(members))


def _glued(digits: str) -> tuple[int, int] | None:
    """Where a card is in digits without a gap that begin with 00, or end with a digit or two too many."""
    starts = (0, 2) if digits.startswith("00") else (0,)
    for start in starts:
        for after in range(_MOST_GLUED + 1):
            end = len(digits) - after
            number = digits[start:end]
            common = len(number) == 15 or (len(number) == 16 and _MOSTLY.fullmatch(number))
            if start + after and common and is_card(number):
                return None if _is_phone(digits) else (start, end)
    return None


def _list_markers(text: str, groups: list[tuple[int, int]]) -> set[tuple[int, int]]:
    """Groups that number a list: ``1) ... 2) ...``."""
    found: list[tuple[int, int]] = []
    for start, end in groups:
        if end - start > 2 or _MARKER.match(text, end) is None:
            continue
        if found and int(text[start:end]) != int(text[slice(*found[-1])]) + 1:
            found = []
        found.append((start, end))
    return set(found) if len(found) >= _FEWEST_MARKERS else set()


def _after_phone(text: str, groups: list[tuple[int, int]]) -> int:
    """The first group after a phone number in international form; 1 when the run begins with none."""
    digits = ""
    after = 1
    for last, (start, end) in enumerate(groups):
        digits += text[start:end]
        if len(digits) > _E164:
            break
        if len(digits) >= 8 and _is_phone(digits):
            after = last + 1
    return after


def _has_words(text: str, members: list[tuple[int, int]]) -> bool:
    return len(members) > 1 and _LETTER.search(text, members[0][0], members[-1][1]) is not None


def _is_phone(digits: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(f"+{digits.removeprefix('00')}"))
    except phonenumbers.NumberParseException:
        return False


def _is_issued(digits: str) -> bool:
    """Whether a network issues numbers of this beginning and length."""
    length = len(digits)
    four = int(digits[:4])
    two = four // 100
    if digits.startswith(_MAESTRO) and SHORTEST <= length <= LONGEST:
        return True
    if length == 16:
        return (
            digits[0] in "456"
            or 2200 <= four <= 2204  # Mir
            or 2221 <= four <= 2720  # Mastercard
            or two in (30, 35, 36, 38, 39, 81, 82)  # Diners Club, JCB, RuPay, UnionPay
            or four in (9792, 9919)  # Troy, Iran
        )
    if length == 15:
        return two in (34, 37) or four in (2131, 1800)  # American Express, JCB
    if length == 14:
        return two in (30, 36, 38, 39)  # Diners Club
    if length == 13:
        return two // 10 == 4  # Visa
    if length in (17, 18, 19):
        return (two // 10 == 4 and length == 19) or two in (35, 36, 62, 64, 65, 81) or four == 6011
    return False


def _luhn(digits: str) -> bool:
    backwards = digits[::-1]
    return (sum(map(int, backwards[::2])) + sum(map(int, backwards[1::2].translate(_DOUBLED)))) % 10 == 0


# --- what belongs to a card -----------------------------------------------------------------------------

_CODE_WORDS = (
    r"\bcv[vc][12]?\b|\bcvn\b|\bcid\b|\bcsc\b|\b(?:card )?security (?:code|number)\b"
    r"|\bcard (?:verification|validation)\b|\b(?:code|digits|number) on the back\b"
    r"|\bsikkerhetskoden?\b|\bkontrollkoden?\b|\bkortkoden?\b|\bsifrene (?:bak )?på baksiden\b"
    r"|\bc[óo]digo de (?:seguran[çc]a|verifica[çc][ãa]o do cart[ãa]o)\b|\bd[íi]gitos no verso\b"
    r"|\bcode de s[ée]curit[ée]\b|\bcryptogramme\b|\bchiffres au (?:dos|verso)\b"
    r"|کد امنیتی|رمز کارت|سی ?وی ?وی"
    r"|\bdroš[īi]bas kod\w*|\bdrosibas kod\w*|\bcipari aizmugurē\b"
)
_EXPIRY_WORDS = (
    r"\bexp(?:\b|iry|ires?\b|iration)|\b(?:valid|good) thr(?:u|ough)\b"
    r"|\butl[øo]p(?:er|sdato\w*)?\b|\bgyldig (?:til|t\.?o\.?m)\b"
    r"|\bvalidade\b|\bv[áa]lid[oa] at[ée]\b|\bexpira\b|\bcaduca\b"
    r"|\bvalable jusqu|\bvalide jusqu|\bexpire\b|\bdate d'exp|\bfin de validit[ée]"
    r"|انقضا|تاریخ اعتبار|اعتبار تا"
    r"|\bder[īi]g[sa] l[īi]dz\b|\bder[īi]guma\b"
)
CODE_WORDS = re.compile(_CODE_WORDS, re.IGNORECASE)
DETAIL_WORDS = re.compile(f"{_CODE_WORDS}|{_EXPIRY_WORDS}", re.IGNORECASE)
OTHER_NUMBERS = re.compile(
    r"order|post ?(?:al )?code|\bzip\b|house|street|\bordre|bestilling|post(?:nummer|nr)|husnummer"
    r"|encomenda|c[óo]digo postal|morada|commande|code postal|adresse|pasūtījum|indeks|mājas numur"
    r"|سفارش|کد ?پستی|پلاک",
    re.IGNORECASE,
)
"""Words for numbers that are no card's, in the six languages that Firstline's own texts are checked in."""

_MONTH = r"(?:0?[1-9]|1[0-2])"
_YEAR = r"(?:20|14)?\d\d"
_EXPIRY = rf"(?<![\d/.-])(?:{_MONTH}[\W_]{{1,4}}{_YEAR}|{_YEAR}[\W_]{{1,4}}{_MONTH})(?![\d/]|[.-]\d)"
"""Month and year, or year and month, as Persian cards have it."""
_CODE = r"(?<![\d•])\d{3,4}(?!\d)"
_EXPIRY_NEAR = re.compile(_EXPIRY)
_CODE_NEAR = re.compile(_CODE)
_CODE_AFTER = re.compile(rf"(?:{_CODE_WORDS})[^\d•]{{0,25}}({_CODE})", re.IGNORECASE)
_CODE_BEFORE = re.compile(rf"({_CODE})[^\d•]{{0,15}}(?:{_CODE_WORDS})", re.IGNORECASE)
_EXPIRY_AFTER = re.compile(
    rf"(?:{_EXPIRY_WORDS})[^\d•]{{0,25}}((?:{_EXPIRY})|(?<!\d)\d{{4}}(?!\d))", re.IGNORECASE
)
# Each of the words above has one of these in it, in small letters: looked for first, because it is fast.
_STEMS = (
    "cv", "cid", "csc", "secur", "verif", "valid", "back", "sikker", "kontroll", "kortkod", "baksid", "segur",
    "verso", "sécur", "crypto", "dos", "امنیت", "رمز", "وی", "droš", "dros", "aizmug", "exp", "thr", "utl",
    "gyldig", "caduca", "valab", "انقضا", "اعتبار", "derīg", "derig",
)  # fmt: skip
_MONEY = re.compile(r"\s?(?:[€$£%]|kr\b|nok\b|eur\b|usd\b|gbp\b|تومان|ریال|[.,]\d\d\b)", re.IGNORECASE)
_MASKED_CARD = re.compile(rf"{MASK}[{MASK}\W_]*\d[\d\W_]{{2,12}}\d")


def names_details(text: str) -> bool:
    """Whether the text may have words for an expiry date or a security code: cheap, and a no is sure."""
    lowered = text.lower()
    return any(stem in lowered for stem in _STEMS)


def has_masked_card(text: str) -> bool:
    """Whether a card's number was masked in this text."""
    return MASK in text and _MASKED_CARD.search(text) is not None


def detail_spans(text: str, cards: list[Span], *, asked: bool) -> list[Span]:
    """Where expiry dates and security codes stand: near a card, after words for them, or anywhere if
    they were ``asked`` for."""
    found: list[tuple[int, int]] = []
    if names_details(text):
        for pattern in (_CODE_AFTER, _CODE_BEFORE, _EXPIRY_AFTER):
            found += (match.span(1) for match in pattern.finditer(text))
    places = [(card.start - NEAR, card.end + NEAR) for card in cards]
    if asked:
        places.append((0, len(text)))
    if places:
        near = [match.span() for match in _EXPIRY_NEAR.finditer(text)]
        near += [match.span() for match in _CODE_NEAR.finditer(text) if not _is_other(text, match)]
        found += [
            (start, end) for start, end in near if any(low <= start and end <= high for low, high in places)
        ]
    return [
        Span(start, end)
        for start, end in found
        if not any(start < card.end and end > card.start for card in cards)
    ]


def _is_other(text: str, code: re.Match[str]) -> bool:
    """Whether three or four digits are said to be something else: a postcode, an amount."""
    before = text[max(0, code.start() - 20) : code.start()]
    if re.search(r"[€$£#]\s?$", before) or _MONEY.match(text, code.end()):
        return True
    return OTHER_NUMBERS.search(before) is not None
