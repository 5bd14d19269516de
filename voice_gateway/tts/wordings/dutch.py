"""The words of Dutch."""

from __future__ import annotations

from voice_gateway.tts.wording import Wording, alike

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
        **alike({"km/u": "kilometer per uur", "km": "kilometer", "cm": "centimeter"}),
        **alike({"mm": "millimeter", "m": "meter", "kg": "kilo", "g": "gram", "l": "liter"}),
        **alike({"W": "watt", "GB": "gigabyte"}),
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
