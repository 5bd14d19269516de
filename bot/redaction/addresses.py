# ruff: noqa: E501, RUF001 - patterns of words in many languages
"""Postal addresses in customers' messages, in English, Norwegian, Portuguese, French, Persian and Latvian.

An address is a street with a number, or what stands for one (a post box, a farm before its postcode), and all
that goes with it: flat, postcode, town. A town or a postcode alone is none: people ask about both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.redaction.masking import Span, plain

_NAME = r"[^\W\d_][\w'’.\-]*"

# --- English: "Flat 3, 12 Baker Street", "350 Fifth Avenue, Apt 4B" -----------------------------------
_EN_UNIT = (
    r"(?:(?:flat|apartment|apt\.?|unit|suite|ste\.?|floor|room|block|house)\s*\#?\s?\w{1,5}|\#\s?\d{1,5})"
)
_EN_TYPE = (
    r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|terrace|gardens|grove|crescent|mews|boulevard|blvd|highway|hwy|"
    r"parkway|pkwy|approach|passage|quay|square|alley|embankment|esplanade|wharf|plaza|queensway|broadway)"
)
# Ordinary words as well: the name before them has a capital, or a postcode follows.
_EN_WORD_TYPE = (
    r"(?:dr|close|court|ct|place|pl|sq|garden|way|hill|park|row|walk|green|view|circle|cir|bridge|gate|rise|yard|mount|"
    r"vale|heights|common|parade|trail|loop|field|fields|corner|cross|end|villas|orchard|meadows?)"
)
_EN_BEFORE = (
    rf"(?:{_EN_UNIT}\s*,?\s*)?"
    rf"(?:[^\W\d_][\w'’]*(?:\s[^\W\d_][\w'’]*){{0,2}}\s(?:court|house|lodge|mansions|building|tower|cottage|barn|farm|villa|mill|heights)\s*,\s*)?"
    rf"\d{{1,4}}\s?[a-z]?\b,?\s+(?:(?:north|south|east|west|[nsew]\.?)\s+)?"
)
_EN_AFTER = r"\b\.?(?:\s+(?:[nsew]{1,2}|north|south|east|west)\b\.?)?"
_EN_STREET = (
    rf"{_EN_BEFORE}(?:the\s+)?(?:\d{{1,3}}(?:st|nd|rd|th)\s+|(?:{_NAME}\s+){{1,4}}?|){_EN_TYPE}{_EN_AFTER}"
)
_EN_WORD_STREET = (
    rf"{_EN_BEFORE}(?-i:(?:The\s+)?(?:[A-Z][\w'’.-]*\s+){{0,3}}(?=[A-Z])){_EN_WORD_TYPE}{_EN_AFTER}"
    rf"|{_EN_BEFORE}(?-i:[A-Z])[a-z]+(?:gate|way|side)\b"
)
_EN_BOX = r"p\.?\s?o\.?\s?box\s+\d{1,6}"
_UK_POSTCODE = r"[a-z]{1,2}\d[a-z\d]?\s?\d[a-z]{2}"
_US_TAIL = r"(?-i:[A-Z]{2})\s+\d{5}(?:-\d{4})?"
# --- Norwegian: "Storgata 12 B, 0155 Oslo" ---------------------------------------------------------------
_NB_STREET = (
    r"(?:(?:(?-i:[A-ZÆØÅ])[\w.’'-]*\s){0,3}"
    r"[^\W\d_][\w’'-]*(?:gata|gaten|gate|veien|vegen|vei|veg|plassen?|torget|torg|bakken|alleen?|allé|svingen|stien|"
    r"lia|haugen|åsen|tunet|kaia|kaien|brygga|bryggen|løkka|jordet|kroken|faret|ringen|dammen|rosten|parken|marka|"
    r"moen|myra|toppen|kollen|bekken|skogen|furulia|grenda|ve?ita|smauet|terrasse|hagen|enga?|sletta)"
    r"|(?:[^\W\d_][\w.’'-]*\s){1,2}(?:gata?|gate|vei|veg|plass|torg)|torget|bryggen|torggata)"
    r"\s+\d{1,4}(?:\s?[a-zæøå]\b)?"
)
_NB_BOX = r"postboks\s+\d{1,5}"
# --- Portuguese: "Rua Augusta, n.º 24, 2.º Dto, 1100-053 Lisboa" ----------------------------------------
_PT_STREET = (
    r"(?:rua|r\.|avenida|av\.?|travessa|tv\.|largo|pra[çc]a|pr[çc]?\.|praceta|beco|cal[çc]ada|estrada|alameda|azinhaga|"
    r"cais|jardim|terreiro|ladeira|parque|monte|vila|casal|escadas|campo|passeio|rossio|rotunda|urbaniza[çc][ãa]o|quinta|bairro|caminho|via|viela|escadinhas|impasse|lugar|p[áa]tio)\s+"
    r"(?:[\w.'’ª-]+\s){0,6}?[\w.'’ª-]+?,?\s*(?:n\.?\s?[ºo°]?\.?\s*|lote\s+|lt\.?\s*)?\d{1,5}(?:\s?[a-h]\b)?"
)
_PT_BOX = r"apartado\s+\d{1,6}"
_PT_UNIT = r"(?:\d{1,2}\s?\.?\s?[ºo°ª]\.?\s?(?:andar\s?)?(?:esq(?:uerdo)?|dto|direito|frente|fte|[a-h])?\b\.?|r/c(?:\s?(?:esq|dto)\.?)?|lote\s+\d+|bloco\s+\w+|andar\s+\d+|fra[çc][ãa]o\s+\w+)"
# --- French: "12 bis rue de la Paix, 75002 Paris" -------------------------------------------------------
_FR_TYPE = (
    r"(?:rue|avenue|av\.?|boulevard|bd\.?|blvd|place|pl\.|chemin|che\.|impasse|all[ée]e|cours|quai|route|rte|square|passage|"
    r"clos|parvis|mont[ée]e|porte|pont|port|square|domaine|enclave|ruelle|sentier|lotissement|r[ée]sidence|faubourg|esplanade|villa|cit[ée]|hameau|voie|ruelle|rond-point|venelle|mail|traverse|promenade)"
)
_FR_STREET = (
    rf"(?:(?:b[âa]timent|b[âa]t\.?|appartement|appt?\.?|r[ée]sidence|escalier|esc\.?)\s+[\w ]{{1,20}}?,\s*)?"
    rf"\d{{1,4}}\s?(?:bis|ter|quater|[a-d]\b)?,?\s+{_FR_TYPE}\s+(?:(?:de\s+la|de\s+l['’]|d['’]|des|du|de|la|les?|l['’]|saint-?e?|général|docteur|dr)\s*)*"
    rf"[\w'’-]+(?:\s(?-i:[A-ZÉÈÎÔÂ])[\w'’-]*|[-\s](?:d['’]|de\s+la\s|des?\s|du\s)[\w'’-]+)*"
    rf"|\d{{1,4}}\s?(?:bis|ter)?,?\s+(?:grande?|petite?|vieille|haute|basse)[\s-]{_FR_TYPE}\b"
)
_FR_BOX = r"(?:bp|b\.p\.|cs)\s?\d{1,6}"
_FR_UNIT = r"(?:\d{1,2}\s?(?:er|e|[èe]me)\s[ée]tage|(?:appartement|appt?\.?|b[âa]timent|b[âa]t\.?|[ée]tage|escalier|porte)\s*\w{1,4})"
# --- Latvian: "Brīvības iela 12-5, Rīga, LV-1010" -----------------------------------------------------
_LV_STREET = (
    r"(?:(?:[^\W\d_][\w.’'-]*|\d{1,2}\.)\s){1,3}?(?:iela[is]?|ielā|ielu|gatve[is]?|gatvē|gatvi|bulvāris|bulvārī|bulvāri|bulvāra|prospekts|prospektā|"
    r"prospektu|laukums|laukumā|laukumu|laukuma|šoseja|šosejā|šoseju|ceļš|ceļā|ceļu|krastmala|krastmalā|līnija|līnijā|aleja|alejā|dambis|dambī)\s+"
    r"\d{1,4}(?:\s?/\s?\d{1,3})?(?:\s?[a-h]\b)?(?:\s?[-–]\s?\d{1,4})?"
)
_LV_FARM = r"[\"“„]?[^\W\d_][\w-]+[\"”]?,\s+(?:[^\W\d_][\w-]+\s+(?:pagasts|pag\.?|novads|nov\.?),?\s*)+"
_LV_BOX = r"a\s?/\s?k\s+\d{1,6}"
_LV_UNIT = r"(?:dz\.?|dzīvoklis|k\.)\s*\d{1,4}"

# What may follow a street: unit, postcode, town; each after a comma or a space.
_TOWN = (
    r"(?:[^\W\d_][\w’'-]*)"
    r"(?:(?:\s(?:d[aeo]s?|de\sla|sur|en|les?|la|upon|on|under|i))?\s(?-i:[A-ZÆØÅÉÈÀÂÎĀĒĪŠŽĻŅĶĢČ])[\w’'-]*){0,3}"
)
_POSTCODES = rf"(?:{_US_TAIL}|{_UK_POSTCODE}|lv\s?-?\s?\d{{4}}|\d{{4}}\s?-\s?\d{{3}}|\d{{5}}|\d{{4}})"
_PREFIXED = rf"(?:(?:n-|f-|p-|no-|fr-|pt-)?{_POSTCODES})"
_UNITS = rf"(?:{_EN_UNIT}|(?:rom|quarto|sala|chambre|salle|bureau|istaba|kabinets|telpa)\s?\w{{1,5}}|\d{{1,4}}\.\s(?:istab|telp|kabinet)\w*|{_PT_UNIT}|{_FR_UNIT}|{_LV_UNIT}|leilighet\s+\w+|h0\d{{3}}|\d{{1,2}}\.?\s?(?:etg|etasje|st[āa]vs)\b\.?)"
_TAIL = (
    rf"(?:\s*,?\s*{_UNITS})*"
    rf"(?:"
    rf"(?:\s*,\s*|\s+){_PREFIXED}(?:\s+{_TOWN})?"  # 0155 Oslo
    rf"|\s*,\s*{_TOWN}(?:\s*,\s*|\s+){_POSTCODES}"  # London NW1 6XE; Rīga, LV-1010; Austin, TX 78701
    rf"|\s*,\s*(?-i:[A-ZÆØÅÉÈÀÂÎĀĒĪŠŽĻŅĶĢČ])[\w’'-]+(?:\s(?-i:[A-ZÆØÅÉÈÀÂÎĀĒĪŠŽĻŅĶĢČ])[\w’'-]+){{0,2}}(?!\s*:)"  # , Oslo
    rf"|\s*,\s*(?:rīga|riga|oslo|bergen|trondheim|lisboa|porto|paris|lyon|marseille|london|dublin)\b"
    rf")?"
)
_BOX_TAIL = rf"(?:\s+(?-i:[A-ZÆØÅ])\w+)?{_TAIL}(?:\s+\d{{1,2}}\b)?"

_LATIN = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<![\w-]){_EN_STREET}{_TAIL}",
        rf"(?<![\w-])(?:{_EN_WORD_STREET}){_TAIL}",
        rf"(?<![\w-]){_EN_BEFORE}(?:{_NAME}\s+){{1,3}}?{_EN_WORD_TYPE}{_EN_AFTER}\s*,?\s*(?:{_TOWN}[\s,]+)?{_UK_POSTCODE}\b",
        rf"\b{_EN_BOX}{_BOX_TAIL}",
        rf"(?<![\w-]){_NB_STREET}{_TAIL}",
        rf"\b{_NB_BOX}{_BOX_TAIL}",
        rf"(?<![\w-]){_PT_STREET}(?:\s*,?\s*{_PT_UNIT})*{_TAIL}",
        rf"\b{_PT_BOX}{_BOX_TAIL}",
        rf"(?<![\w-])(?:{_FR_STREET})(?:\s*,?\s*{_FR_UNIT})*{_TAIL}",
        rf"(?<![\w-]){_FR_BOX}{_BOX_TAIL}",
        rf"(?<![\w-]){_LV_STREET}{_TAIL}",
        rf"(?<![\w-]){_LV_BOX}{_BOX_TAIL}",
        rf"(?<![\w-]){_LV_FARM}(?:lv\s?-?\s?\d{{4}})",
    )
]
# Any street with a number, where a postcode and a town follow.
_CAPITAL = "(?-i:[A-ZÆØÅÉÈÀÂÎĀĒĪŠŽĻŅĶĢČ])"
_ANY_STREET = (
    rf"{_CAPITAL}[\w.’'-]*(?:\s(?:{_CAPITAL}[\w.’'-]*|\d{{1,2}}\.|d[aeo]s?|gate|gata|vei|veg|plass|iela)){{0,6}}"
    rf"\s\d{{1,4}}(?:\s?-\s?\d{{1,3}})?(?:\s?[a-h]\b)?\s*,\s*"
    rf"(?:{_PREFIXED}\s+{_TOWN}|{_CAPITAL}\w+,\s*lv-?\s?\d{{4}})"
)
_ANY_ENGLISH = (
    rf"(?:{_CAPITAL}[\w’'-]*(?:\s{_CAPITAL}[\w’'-]*){{0,2}}\s*,\s*)?"
    rf"\d{{1,4}}\s?[a-z]?\s+(?:{_CAPITAL}[\w’'.-]*\s*){{1,4}},\s*(?:{_TOWN}[\s,]+)?(?:{_UK_POSTCODE}|{_US_TAIL})\b"
)
_ANY_NORDIC = r"[^\W\d_]{4,}\s\d{1,4}(?:\s?[a-h]\b)?,\s?\d{4}\s[^\W\d_]{2,}"
_ANY_FRENCH = (
    r"\d{1,4}\s?(?:bis|ter|quater)?,?\s+[^\W\d_][\w'’-]*(?:\s[\w'’-]+){0,6}?\s*,\s*"
    rf"(?:{_FR_UNIT}\s*,\s*)?\d{{5}}\s+{_TOWN}"
)
# A street that nothing but the sentence tells: "we live at Beacon 5".
_TOLD = (
    r"(?:\b(?:address(?:\s+is)?|live[sd]?\s+(?:at|in)|moved\s+to|deliver(?:ed)?\s+to|adressen(?:\s+er)?|bor\s+(?:i|på)|"
    r"flytte[rt]\s+til|lever(?:es|t)?\s+til|morada(?:\s+é)?|mor[oa](?:mos)?\s+n[ao]|viv[eo](?:mos)?\s+n[ao]|"
    r"adresse(?:\s+est)?|habit(?:e|ons)\s+(?:au|à)?|adrese(?:\s+ir)?|dzīvoj(?:u|am))\s*:?\s+)"
    rf"({_CAPITAL}[\w.’'-]*(?:\s{_CAPITAL}[\w.’'-]*){{0,3}}\s\d{{1,4}}(?:\s?[a-z]\b)?)"
)
_LATIN += [
    re.compile(rf"(?<![\w-])(?:{pattern})", re.IGNORECASE)
    for pattern in (_ANY_STREET, _ANY_ENGLISH, _ANY_NORDIC, _ANY_FRENCH)
]
_TOLD_STREET = re.compile(_TOLD, re.IGNORECASE)
# Words before a street's name that the pattern took along.
_BEFORE_STREET = re.compile(
    r"(?:\b(?:adresse[nr]?|kan|dere|endre|har|oppdater|jeg|vi|bor|i|på|til|fra|er|det|den|min|mitt|ny|nye|send|lever|skrev|hent|var|budet|bosatt|men|skal|være|ikke|og|hos|ved|riktig|"
    r"flyttet|flytter|pakken|gikk|hytta|ligger|sendt|ble|skulle|står|leveringsadressen?|fakturaadressen?|bestillingen|vår|"
    r"adrese|ir|es|dzīvoju|uz|no|sūtiet|piegādāt|piegādājiet|tā|bija|kurjers|mana|mani|jaunā|mēs|pārvācāmies|pārcelšos|un|bet|vai|varat|atstāt|jābūt|"
    r"uzrakstīju|paņemiet|nosūtīja|nevis|pareizā|pareizi|sūtījums|aizgāja|dzīvesvieta|mājas|piegādes|rēķina|vasarnīca|šurp|lūdzu|pasūtījums|ar|adresi|adresei|pie|kur|"
    r"is|to|at|my)\b[\s:,]+)+",
    re.IGNORECASE,
)

# --- Persian: "تهران، خیابان ولیعصر، کوچه نسترن، پلاک ۱۲" ----------------------------------------------
_FA_WORD = r"[\u0620-\u065f\u0670-\u06d3\u06d5-\u06ef\u06fa-\u06ff\u200c]+"
_FA_STREET = r"(?:خیابان|خ\.|بلوار|کوچه|میدان|بزرگراه|اتوبان|بن[\u200c ]?بست|شهرک|چهارراه|محله|کوی|مجتمع|ساختمان|برج|فلکه|جاده)"
_FA_NUMBER = r"(?:پلاک|اتاق|واحد|طبقه|زنگ|کد\s?پستی|شماره|بلوک)"
_FA_PART = rf"(?:{_FA_STREET}\s+(?:\d{{1,4}}|{_FA_WORD})(?:\s+(?!پلاک|واحد|طبقه|است|و\b|رفت|به\b|از\b|در\b|را\b){_FA_WORD})?(?:\s+(?:غربی|شرقی|شمالی|جنوبی|وسط))?|{_FA_NUMBER}\s*\d{{1,10}})"
_FA_ADDRESS = re.compile(
    rf"(?:(?!(?:به|در|از|من|ما|را|سفارش|آدرس|نشانی|جدید|فاکتور|ویلا|خانه|بسته|و|یا)\s)(?:{_FA_WORD})(?:\s{_FA_WORD})?،\s*(?:(?:{_FA_WORD})(?:\s{_FA_WORD})?،\s*)?)?{_FA_PART}(?:\s*،\s*(?:{_FA_PART}|{_FA_WORD}(?=،))|\s+(?={_FA_NUMBER}\s*\d){_FA_PART})*"
)
_FA_BOX = re.compile(rf"صندوق\s+پستی\s+[\d-]+(?:\s*،\s*{_FA_WORD})?")
_FA_TELLS = re.compile(rf"{_FA_NUMBER}\s*\d")


def address_spans(text: str) -> list[Span]:
    """Where addresses stand."""
    return list(_addresses(plain(text)))


def _addresses(text: str) -> Iterator[Span]:
    if not any(character.isdigit() for character in text):
        return
    for pattern in _LATIN:
        for match in pattern.finditer(text):
            start = match.start()
            before = _BEFORE_STREET.match(text, start, match.end())
            if before is not None and before.end() < match.end():
                start = before.end()
            yield Span(start, match.end())
    for match in _TOLD_STREET.finditer(text):
        yield Span(*match.span(1))
    for match in _FA_ADDRESS.finditer(text):
        # A square or a street alone is no address yet.
        if _FA_TELLS.search(match.group()):
            yield Span(*match.span())
    for match in _FA_BOX.finditer(text):
        yield Span(*match.span())
