"""Which passwords are refused: too short, too long to mean it, guessed at once, or the person's own name.

Length and a list of what everybody takes, and no rules about kinds of characters (NIST SP 800-63B, 3.1.1.2).
"""

from __future__ import annotations

import re

from bot.errors import InvalidInput

MINIMUM = 10
MAXIMUM = 1024
_FEWEST_CHARACTERS = 5
"""So many different characters at least: not one key held down."""

# What lists of leaked passwords begin with, without the digits and signs that people hang on to it.
_COMMON_WORDS = """
abc abcd abcdef access admin administrator adminadmin asdf asdfgh asdfghjk asdfghjkl azerty azertyuiop
baseball batman callcenter callcentre changeit changeme charlie chelsea chocolate computer contactcenter
contactcentre dragon firstline football freedom guest hello helloworld iloveyou
iloveyouforever internet jordan killer letmein letmeinnow liverpool login loveyou manchester master
michael monkey motdepasse mustang mypassword mypasswordis ninja passord passwd password passwordpassword
passwort princess qazwsx qazwsxedc qwer qwerty qwertyqwerty qwertyu qwertyui qwertyuiop qwertz qwertzuiop
secret secretpassword shadow soccer starwars summer sunshine superman supersecret support temp temppassword
test testing testtest thepassword thisismypassword trustno trustnoone user username welcome welcomehome
whatever winter zaqxsw zxcvbn zxcvbnm
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_HUNG_ON = re.compile(r"[\W\d_]+")
_ENDS = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_RUNS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb",
)
_LOOK_ALIKES = str.maketrans("013457@$!", "oleastasi")


def check_new_password(password: str, *, login: str, name: str = "") -> None:
    """Raise InvalidInput ``agent.weak_password`` for a password that somebody else would guess."""
    if len(password) < MINIMUM:
        raise _weak("The password is too short.", hint=f"take {MINIMUM} characters or more")
    if len(password) > MAXIMUM or "\x00" in password:
        raise _weak("The password is too long.", hint=f"take {MAXIMUM} characters at most")
    plain = password.casefold()
    if any(_is_nearly(plain, own.casefold()) for own in (login, name, name.replace(" ", ""))):
        raise _weak("The password is the login or the name.", hint="take another")
    if len(set(plain)) < _FEWEST_CHARACTERS or _is_run(plain) or _words(plain) & _COMMON:
        raise _weak(
            "Everybody would guess this password.", hint="take a few words that do not belong together"
        )


def _is_nearly(password: str, own: str) -> bool:
    """Whether a password is a name, however often and with however many digits."""
    rest = _HUNG_ON.sub("", password)
    bare = _HUNG_ON.sub("", own)
    return password == own or (len(bare) > 2 and bool(rest) and not rest.replace(bare, ""))


def _is_run(password: str) -> bool:
    return any(password in run * 3 or password[::-1] in run * 3 for run in _RUNS)


def _words(password: str) -> set[str]:
    """The password without what is hung on to it, as written and with digits read as letters."""
    read = (password, password.translate(_LOOK_ALIKES), _ENDS.sub("", password).translate(_LOOK_ALIKES))
    return {_HUNG_ON.sub("", each) for each in read}


def _weak(message: str, *, hint: str) -> InvalidInput:
    return InvalidInput(message, code="agent.weak_password", hint=hint)
