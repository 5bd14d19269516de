"""The words of each language for what is written in signs: months, money, units, the signs of an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Forms = tuple[str, str]
"""One, and more than one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Wording:
    """A language's words. ``numerals`` is its name in num2words; ``date`` has ``{day}`` and ``{month}``.

    ``identifiers`` are the words after which a number is read digit by digit, and ``codes`` those after which
    even a short one is; ``links`` may stand between such a word and the number.
    """

    numerals: str
    digits: tuple[str, ...]
    letters: Mapping[str, str] = field(default_factory=dict)
    months: tuple[str, ...]
    month_names: Mapping[str, int] = field(default_factory=dict)
    date: str
    day_is_ordinal: bool = False
    first_of_month: str | None = None
    year_link: str = " "
    hours: str
    full_hour: str
    decimal: str = ","
    point: str
    minus: str
    plus: str
    percent: str
    to: str
    half: str
    at: str
    dot: str
    dash: str
    underscore: str
    slash: str
    ampersand: str
    times: str
    alternative: str
    currencies: Mapping[str, Forms]
    minor_units: Mapping[str, Forms]
    units: Mapping[str, Forms]
    abbreviations: Mapping[str, str]
    final_abbreviations: tuple[str, ...] = ("etc.", "osv.", "usw.", "enz.", "mva.")
    weekdays: Mapping[str, str] = field(default_factory=dict)
    identifiers: tuple[str, ...]
    codes: tuple[str, ...]
    links: tuple[str, ...]
    one: Mapping[str, str] = field(default_factory=dict)
    """How a number's last word changes before a noun (Spanish ``uno`` to ``un``)."""


_MONTHS_EN = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

ENGLISH = Wording(
    numerals="en",
    digits=("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    # Alone, the others are read as letters by every engine; "A" becomes the article.
    letters={"A": "ay"},
    months=_MONTHS_EN,
    month_names={
        **{"jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7},
        **{"aug": 8, "sep": 9, "sept": 9, "oct": 10, "nov": 11, "dec": 12},
    },
    date="the {day} of {month}",
    day_is_ordinal=True,
    year_link=", ",
    hours="{hour} {minute}",
    full_hour="{hour} o'clock",
    decimal=".",
    point="point",
    minus="minus",
    plus="plus",
    percent="percent",
    to="to",
    half="a half",
    at="at",
    dot="dot",
    dash="dash",
    underscore="underscore",
    slash="slash",
    ampersand="and",
    times="times",
    alternative="or",
    currencies={
        "EUR": ("euro", "euros"),
        "USD": ("dollar", "dollars"),
        "GBP": ("pound", "pounds"),
        "NOK": ("krone", "kroner"),
        "SEK": ("krona", "kronor"),
        "DKK": ("krone", "kroner"),
        "CHF": ("franc", "francs"),
    },
    minor_units={"EUR": ("cent", "cents"), "USD": ("cent", "cents"), "GBP": ("penny", "pence")},
    units={
        "km/h": ("kilometre an hour", "kilometres an hour"),
        "km": ("kilometre", "kilometres"),
        "cm": ("centimetre", "centimetres"),
        "mm": ("millimetre", "millimetres"),
        "m": ("metre", "metres"),
        "kg": ("kilogram", "kilograms"),
        "g": ("gram", "grams"),
        "ml": ("millilitre", "millilitres"),
        "l": ("litre", "litres"),
        "kWh": ("kilowatt hour", "kilowatt hours"),
        "W": ("watt", "watts"),
        "V": ("volt", "volts"),
        "Mbit/s": ("megabit a second", "megabits a second"),
        "GB": ("gigabyte", "gigabytes"),
        "MB": ("megabyte", "megabytes"),
        "TB": ("terabyte", "terabytes"),
        "°C": ("degree Celsius", "degrees Celsius"),
        "°": ("degree", "degrees"),
        "min": ("minute", "minutes"),
        "h": ("hour", "hours"),
        "s": ("second", "seconds"),
        "lb": ("pound", "pounds"),
        "ft": ("foot", "feet"),
    },
    abbreviations={
        "e.g.": "for example",
        "i.e.": "that is",
        "etc.": "and so on",
        "approx.": "approximately",
        "incl.": "including",
        "excl.": "excluding",
        "vs.": "versus",
        "Mr.": "Mister",
        "Mrs.": "Missus",
        "Ms.": "Miz",
        "Dr.": "Doctor",
        "Prof.": "Professor",
        "tel.": "telephone",
        "ext.": "extension",
        "max.": "maximum",
        "min.": "minimum",
        "no.": "number",
        "nos.": "numbers",
        "a.m.": "a.m.",
        "p.m.": "p.m.",
    },
    weekdays={
        **{"Mon": "Monday", "Tue": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday"},
        **{"Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday"},
    },
    identifiers=(
        *("order", "orders", "parcel", "tracking", "invoice", "ticket", "case", "customer", "account"),
        *("reference", "ref", "return", "booking", "card", "number", "phone", "telephone", "call", "ending"),
    ),
    codes=("postcode", "post code", "postal code", "zip", "zip code", "code", "pin", "extension"),
    links=(
        "number",
        "numbers",
        "no.",
        "no",
        "nr",
        "code",
        "id",
        "is",
        "are",
        "was",
        "us",
        "on",
        "in",
        "at",
        "the",
    ),
)

NORWEGIAN = Wording(
    numerals="no",
    digits=("null", "en", "to", "tre", "fire", "fem", "seks", "sju", "åtte", "ni"),
    months=(
        *("januar", "februar", "mars", "april", "mai", "juni"),
        *("juli", "august", "september", "oktober", "november", "desember"),
    ),
    date="{day} {month}",
    day_is_ordinal=True,
    hours="{hour} {minute}",
    full_hour="{hour}",
    point="komma",
    minus="minus",
    plus="pluss",
    percent="prosent",
    to="til",
    half="en halv",
    at="krøllalfa",
    dot="punktum",
    dash="bindestrek",
    underscore="understrek",
    slash="skråstrek",
    ampersand="og",
    times="ganger",
    alternative="eller",
    currencies={
        "NOK": ("krone", "kroner"),
        "SEK": ("svensk krone", "svenske kroner"),
        "DKK": ("dansk krone", "danske kroner"),
        "EUR": ("euro", "euro"),
        "USD": ("dollar", "dollar"),
        "GBP": ("pund", "pund"),
        "CHF": ("franc", "franc"),
    },
    minor_units={"NOK": ("øre", "øre"), "EUR": ("cent", "cent"), "USD": ("cent", "cent")},
    units={
        "km/t": ("kilometer i timen", "kilometer i timen"),
        "km": ("kilometer", "kilometer"),
        "cm": ("centimeter", "centimeter"),
        "mm": ("millimeter", "millimeter"),
        "m": ("meter", "meter"),
        "kg": ("kilo", "kilo"),
        "g": ("gram", "gram"),
        "l": ("liter", "liter"),
        "W": ("watt", "watt"),
        "GB": ("gigabyte", "gigabyte"),
        "°C": ("grad", "grader"),
        "°": ("grad", "grader"),
        "min": ("minutt", "minutter"),
        "t": ("time", "timer"),
    },
    abbreviations={
        "f.eks.": "for eksempel",
        "bl.a.": "blant annet",
        "osv.": "og så videre",
        "ca.": "cirka",
        "dvs.": "det vil si",
        "inkl.": "inkludert",
        "ekskl.": "eksklusive",
        "kl.": "klokka",
        "nr.": "nummer",
        "tlf.": "telefon",
        "mva.": "merverdiavgift",
        "pga.": "på grunn av",
    },
    identifiers=(
        *(
            "ordre",
            "ordren",
            "ordrenummer",
            "bestilling",
            "bestillingen",
            "bestillingsnummer",
            "pakke",
            "faktura",
        ),
        *(
            "sak",
            "kundenummer",
            "konto",
            "kontonummer",
            "referanse",
            "retur",
            "telefon",
            "ring",
            "nummer",
            "sporing",
        ),
    ),
    codes=("postnummer", "kode", "koden", "pin"),
    links=("nummer", "nummeret", "nr.", "nr", "er", "var", "oss", "på", "til"),
)

FRENCH = Wording(
    numerals="fr",
    digits=("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"),
    months=(
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
    date="{day} {month}",
    first_of_month="premier",
    hours="{hour} heures {minute}",
    full_hour="{hour} heures",
    point="virgule",
    minus="moins",
    plus="plus",
    percent="pour cent",
    to="à",
    half="un demi",
    at="arobase",
    dot="point",
    dash="tiret",
    underscore="tiret bas",
    slash="barre oblique",
    ampersand="et",
    times="fois",
    alternative="ou",
    currencies={
        "EUR": ("euro", "euros"),
        "USD": ("dollar", "dollars"),
        "GBP": ("livre", "livres"),
        "CHF": ("franc", "francs"),
        "NOK": ("couronne norvégienne", "couronnes norvégiennes"),
    },
    minor_units={"EUR": ("centime", "centimes"), "CHF": ("centime", "centimes"), "USD": ("cent", "cents")},
    units={
        "km/h": ("kilomètre heure", "kilomètres heure"),
        "km": ("kilomètre", "kilomètres"),
        "cm": ("centimètre", "centimètres"),
        "mm": ("millimètre", "millimètres"),
        "m": ("mètre", "mètres"),
        "kg": ("kilo", "kilos"),
        "g": ("gramme", "grammes"),
        "l": ("litre", "litres"),
        "W": ("watt", "watts"),
        "Go": ("gigaoctet", "gigaoctets"),
        "°C": ("degré", "degrés"),
        "°": ("degré", "degrés"),
        "min": ("minute", "minutes"),
        "h": ("heure", "heures"),
    },
    abbreviations={
        "p. ex.": "par exemple",
        "etc.": "et cetera",
        "env.": "environ",
        "M.": "Monsieur",
        "Mme": "Madame",
        "tél.": "téléphone",
        "n°": "numéro",
    },
    identifiers=(
        *("commande", "commandes", "colis", "facture", "dossier", "compte", "référence", "retour", "suivi"),
        *("téléphone", "appelez", "numéro"),
    ),
    codes=("code postal", "code"),
    links=("numéro", "n°", "est", "le", "la", "au", "de"),
)

GERMAN = Wording(
    numerals="de",
    digits=("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
    months=(
        *("Januar", "Februar", "März", "April", "Mai", "Juni"),
        *("Juli", "August", "September", "Oktober", "November", "Dezember"),
    ),
    date="{day} {month}",
    day_is_ordinal=True,
    hours="{hour} Uhr {minute}",
    full_hour="{hour} Uhr",
    point="Komma",
    minus="minus",
    plus="plus",
    percent="Prozent",
    to="bis",
    half="ein halb",
    at="at",
    dot="Punkt",
    dash="Bindestrich",
    underscore="Unterstrich",
    slash="Schrägstrich",
    ampersand="und",
    times="mal",
    alternative="oder",
    currencies={
        "EUR": ("Euro", "Euro"),
        "USD": ("Dollar", "Dollar"),
        "GBP": ("Pfund", "Pfund"),
        "CHF": ("Franken", "Franken"),
        "NOK": ("norwegische Krone", "norwegische Kronen"),
    },
    minor_units={"EUR": ("Cent", "Cent"), "USD": ("Cent", "Cent"), "CHF": ("Rappen", "Rappen")},
    units={
        "km/h": ("Kilometer pro Stunde", "Kilometer pro Stunde"),
        "km": ("Kilometer", "Kilometer"),
        "cm": ("Zentimeter", "Zentimeter"),
        "mm": ("Millimeter", "Millimeter"),
        "m": ("Meter", "Meter"),
        "kg": ("Kilo", "Kilo"),
        "g": ("Gramm", "Gramm"),
        "l": ("Liter", "Liter"),
        "W": ("Watt", "Watt"),
        "GB": ("Gigabyte", "Gigabyte"),
        "°C": ("Grad", "Grad"),
        "°": ("Grad", "Grad"),
        "min": ("Minute", "Minuten"),
        "Std.": ("Stunde", "Stunden"),
    },
    abbreviations={
        "z. B.": "zum Beispiel",
        "z.B.": "zum Beispiel",
        "d. h.": "das heißt",
        "d.h.": "das heißt",
        "usw.": "und so weiter",
        "ca.": "circa",
        "bzw.": "beziehungsweise",
        "inkl.": "inklusive",
        "zzgl.": "zuzüglich",
        "Nr.": "Nummer",
        "Tel.": "Telefon",
        "Hr.": "Herr",
        "Fr.": "Frau",
        "Str.": "Straße",
    },
    identifiers=(
        *("Bestellung", "Bestellungen", "Bestellnummer", "Auftrag", "Paket", "Rechnung", "Vorgang", "Konto"),
        *("Kundennummer", "Referenz", "Rücksendung", "Telefon", "Nummer", "Sendungsnummer"),
    ),
    codes=("Postleitzahl", "PLZ", "Code", "PIN"),
    links=("Nummer", "Nr.", "ist", "lautet", "war", "mit", "der"),
    one={"eins": "ein"},
)

SPANISH = Wording(
    numerals="es",
    digits=("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"),
    months=(
        *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
        *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ),
    date="{day} de {month}",
    year_link=" de ",
    hours="{hour} y {minute}",
    full_hour="{hour} en punto",
    point="coma",
    minus="menos",
    plus="más",
    percent="por ciento",
    to="a",
    half="medio",
    at="arroba",
    dot="punto",
    dash="guion",
    underscore="guion bajo",
    slash="barra",
    ampersand="y",
    times="por",
    alternative="o",
    currencies={
        "EUR": ("euro", "euros"),
        "USD": ("dólar", "dólares"),
        "GBP": ("libra", "libras"),
        "CHF": ("franco", "francos"),
        "NOK": ("corona noruega", "coronas noruegas"),
    },
    minor_units={"EUR": ("céntimo", "céntimos"), "USD": ("centavo", "centavos")},
    units={
        "km/h": ("kilómetro por hora", "kilómetros por hora"),
        "km": ("kilómetro", "kilómetros"),
        "cm": ("centímetro", "centímetros"),
        "mm": ("milímetro", "milímetros"),
        "m": ("metro", "metros"),
        "kg": ("kilo", "kilos"),
        "g": ("gramo", "gramos"),
        "l": ("litro", "litros"),
        "W": ("vatio", "vatios"),
        "GB": ("gigabyte", "gigabytes"),
        "°C": ("grado", "grados"),
        "°": ("grado", "grados"),
        "min": ("minuto", "minutos"),
        "h": ("hora", "horas"),
    },
    abbreviations={
        "p. ej.": "por ejemplo",
        "etc.": "etcétera",
        "aprox.": "aproximadamente",
        "Sr.": "señor",
        "Sra.": "señora",
        "Ud.": "usted",
        "tel.": "teléfono",
        "n.º": "número",
        "núm.": "número",
    },
    identifiers=(
        *(
            "pedido",
            "pedidos",
            "paquete",
            "factura",
            "cuenta",
            "referencia",
            "devolución",
            "teléfono",
            "número",
        ),
        *("llame", "seguimiento"),
    ),
    codes=("código postal", "código", "pin"),
    links=("número", "n.º", "es", "el", "al", "de"),
    one={"uno": "un", "veintiuno": "veintiún"},
)

PORTUGUESE = Wording(
    numerals="pt",
    digits=("zero", "um", "dois", "três", "quatro", "cinco", "seis", "sete", "oito", "nove"),
    months=(
        *("janeiro", "fevereiro", "março", "abril", "maio", "junho"),
        *("julho", "agosto", "setembro", "outubro", "novembro", "dezembro"),
    ),
    date="{day} de {month}",
    year_link=" de ",
    first_of_month="primeiro",
    hours="{hour} e {minute}",
    full_hour="{hour} horas",
    point="vírgula",
    minus="menos",
    plus="mais",
    percent="por cento",
    to="a",
    half="meio",
    at="arroba",
    dot="ponto",
    dash="hífen",
    underscore="sublinhado",
    slash="barra",
    ampersand="e",
    times="vezes",
    alternative="ou",
    currencies={
        "EUR": ("euro", "euros"),
        "USD": ("dólar", "dólares"),
        "GBP": ("libra", "libras"),
        "CHF": ("franco", "francos"),
        "BRL": ("real", "reais"),
        "NOK": ("coroa norueguesa", "coroas norueguesas"),
    },
    minor_units={"EUR": ("cêntimo", "cêntimos"), "BRL": ("centavo", "centavos")},
    units={
        "km/h": ("quilómetro por hora", "quilómetros por hora"),
        "km": ("quilómetro", "quilómetros"),
        "cm": ("centímetro", "centímetros"),
        "mm": ("milímetro", "milímetros"),
        "m": ("metro", "metros"),
        "kg": ("quilo", "quilos"),
        "g": ("grama", "gramas"),
        "l": ("litro", "litros"),
        "W": ("watt", "watts"),
        "GB": ("gigabyte", "gigabytes"),
        "°C": ("grau", "graus"),
        "°": ("grau", "graus"),
        "min": ("minuto", "minutos"),
        "h": ("hora", "horas"),
    },
    abbreviations={
        "p. ex.": "por exemplo",
        "etc.": "et cetera",
        "aprox.": "aproximadamente",
        "Sr.": "senhor",
        "Sra.": "senhora",
        "tel.": "telefone",
        "n.º": "número",
    },
    identifiers=(
        *(
            "encomenda",
            "encomendas",
            "pedido",
            "fatura",
            "conta",
            "referência",
            "devolução",
            "telefone",
            "número",
        ),
        *("ligue",),
    ),
    codes=("código postal", "código", "pin"),
    links=("número", "n.º", "é", "o", "a", "de", "para"),
)

DUTCH = Wording(
    numerals="nl",
    digits=("nul", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen"),
    months=(
        *("januari", "februari", "maart", "april", "mei", "juni"),
        *("juli", "augustus", "september", "oktober", "november", "december"),
    ),
    date="{day} {month}",
    hours="{hour} uur {minute}",
    full_hour="{hour} uur",
    point="komma",
    minus="min",
    plus="plus",
    percent="procent",
    to="tot",
    half="een half",
    at="apenstaartje",
    dot="punt",
    dash="streepje",
    underscore="liggend streepje",
    slash="schuine streep",
    ampersand="en",
    times="keer",
    alternative="of",
    currencies={
        "EUR": ("euro", "euro"),
        "USD": ("dollar", "dollar"),
        "GBP": ("pond", "pond"),
        "CHF": ("frank", "frank"),
        "NOK": ("Noorse kroon", "Noorse kronen"),
    },
    minor_units={"EUR": ("cent", "cent"), "USD": ("cent", "cent")},
    units={
        "km/u": ("kilometer per uur", "kilometer per uur"),
        "km": ("kilometer", "kilometer"),
        "cm": ("centimeter", "centimeter"),
        "mm": ("millimeter", "millimeter"),
        "m": ("meter", "meter"),
        "kg": ("kilo", "kilo"),
        "g": ("gram", "gram"),
        "l": ("liter", "liter"),
        "W": ("watt", "watt"),
        "GB": ("gigabyte", "gigabyte"),
        "°C": ("graad", "graden"),
        "°": ("graad", "graden"),
        "min": ("minuut", "minuten"),
    },
    abbreviations={
        "bijv.": "bijvoorbeeld",
        "d.w.z.": "dat wil zeggen",
        "enz.": "enzovoort",
        "ca.": "circa",
        "incl.": "inclusief",
        "excl.": "exclusief",
        "nr.": "nummer",
        "tel.": "telefoon",
        "dhr.": "de heer",
        "mevr.": "mevrouw",
    },
    identifiers=(
        *(
            "bestelling",
            "bestellingen",
            "bestelnummer",
            "pakket",
            "factuur",
            "zaak",
            "klantnummer",
            "rekening",
        ),
        *("referentie", "retour", "telefoon", "bel", "nummer"),
    ),
    codes=("postcode", "code", "pincode"),
    links=("nummer", "nr.", "is", "was", "met", "de", "het", "op"),
)

WORDINGS: Mapping[str, Wording] = {
    "en": ENGLISH,
    "nb": NORWEGIAN,
    "no": NORWEGIAN,
    "nn": NORWEGIAN,
    "fr": FRENCH,
    "de": GERMAN,
    "es": SPANISH,
    "pt": PORTUGUESE,
    "nl": DUTCH,
}


def wording(language: str) -> Wording | None:
    """The words of a language (IETF tag), or None where we have none."""
    return WORDINGS.get(language.lower().replace("_", "-").partition("-")[0])
