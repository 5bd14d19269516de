"""What lies in the folder of recordings, as the files' names tell it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from voice_gateway.recording_file import SUFFIX

_STAMP: Final = "%Y%m%dT%H%M%SZ"
_LEG = r"[a-z_]{1,16}"
_HASH = r"[0-9a-f]{32}"
_NAME: Final = re.compile(rf"(\d{{8}}T\d{{6}}Z)-({_HASH})-({_LEG})-[0-9a-f]{{8}}{re.escape(SUFFIX)}")


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A file of the folder: one side (``leg``) of a call.

    ``conversation`` is the hash of the conversation's id, ``began`` in UTC.
    """

    path: Path
    conversation: str
    leg: str
    began: datetime


def file_name(conversation_id: str, leg: str, *, began: datetime, salt: bytes) -> str:
    """The name of a new recording; ``salt`` (4 bytes) tells those of one second apart.

    It has the time and a hash of the conversation's id: nothing of who called. Raises ValueError for a leg
    that is no lower-case word.
    """
    if not re.fullmatch(_LEG, leg):
        raise ValueError(f"a leg's name is a lower-case word, not {leg!r}")
    stamp = began.astimezone(UTC).strftime(_STAMP)
    return f"{stamp}-{_hash(conversation_id)}-{leg}-{salt.hex()}{SUFFIX}"


def recorded_in(folder: Path, *, conversation: str | None = None) -> list[Recorded]:
    """The recordings of a folder, oldest first; of one conversation, given by its id or the id's hash.

    Other files are passed over, and a folder that is not there holds none. Raises OSError.
    """
    if not folder.is_dir():
        return []
    found = [recorded for path in sorted(folder.iterdir()) if (recorded := _read(path)) is not None]
    if conversation is None:
        return found
    wanted = conversation if re.fullmatch(_HASH, conversation) else _hash(conversation)
    return [recorded for recorded in found if recorded.conversation == wanted]


def _read(path: Path) -> Recorded | None:
    name = _NAME.fullmatch(path.name)
    if name is None:
        return None
    try:
        began = datetime.strptime(name[1], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
    return Recorded(path=path, conversation=name[2], leg=name[3], began=began)


def _hash(conversation_id: str) -> str:
    # The id itself opens the conversation to whoever knows it, so it is in no file name.
    return hashlib.sha256(conversation_id.encode()).hexdigest()[:32]
