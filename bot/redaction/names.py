# ruff: noqa: E501, RUF001 - patterns of words in many languages
"""People's names in customers' messages, in English, Norwegian, Portuguese, French, Persian and Latvian.

A name is known by where it stands ("my name is", "Mr", a signature), or by lists of first and last names
(`lists/`, where their sources are told). The lists hold names from many countries. First names that are ordinary
words as well (`lists/ordinary.txt`) count only with something else that speaks for a name.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.redaction.masking import Span

_LISTS = Path(__file__).parent / "lists"
_ORDINARY = "ordinary.txt"
_MOST_PARTS = 5
_SHORT_HINT = 3
_BEFORE_CUE = 12
_FEW_LETTERS = 4
_WORD = re.compile(r"[^\W\d_]+(?:(?:['’\-\u2010\u200c]|(?<=[^\W\d_]{2})\.(?=[^\W\d_]))[^\W\d_]+)*")
_PERSIAN = re.compile(r"[\u0600-\u06ff]")
_PARTICLES = frozenset(
    [
        "de",
        "da",
        "do",
        "dos",
        "das",
        "du",
        "del",
        "della",
        "di",
        "van",
        "von",
        "der",
        "den",
        "la",
        "le",
        "al",
        "el",
        "bin",
        "ibn",
        "ben",
        "af",
        "av",
        "e",
        "y",
        "d",
    ]
)
_TITLES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "mx",
        "miss",
        "dr",
        "sir",
        "madam",
        "prof",
        "professor",
        "fru",
        "frk",
        "frøken",
        "herr",
        "hr",
        "senhor",
        "senhora",
        "sr",
        "sra",
        "srta",
        "dona",
        "dom",
        "dra",
        "eng",
        "monsieur",
        "madame",
        "mademoiselle",
        "mme",
        "mlle",
        "m",
        "maître",
        "kungs",
        "kungam",
        "kungu",
        "kundze",
        "kundzei",
        "kundzi",
        "آقای",
        "خانم",
        "دکتر",
        "مهندس",
        "سید",
        "سیده",
        "حاج",
        "حاجی",
        "جناب",
        "سرکار",
        "استاد",
    ]
)
"""Titles are masked with the name that follows them."""
_TITLES_BEHIND = frozenset(("kungs", "kungam", "kungu", "kundze", "kundzei", "kundzi", "خانم", "جان", "خان"))
_STRONG_TITLES = _TITLES - {"m", "dom", "eng", "hr", "سید", "سیده"}

# After these words comes a name, whether we know it and whether it is written with capitals or not.
_INTRODUCTIONS = re.compile(
    r"\b(?:my|full|first|last)\s+(?:full\s+)?name|\bmitt\b|\bheter\b|chamo|meu\s+nome|appelle|mon\s+nom|mani\s+sauc|"
    r"mans\s+(?:pilnais\s+)?vārds|نام|اسم",
    re.IGNORECASE,
)
"""Those after which a word in small letters is a name, whether we know it or not."""
_CUES = re.compile(
    r"""(?:
    \b(?:my|his|her|their|your|the|full|first|last|maiden|account\s+holder'?s?|recipient'?s?)\s+(?:full\s+)?names?(?:\s+is|\s*:|\s+as)
  | \bname\s*(?:is|:|=)  | \b(?:in|under|into)\s+the\s+names?(?:\s+of)? | \b(?:called|named|signed\s+by)
  | \b(?:recipient|addressee|cardholder|card\s+holder|account\s+holder|customer|contact)\s*(?:is|:|=)
  | \b(?:mitt|hele|fulle)\s+(?:fulle\s+)?navn\s+er | \bnavnet?\s+(?:mitt|hennes|hans)?\s*er
  | \bnavn\s*:  | \b(?:jeg|hun|han|som)\s+heter | \bi\s+navnet(?:\s+til)? | \b(?:mottaker(?:en)?|kunde|innehaver)\s*(?:er|:)
  | \b(?:chamo|chama)-?\s?(?:me|se) | \bme\s+chamo | \bnome(?:\s+completo)?\s*(?:[ée]|:) | \bem\s+nome\s+d[eao]s?(?:\s+(?:minha|meu)\s+\w+,?)?
  | \b(?:destinat[áa]rio|titular(?:\s+d[aeo]\s+\w+)?|cliente)\s*(?:[ée]|:) | \bum\s+tal(?:\s+de)? | \buma\s+tal(?:\s+de)?
  | \bm['’]\s?appelle | \bs['’]\s?appelle | \bnom(?:\s+complet)?\s*(?:est|:) | \bau\s+nom\s+de(?:\s+(?:ma|mon)\s+\w+,?)?
  | \b(?:destinataire|titulaire(?:\s+d[ue]\s+(?:la\s+)?\w+)?|client)\s*(?:est|:) | \bun\s+certain | \bune\s+certaine
  | \b(?:mani|viņu|viņa)\s+sauc | \bsauc(?:ot)?\s+par | \bvārds\s*(?:ir|:) | \buz\s+(?:\w+\s+){0,2}vārda,? | \bv[āa]rds?,\s+uzv[āa]rds:?
  | \b(?:saņēmējs|īpašnieks|klients)\s*(?:ir|:|būs)
  | (?:نام|اسم)(?:\s+(?:کامل|خانوادگی))?(?:\s+من)?\s*(?::|=) | (?:نام|اسم)(?:\s+(?:کامل|خانوادگی|کوچک))?\s+(?:من|او|ایشان|پدرم|همسرم)
  | به\s+(?:نام|اسم)(?:\s+(?:همسرم|شوهرم|پدرم|مادرم|خانم|آقای))? | گیرنده | صاحب\s+(?:کارت|حساب) | نام\s+سفارش\s+را\s+به
    )[\s"'«“:,]*""",
    re.IGNORECASE | re.VERBOSE,
)
# After these words a name may come; it counts when it looks like one.
_HINTS = re.compile(
    r"""(?:
    \b(?:i\s?['’]?m|i\s+am|this\s+is|it['’]?s|it\s+was|speaking\s+(?:to|with)|spoke\s+(?:to|with)|talked\s+(?:to|with))
  | \b(?:husband|wife|partner|son|daughter|father|mother|dad|mum|mom|brother|sister|neighbou?r|colleague|friend|boss|flatmate)
    (?:['’]s\s+name)?,?
  | \bnames?,
  | \b(?:call(?:s|ed|ing)?\s+(?:me|him|her)|kaller\s+meg|chamam-me|tratam-me\s+por|m['’]appelez)
  | \b(?:for|to|with|by|from|tell|ask|belongs\s+to|made\s+out\s+to|placed\s+by|attn\.?:?)
  | \b(?:jeg\s+er|dette\s+er|det\s+er|her\s+er|det\s+var|snakket\s+med|til|av|med|fra|hos|tilhører)
  | \b(?:kona|kone|mannen\s+min|mann|sønn(?:en)?|datter(?:en)?|far|mor|nabo(?:en)?|kollega(?:en)?|venn(?:en)?|sjef(?:en)?)(?:\s+(?:min|mi))?,?
  | \b(?:sou\s+[oa]|eu\s+sou|[ée]\s+[oa]|fala\s+[oa]?|daqui\s+(?:fala\s+)?|foi\s+[oa]?|para\s+[oa]?|com\s+[oa]?|d[oa]|a|à|ao|pel[oa])
  | \b(?:marido|mulher|esposa|filh[oa]|pai|m[ãa]e|irm[ãa]o?|vizinh[oa]|colega|amig[oa]|chefe),?
  | \b(?:je\s+suis|c['’]\s?est|ici|pour|à|avec|chez|de|par|appartient\s+à|dites\s+à)
  | \b(?:mari|femme|fils|fille|père|mère|frère|sœur|voisine?|collègue|amie?|patronn?e?),?
  | \b(?:es\s+esmu|te(?:\s+atkal)?|šeit|ar|uz|pie|no|pieder|kādam|kādai|pasakiet|ir|pasūtīja|nevis)
  | \b(?:vīrs|vīram|sieva|sievai|dēls|dēlam|meita|meitai|tēvs|māte|brālis|māsa|kaimiņ\w+|kolēģ\w+|draug\w+|draudzen\w+),?
  | (?:من|دوباره|با|برای|کسی\s+به\s+اسم|به|همسرم|شوهرم|زنم|پدرم|مادرم|پسرم|دخترم|برادرم|خواهرم|همسایه[\u200c ]?ام|همکارم|دوستم)
    )[\s"'«“:,]+""",
    re.IGNORECASE | re.VERBOSE,
)
# People by what they are to the customer: a capital, or a Persian word that ends there, is their name.
_RELATIONS = re.compile(
    r"""(?:
    \b(?:husband|wife|partner|fianc[ée]e?|son|daughter|father|mother|dad|mum|mom|brother|sister|neighbou?r|colleague|friend|boss|flatmate|
    landlord|landlady|roommate|cousin|uncle|aunt|grand(?:mother|father|son|daughter|ma|pa)|niece|nephew|assistant|caretaker|in-law)
    (?:['’]s\s+name)?,?
  | \b(?:kona|kone|mannen|mann|ektemann\w*|samboer\w*|sønn(?:en)?|datter(?:en)?|far(?:en)?|mor(?:en)?|bror(?:en)?|søster(?:en)?|nabo(?:en)?|kollega(?:en)?|
    venn(?:en|inne\w*)?|sjef(?:en)?|husvert(?:en)?|fetter\w*|kusine\w*|onkel|tante|bestemor|bestefar|nevø\w*|niese\w*|vaktmester\w*)(?:\s+(?:min|mi|vår))?,?
  | \b(?:marido|mulher|esposa|filh[oa]|pai|m[ãa]e|irm[ãa]o?|vizinh[oa]|colega|amig[oa]|chefe|senhori[oa]|prim[oa]|ti[oa]|av[óô]|net[oa]|sobrinh[oa]|porteir[oa]|namorad[oa]),?
  | \b(?:mari|femme|compagn[eo]n?e?|fils|fille|p[èe]re|m[èe]re|fr[èe]re|s(?:œ|oe)ur|voisine?|coll[èe]gue|amie?|patronn?e?|propri[ée]taire|cousine?|oncle|tante|
    grand-(?:m[èe]re|p[èe]re)|neveu|ni[èe]ce|gardienn?e?|concierge|copine?),?
  | \b(?:vīrs|vīram|sieva|sievai|dēls|dēlam|dēlu|meita|meitai|meitu|tēvs|tēvam|māte|mātei|brālis|brālim|māsa|māsai|kaimiņ\w+|kolēģ\w+|draug\w+|draudzen\w+|
    saimniek\w+|saimniec\w+|brālēn\w+|onkul\w+|tant\w+|vecmāmiņ\w+|vectēv\w+|priekšniek\w+|sētniek\w+),?
  | (?:همسرم|شوهرم|زنم|پدرم|مادرم|پسرم|دخترم|برادرم|خواهرم|همسایه[\u200c ]?ام|همکارم|دوستم|عمویم|دایی[\u200c ]?ام|خاله[\u200c ]?ام|پسرعمویم|رئیسم)
    )\s+""",
    re.IGNORECASE | re.VERBOSE,
)
_INTRODUCE = re.compile(
    r"(?:\bi\s?['’]?m|\bi\s+am|\bthis\s+is|\bit['’]?s|\bjeg\s+er|\bdette\s+er|\bdet\s+er|\bher\s+er|\bsou\s+[oa]|\beu\s+sou|\bfala\s+[oa]|\b[ée]\s+[oa]|"
    r"\bje\s+suis|\bc['’]\s?est|\bici|\bes\s+esmu|\bte(?:\s+atkal)?)\W+$",
    re.IGNORECASE,
)
# A line that ends a letter: what follows is its signature.
_REGARDS = re.compile(
    r"""(?:
    \b(?:(?:kind|best|warm|many)?\s*regards|best\s+wishes|sincerely|yours(?:\s+(?:truly|sincerely|faithfully))?|cheers|all\s+the\s+best|yours|love|signed|thanks(?:\s+(?:a\s+lot|so\s+much|again))?|many\s+thanks|thank\s+you)
  | \b(?:mvh|hilsen|vennlig\s+hilsen|beste\s+hilsen|hilsning|signert|takk(?:\s+for\s+hjelpen)?)
  | \b(?:cumprimentos|atenciosamente|obrigad[oa]|abraço|saudações|abraços|um\s+abraço|beijinhos|assinado)
  | \b(?:cordialement|salutations|merci(?:\s+beaucoup)?|bien\s+à\s+vous|sincèrement|amicalement|bonne\s+journée|signé)
  | \b(?:ar\s+cieņu|paldies|sveicieni|visu\s+labu|parakst[īi]ja|parakstījis)
  | (?:با\s+(?:تشکر|احترام|سپاس)|ممنون|متشکرم|ارادتمند)
    )[\s,،.:!–—-]+""",
    re.IGNORECASE | re.VERBOSE,
)
_ENDINGS = re.compile(
    r"\s*,?\s*(?:here|speaking|calling|her\b|som\s+snakker|aqui\b|à\s+l['’]appareil|à\s+l['’]appareil|šeit|هستم)",
    re.IGNORECASE,
)
"""What follows a name that begins a message."""
# Where a name after a cue cannot go on, when it is written in small letters.
_STOPS = frozenset(
    [
        "and",
        "or",
        "but",
        "is",
        "was",
        "are",
        "the",
        "a",
        "an",
        "i",
        "my",
        "for",
        "from",
        "with",
        "at",
        "to",
        "in",
        "on",
        "of",
        "not",
        "here",
        "it",
        "so",
        "that",
        "who",
        "which",
        "please",
        "again",
        "his",
        "her",
        "og",
        "eller",
        "men",
        "er",
        "var",
        "har",
        "i",
        "på",
        "til",
        "fra",
        "med",
        "ikke",
        "her",
        "som",
        "jeg",
        "min",
        "mitt",
        "det",
        "den",
        "de",
        "takk",
        "e",
        "ou",
        "mas",
        "é",
        "foi",
        "com",
        "para",
        "por",
        "não",
        "que",
        "eu",
        "o",
        "a",
        "os",
        "as",
        "um",
        "uma",
        "em",
        "no",
        "na",
        "aqui",
        "sou",
        "et",
        "ou",
        "mais",
        "est",
        "était",
        "avec",
        "pour",
        "par",
        "pas",
        "qui",
        "que",
        "je",
        "le",
        "la",
        "les",
        "un",
        "une",
        "en",
        "ici",
        "un",
        "vai",
        "bet",
        "ir",
        "bija",
        "ar",
        "no",
        "uz",
        "nevis",
        "kas",
        "es",
        "te",
        "šeit",
        "lūdzu",
        "است",
        "هستم",
        "را",
        "و",
        "که",
        "به",
        "از",
        "با",
        "در",
        "نه",
        "باشد",
        "بود",
        "شد",
        "می\u200cخواهم",
        "ثبت",
        "تغییر",
        "داده",
        "در",
        "این",
    ]
)
_FAMILY_ENDING = re.compile(
    r"(?:ی|زاده|پور|نژاد|فر|یان|نیا|وند|لو|راد|منش|خواه|چی"
    r"|iņ[šaiu]|iņ(?:ai|am|as)|īt(?:is|im|i|e|ei)|niek[sau]|niec[ei]|berg[sau]|son[sei]|sen|sson|dottir|dóttir"
    r"|ov[sau]?|ev[sau]?|ova[im]|sk(?:is|a|y|i)|enko|čuk[sa]?|vi[cč]h?s?)$"
)
_LATVIAN = re.compile("[āēīūķļņģč]", re.IGNORECASE)
_LATVIAN_ENDINGS = re.compile(r"(?:am|im|um|ai|ei|as|es|us|is|os|ij|[aeiouāēīōūsš])$")


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int
    key: str
    is_capital: bool
    declined: bool
    """Whether the message is Latvian, where names have endings."""
    begins: bool
    """Whether it begins a sentence: its capital tells nothing then."""
    joined: bool
    """Whether only a space stands between it and the word before."""


@cache
def _list(name: str) -> frozenset[str]:
    names = (_LISTS / name).read_text("utf-8").split()
    return frozenset(names)


@cache
def _folded_list(name: str) -> frozenset[str]:
    """People leave accents out, and put some where our lists have none."""
    return frozenset(map(_folded, _list(name)))


def _folded(key: str) -> str:
    """Latin letters without their accents."""
    if key.isascii() or _PERSIAN.match(key):
        return key
    decomposed = unicodedata.normalize("NFD", key.replace("ø", "o").replace("æ", "ae"))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


@cache
def _stems() -> frozenset[str]:
    """Names without the endings that Latvian gives them."""
    return frozenset(
        stem
        for name in _list("first.txt") | _list("latvian.txt")
        if not _PERSIAN.match(name)
        and len(stem := _stem(name)) >= (_FEW_LETTERS - 1 if name in _list("latvian.txt") else _FEW_LETTERS)
    )


def _stem(key: str) -> str:
    stem = _folded(_LATVIAN_ENDINGS.sub("", key, count=1))
    # Softened before some endings: Bērziņš is "Bērziņa", Lācis is "Lāča".
    return stem.translate(str.maketrans("ļņķģčšž", "lnkgcsz"))


class NameFinder:
    """Finds names; ``keep`` are words of the project (products, cities) that are none."""

    def __init__(self, keep: Collection[str] = ()) -> None:
        self._keep = frozenset(word.casefold() for phrase in keep for word in _WORD.findall(phrase))
        for name in ("first.txt", "last.txt", "ordinary.txt"):
            _list(name)
        _stems()

    def __call__(self, text: str) -> list[Span]:
        """Where names stand."""
        words = self._words(text)
        if not words:
            return []
        found: list[tuple[int, int]] = []
        for pattern, is_sure in ((_CUES, True), (_HINTS, False)):
            for match in pattern.finditer(text):
                at = _index(words, match.end())
                if at is not None:
                    cue = (
                        text[max(0, match.start() - _BEFORE_CUE) : match.end()] if is_sure else match.group()
                    )
                    found += self._after(words, at, cue, sure=is_sure)
        for match in _RELATIONS.finditer(text):
            at = _index(words, match.end())
            if at is not None and words[at].start == match.end():
                found += self._related(words, at)
        found += self._signatures(text, words)
        found += self._titled(words)
        found += self._listed(text, words)
        found += self._announced(text, words)
        return [Span(words[first].start, words[last - 1].end) for first, last in found]

    def may_be_name(self, text: str) -> bool:
        """Whether each word has a capital, and none is an ordinary word or one of the project's."""
        words = self._words(text)
        return all((word.is_capital and self._is_ours(word)) or word.key in _PARTICLES for word in words)

    def _words(self, text: str) -> list[_Word]:
        words: list[_Word] = []
        shouts = text.isupper() and len(text.split()) > _MOST_PARTS
        declined = _LATVIAN.search(text) is not None
        end = 0
        for match in _WORD.finditer(text):
            between = text[end : match.start()]
            key = match.group().replace("ي", "ی").replace("ك", "ک").replace("’", "'").casefold()
            words.append(
                _Word(
                    match.group(),
                    match.start(),
                    match.end(),
                    key,
                    not shouts
                    and (
                        match.group()[0].isupper()
                        or (key[:2] in ("d'", "o'") and match.group()[2:3].isupper())
                    ),
                    declined,
                    not words or re.search(r"[.!?\n:…؟]", between) is not None,
                    bool(words) and between in (" ", ". ", "\u00a0", "-"),
                )
            )
            end = match.end()
        return words

    # --- what the lists say -----------------------------------------------------------------------------

    def _is_first(self, word: _Word) -> bool:
        """Whether it is a first name and no ordinary word; with a hyphen, if its parts are."""
        return self._is_ours(word) and any(
            _known(part, "first.txt", folded=word.is_capital, declined=word.declined and not word.begins)
            for part in _parts(word.key)
        )

    def _is_name(self, word: _Word) -> bool:
        """Whether it is in either list, or declined from a Latvian name, and no ordinary word."""
        return self._is_ours(word) and any(
            _known(part, "first.txt", folded=word.is_capital, declined=word.declined and not word.begins)
            or _known(part, "last.txt", folded=word.is_capital)
            for part in _parts(word.key)
        )

    def _is_maybe(self, word: _Word) -> bool:
        """Whether it may be a name at all: not one of the project's words."""
        return word.key not in self._keep

    def _is_ours(self, word: _Word) -> bool:
        return word.key not in self._keep and word.key not in _list(_ORDINARY) and len(word.key) > 1

    # --- where names stand ------------------------------------------------------------------------------

    def _after(self, words: Sequence[_Word], at: int, cue: str, *, sure: bool) -> Iterator[tuple[int, int]]:
        """The name that begins with this word, after a cue (``sure``) or a hint."""
        first = at
        while at < len(words) and words[at].key in _TITLES:
            at += 1
        start = words[at] if at < len(words) else None
        if start is None or start.key in _STOPS or not self._is_maybe(start):
            return
        is_titled = at > first
        persian = _PERSIAN.match(start.text) is not None
        if persian:
            good = sure or is_titled or self._is_first(start)
        elif start.is_capital:
            good = sure or is_titled or self._is_name(start) or self._goes_on(words, at, known=False)
            good = good and not (start.key in _list(_ORDINARY) and not sure and not self._goes_on(words, at))
        else:
            # "For", "a", "de", "til" stand before any word.
            sure = sure and _INTRODUCTIONS.search(cue) is not None
            good = (sure and start.key not in _list(_ORDINARY)) or (
                len(cue.strip(" ,:")) > _SHORT_HINT and self._is_first(start)
            )
            sure = sure or (good and _INTRODUCE.search(cue) is not None and _ends_there(words, at + 1))
        if good:
            yield first, self._end(words, at, sure=sure)

    def _related(self, words: Sequence[_Word], at: int) -> Iterator[tuple[int, int]]:
        """The name of a relative: any capitalised word, or a known name."""
        word = words[at]
        if word.key in _STOPS or not self._is_ours(word):
            return
        if word.is_capital or self._is_first(word):
            yield at, self._end(words, at, sure=False)

    def _goes_on(self, words: Sequence[_Word], at: int, *, known: bool = True) -> bool:
        """Whether a capitalised word follows, a ``known`` name or at least no ordinary word: a last name."""
        if at + 1 >= len(words):
            return False
        following = words[at + 1]
        if not following.joined or not following.is_capital or not self._is_ours(following):
            return False
        return self._is_name(following) if known else len(words[at].key) > 2

    def _end(self, words: Sequence[_Word], at: int, *, sure: bool) -> int:
        """One past the last word of the name that begins here."""
        start = words[at]
        last = at
        while last + 1 < len(words) and last + 1 - at < _MOST_PARTS:
            following = words[last + 1]
            if not following.joined or not self._is_maybe(following):
                break
            if following.key in _PARTICLES and last + 2 < len(words) and words[last + 2].joined:
                beyond = words[last + 2]
                named = beyond.is_capital or (not start.is_capital and self._is_name(beyond))
                article = following.key == "la" or following.key == "da"
                if named or (article and last + 3 < len(words) and words[last + 3].is_capital):
                    last += 2
                    continue
                if beyond.key in _PARTICLES and last + 3 < len(words) and words[last + 3].is_capital:
                    last += 3
                    continue
            if _PERSIAN.match(start.text):
                is_family = last == at and (_has_family_ending(following.key) or _ends_there(words, last + 1))
                if following.key in _STOPS or not (self._is_name(following) or is_family):
                    break
            elif start.is_capital:
                if not following.is_capital:
                    break
            elif (
                following.is_capital
                or following.key in _STOPS
                or not (
                    self._is_name(following)
                    or (last == at and _has_family_ending(following.key))
                    or (sure and last == at and following.key not in _list(_ORDINARY))
                )
            ):
                break
            last += 1
        return last + 1

    def _signatures(self, text: str, words: Sequence[_Word]) -> Iterator[tuple[int, int]]:
        """Names after "regards", where nothing else follows on the line."""
        for match in _REGARDS.finditer(text):
            at = _index(words, match.end())
            if at is None:
                continue
            line_end = text.find("\n", words[at].start)
            line_end = len(text) if line_end < 0 else line_end
            last = at
            while last < len(words) and words[last].start < line_end:
                last += 1
            signature = words[at:last]
            if len(signature) > _MOST_PARTS or not all(self._is_maybe(word) for word in signature):
                continue
            persian = _PERSIAN.match(signature[0].text) is not None
            if any(word.key in _STOPS for word in signature):
                continue
            are_capitals = all(word.is_capital or word.key in _PARTICLES | _TITLES for word in signature)
            is_known = any(self._is_first(word) for word in signature)
            if are_capitals or (len(signature) <= 3 and (is_known or (persian and match.group()[0] == "ب"))):
                yield at, last

    def _titled(self, words: Sequence[_Word]) -> Iterator[tuple[int, int]]:
        """Names after "Mr" and the like, and before those titles that Latvian and Persian have behind."""
        for at, word in enumerate(words[1:], start=1):
            if word.key in _TITLES_BEHIND and word.joined and words[at - 1].key not in _STOPS:
                is_pair = at > 1 and words[at - 1].joined and words[at - 2].is_capital
                if words[at - 1].is_capital:
                    yield at - (2 if is_pair else 1), at
                elif _PERSIAN.match(word.text) and self._is_name(words[at - 1]):
                    yield at - 1, at
        for at, word in enumerate(words[:-1]):
            if word.key not in _STRONG_TITLES or words[at + 1].key in _STOPS or not words[at + 1].joined:
                continue
            named = at + 1
            while named < len(words) - 1 and words[named].key in _TITLES:
                named += 1
            if words[named].is_capital or self._is_name(words[named]) or _PERSIAN.match(words[named].text):
                yield at, self._end(words, named, sure=False)

    def _listed(self, text: str, words: Sequence[_Word]) -> Iterator[tuple[int, int]]:
        """Names by the lists alone: a first name with a capital, or first and last name in small letters."""
        at = 0
        while at < len(words):
            word = words[at]
            end = None
            if _PERSIAN.match(word.text):
                if self._is_first(word) or (
                    _known(word.key, "first.txt", ordinary=True)
                    and at + 1 < len(words)
                    and words[at + 1].joined
                    and _known(words[at + 1].key, "last.txt")
                ):
                    end = self._end(words, at, sure=False)
            elif len(word.key) == 1 and word.is_capital:
                # "K. Osborne"
                following = words[at + 1] if at + 1 < len(words) else None
                if (
                    following is not None
                    and text[word.end : following.start] == ". "
                    and following.is_capital
                    and self._is_ours(following)
                    and (not word.begins or self._is_name(following))
                ):
                    end = self._end(words, at, sure=False)
            elif word.is_capital:
                # Short words that begin a sentence are more often ordinary ones of some language.
                is_pair = self._goes_on(words, at, known=word.begins)
                if (self._is_first(word) and not (word.begins and len(word.key) < _FEW_LETTERS)) or (
                    is_pair
                    and (self._is_name(word) if word.begins else self._is_ours(word))
                    and not (word.begins and len(word.key) < _FEW_LETTERS)
                    and self._is_maybe(word)
                ):
                    end = self._end(words, at, sure=False)
            elif (
                len(word.key) > 3
                and self._is_first(word)
                and at + 1 < len(words)
                and words[at + 1].joined
                and (self._is_name(words[at + 1]) or _has_family_ending(words[at + 1].key))
                and not words[at + 1].is_capital
            ):
                end = self._end(words, at, sure=False)
            if end is None:
                at += 1
            else:
                yield at, end
                at = end

    def _announced(self, text: str, words: Sequence[_Word]) -> Iterator[tuple[int, int]]:
        """ "Anna Lie here": capitals at the beginning, or a Persian name before "I am"."""
        if words[0].is_capital and self._is_maybe(words[0]):
            last = self._end(words, 0, sure=False)
            if _ENDINGS.match(text, words[last - 1].end) and all(self._is_maybe(w) for w in words[:last]):
                known = any(self._is_name(word) for word in words[:last])
                if known or last > 1:
                    yield 0, last
        for at, word in enumerate(words):
            if word.key == "هستم" and at and words[at].joined:
                first = at - 1
                while first and words[first].joined and words[first - 1].key not in _STOPS and at - first < 3:
                    first -= 1
                after_i = words[first].key == "من" or (first > 0 and words[first - 1].key == "من")
                family = at - first > 1 and _has_family_ending(words[at - 1].key)
                if words[first].key == "من":
                    first += 1
                while not after_i and first < at and not self._is_name(words[first]):
                    first += 1
                if any(self._is_name(word) for word in words[first:at]) or (after_i and family):
                    yield first, at


def _ends_there(words: Sequence[_Word], at: int) -> bool:
    """Whether this word is the last before a comma, the end, or a word that goes on with the sentence."""
    return at + 1 >= len(words) or not words[at + 1].joined or words[at + 1].key in _STOPS


def _index(words: Sequence[_Word], position: int) -> int | None:
    """The first word that begins there or after."""
    at = bisect_left(words, position, key=lambda word: word.start)
    return at if at < len(words) else None


def _parts(key: str) -> list[str]:
    return [key, *re.split(r"[-\u2010]", key)] if "-" in key or "\u2010" in key else [key]


def _known(
    key: str, name: str, *, ordinary: bool = False, folded: bool = False, declined: bool = False
) -> bool:
    """Whether it is in the list: an ``ordinary`` word too, without its accents, ``declined`` as in Latvian."""
    if len(key) < 2 or (not ordinary and key in _list(_ORDINARY)):
        return False
    if key in _list(name) or (folded and _folded(key) in _folded_list(name)):
        return True
    if key.endswith(("inha", "inho")):
        # Portuguese: Teresinha, Joaninha.
        return any(key[:-4] + end in _list(name) for end in ("a", "o", "e", ""))
    return (
        declined
        and len(key) > _FEW_LETTERS
        and _LATVIAN_ENDINGS.search(key) is not None
        and _stem(key) in _stems()
    )


def _has_family_ending(key: str) -> bool:
    """Whether a word ends as family names do, in Persian, and in Latvian, Nordic and Slavic languages."""
    return len(key) > 3 and _FAMILY_ENDING.search(key) is not None
