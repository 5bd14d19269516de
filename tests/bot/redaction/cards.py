"""Made-up payment cards and how people write them."""

# ruff: noqa: RUF001 - digits of other scripts are tested
from __future__ import annotations

from hypothesis import strategies as st

ISSUERS = {
    "4": (13, 16, 19),
    "51": (16,),
    "55": (16,),
    "2221": (16,),
    "2720": (16,),
    "34": (15,),
    "37": (15,),
    "300": (14,),
    "36": (14,),
    "38": (14,),
    "6011": (16, 19),
    "65": (16,),
    "3528": (16,),
    "2131": (15,),
    "1800": (15,),
    "62": (16, 17, 18, 19),
    "2200": (16,),
    "5018": (12, 16, 19),
    "6304": (12, 13, 16),
    "6759": (12, 18),
    "603799": (16,),
    "589210": (16,),
    "9792": (16,),
}
"""Beginnings of real networks' numbers, with lengths they issue."""

SEPARATORS = (
    "", " ", "-", ".", "_", "/", ",", "\n", "\r\n", "\t", "  ", "\u00a0", "\u2009", "\u202f", "\u2003",
    "\u3000", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212", "\ufe58", "\uff0d", " - ", ", ",
    "\u200c", "\u200f", "·", "|", ":", ";", "*", "#", "\\", "+", "~",
)  # fmt: skip
SCRIPTS = ("0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "０１２３４５６７８９", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")


def with_check_digit(digits: str) -> str:
    """The digits with the one that makes them right by Luhn's rule."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 if place % 2 else 2)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """A card's number, digits only."""
    beginning = draw(st.sampled_from(sorted(ISSUERS)))
    length = draw(st.sampled_from(ISSUERS[beginning]))
    rest = length - len(beginning) - 1
    return with_check_digit(beginning + draw(st.text("0123456789", min_size=rest, max_size=rest)))


@st.composite
def written(draw: st.DrawFn) -> str:
    """A card's number as somebody may write it: any digits, any separators, in any groups."""
    number = draw(numbers())
    script = draw(st.sampled_from(SCRIPTS))
    cuts = draw(st.sets(st.integers(1, len(number) - 1), max_size=6))
    out = ""
    for at, digit in enumerate(number):
        if at in cuts:
            out += draw(st.sampled_from(SEPARATORS))
        out += script[int(digit)]
    plus = "+" if len(number) > 15 and draw(st.booleans()) else ""
    return plus + out


def digits_of(text: str) -> str:
    """The decimal digits of any script, as ASCII."""
    return "".join(str(int(character)) for character in text if character.isdecimal())
