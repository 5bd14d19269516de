# ruff: noqa: RUF001 - other alphabets are tested
"""What is written is said as people say it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_gateway.tts.plain import MAX_CHARACTERS, has_words, plain
from voice_gateway.tts.spoken import spoken
from voice_gateway.tts.wordings import WORDINGS

ENGLISH = [
    # Digit by digit
    ("Order 48213 is late.", "Order four eight, two one three is late."),
    ("Your order number is 512.", "Your order number is five one two."),
    ("Orders 48213 and 51377", "Orders four eight, two one three and five one, three seven seven"),
    ("order 2 lamps", "order two lamps"),
    ("Postcode 0150, LV-1010 or 1000-205", "Postcode zero one five zero, L V, one zero one zero or "
     "one zero zero zero, two zero five"),
    ("your PIN is 1234", "your PIN is one two three four"),
    ("code 07", "code zero seven"),
    ("T-1042", "T, one zero four two"),
    ("Return RT-20931", "Return R T, two zero, nine three one"),
    ("Call +47 22 33 44 55.", "Call plus four seven, two two, three three, four four, five five."),
    ("Call 800 40 123.", "Call eight zero zero, four zero, one two three."),
    ("Room 12A, A4", "Room twelve ay, ay four"),
    # Amounts
    ("It is €49.90.", "It is forty-nine euros ninety."),
    ("$5.05", "five dollars and five cents"),
    ("£0.50 or €1", "fifty pence or one euro"),
    ("1,299.00 EUR", "one thousand, two hundred and ninety-nine euros"),
    ("-€5", "minus five euros"),
    ("49,90 kr", "forty-nine kroner ninety"),
    # Dates and times
    ("on 2026-11-24", "on the twenty-fourth of November, twenty twenty-six"),
    ("on 24 November", "on the twenty-fourth of November"),
    ("Sunday 22 November", "Sunday the twenty-second of November"),
    ("by the 3rd of May", "by the third of May"),
    ("Nov 24", "November twenty-fourth"),
    ("November 3rd, 2025", "November third, twenty twenty-five"),
    ("24.12.2026", "the twenty-fourth of December, twenty twenty-six"),
    ("on 2026-13-45", "on two zero two six, one three, four five"),
    ("at 14:30", "at two thirty p.m."),
    ("10:05", "ten oh five"),
    ("9am to 5 pm", "nine a.m. to five p.m."),
    ("at 12:00 and 00:15", "at twelve o'clock and twelve fifteen a.m."),
    ("Mon-Fri 9:00", "Monday to Friday nine o'clock"),
    ("2026-11-24T14:30", "the twenty-fourth of November, twenty twenty-six, two thirty p.m."),
    ("in 1984", "in nineteen eighty-four"),
    # Measures and numbers
    ("20% off, 2.5%", "twenty percent off, two point five percent"),
    ("2.5 kg, 1 km, 5°C", "two point five kilograms, one kilometre, five degrees Celsius"),
    ("within 3-5 days", "within three to five days"),
    ("2024-2025", "twenty twenty-four to twenty twenty-five"),
    ("1,234 items", "one thousand, two hundred and thirty-four items"),
    ("10000 people", "ten thousand people"),
    ("the 1st and 22nd", "the first and twenty-second"),
    ("2 x lamp", "two times lamp"),
    ("1/2 a day", "a half a day"),
    # Addresses
    ("ingrid.berg@example.com", "ingrid dot berg at example dot com"),
    ("i_b42-x@shop.example.org.", "i underscore b forty-two dash x at shop dot example dot org."),
    ("See https://www.example.com/returns?id=1.", "See example dot com slash returns."),
    ("example.com", "example dot com"),
    # Abbreviations and signs
    ("e.g. Mr. Smith", "for example Mister Smith"),
    ("lamps, bulbs etc. And more.", "lamps, bulbs and so on. And more."),
    ("No. 5", "number five"),
    ("Smith & Sons", "Smith and Sons"),
    ("yes/no and/or", "yes or no and or"),
    # Markup
    ("**Bold** and _soft_ [label](https://x.example/y) `code` 😀", "Bold and soft label code"),
    ("Choose:\n- one\n- two", "Choose: one. two"),
    ("# Title\nText", "Title. Text"),
    ("<b>Hi</b> there :)", "Hi there"),
    ("snake_case 5*3", "snake case five three"),
    ("Well ... (really)!", "Well. really!"),
]  # fmt: skip

OTHERS = [
    ("de", "Bestellung 48213", "Bestellung vier acht, zwei eins drei"),
    ("de", "am 24. November um 10:30 Uhr", "am vierundzwanzigsten November um zehn Uhr dreißig"),
    ("de", "1.299,00 € bzw. 1 €", "eintausendzweihundertneunundneunzig Euro beziehungsweise ein Euro"),
    ("de", "z. B. 21 %", "zum Beispiel einundzwanzig Prozent"),
    ("nb", "Ordre 48213 kl. 14:30", "Ordre fire åtte, to en tre klokka fjorten tretti"),
    ("nb", "24. november, 49,90 kr", "tjuefjerde november, førtini kroner nitti"),
    ("no", "1 kg", "en kilo"),
    ("fr", "le 1er décembre à 10h30", "le premier décembre à dix heures trente"),
    ("fr", "1 234 km", "mille deux cent trente-quatre kilomètres"),
    ("fr-CA", "49,90 €", "quarante-neuf euros quatre-vingt-dix"),
    ("es", "el 24 de noviembre de 2026", "el veinticuatro de noviembre de dos mil veintiséis"),
    ("es", "21 €, 3,5 kg", "veintiún euros, tres coma cinco kilos"),
    ("pt", "código postal 1000-205", "código postal um zero zero zero, dois zero cinco"),
    ("pt", "1 de dezembro", "primeiro de dezembro"),
    ("nl", "24 november om 10:30 uur, € 49,90",
     "vierentwintig november om tien uur dertig, negenenveertig euro negentig"),
    ("lv", "Pasūtījums 48213 rīt.", "Pasūtījums 4 8 2 1 3 rīt."),
    ("fa", "سفارش 48213", "سفارش 4 8 2 1 3"),
    ("fa", "نمی\u200cتوانم", "نمی\u200cتوانم"),
    ("hi", "नमस्ते", "नमस्ते"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "said"), ENGLISH)
def test_english(written: str, said: str) -> None:
    assert spoken(written, "en") == said


@pytest.mark.parametrize(("language", "written", "said"), OTHERS)
def test_other_languages(language: str, written: str, said: str) -> None:
    assert spoken(written, language) == said


@pytest.mark.parametrize("text", ["", " ", "😀", "***", "---\n***", "…", "```\n```"])
def test_what_holds_no_words_is_not_said(text: str) -> None:
    assert spoken(text, "en") == ""


def test_what_is_very_long_is_cut_off() -> None:
    assert len(plain("word " * 100_000)) <= MAX_CHARACTERS


SIGNS = st.text(st.sampled_from("0123456789.,:;-/@€$%°+#()[]{}*_`~<>|! ?kgmhx\n'TLVaez"), max_size=60)
LANGUAGES = st.sampled_from([*WORDINGS, "lv", "zz", ""])


@given(st.one_of(st.text(max_size=80), SIGNS), LANGUAGES)
def test_anything_can_be_said(text: str, language: str) -> None:
    said = spoken(text, language)
    assert has_words(said) or not has_words(plain(text))
    assert not set(said) & set("*_`#<>[]{}|~@€$%+/\n")


@given(st.from_regex(r"[0-9]{1,70}([.,:/ -][0-9]{1,9}){0,4} ?(kg|€|%|am|h)?", fullmatch=True), LANGUAGES)
def test_no_number_is_too_strange(text: str, language: str) -> None:
    assert spoken(f"It is {text} today.", language).strip()
