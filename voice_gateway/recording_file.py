"""The file of a recording: encrypted audio, written chunk by chunk, and read back as WAV.

A file (``.flrec``) is a header and chunks; numbers are big-endian. Header, 42 bytes: ``FLREC`` and the
version (6), the key's id (8), the rate in Hz (u32), the salt (16), the nonce prefix (8). The file's own key
is HKDF-SHA256 of the recording key with the salt. A chunk is its length (u32; bit 31 is set in the last
one) and so many bytes of AES-256-GCM ciphertext and tag over 16-bit PCM; its nonce is the prefix and the
chunk's number (u32), and header, number and length are authenticated with it. So chunks can be neither
changed, reordered, left out nor moved between files unseen; and a file that breaks off is readable up to
its last whole chunk, and known to have broken off.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import struct
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from voice_gateway.audio import SAMPLE_BYTES
from voice_gateway.errors import VoiceError

SUFFIX: Final = ".flrec"

_MAGIC = b"FLREC\x01"
_HEADER = struct.Struct(">6s8sI16s8s")
_LENGTH = struct.Struct(">I")
_LAST = 1 << 31
_TAG_BYTES = 16
_MOST_CHUNK_BYTES = 1 << 20
_RATES = range(8000, 48001)


class RecordingError(VoiceError):
    """A recording, or its key, is not what it should be."""

    code = "recording.unreadable"


class RecordingKey:
    """The key that recordings are encrypted with: 32 random bytes, set as base64."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != 32:
            raise RecordingError(
                f"The recording key has {len(secret)} bytes instead of 32",
                hint="make one with: openssl rand -base64 32",
                code="recording.bad_key",
            )
        self._secret = secret
        self.id = hashlib.sha256(b"firstline recording key id" + secret).digest()[:8]
        """Which key a file was made with; tells nothing of the key itself."""

    @classmethod
    def parse(cls, setting: SecretStr) -> RecordingKey:
        """The key as it is set. Raises RecordingError."""
        try:
            secret = base64.b64decode(setting.get_secret_value().strip(), validate=True)
        except (binascii.Error, ValueError):
            # Without its cause, whose text could hold a part of the key.
            raise RecordingError(
                "The recording key is not base64",
                hint="make one with: openssl rand -base64 32",
                code="recording.bad_key",
            ) from None
        return cls(secret)

    def for_file(self, salt: bytes) -> AESGCM:
        """The cipher of one file: a key of its own, so that no nonce is ever used twice with one key."""
        derived = HKDF(hashes.SHA256(), 32, salt, b"firstline recording v1").derive(self._secret)
        return AESGCM(derived)


@dataclass(frozen=True, kw_only=True)
class Extent:
    """How much a recording holds. ``complete`` is False where it broke off, or is not at its end yet."""

    duration_ms: int
    complete: bool


@dataclass(frozen=True, slots=True)
class _Header:
    key_id: bytes
    rate: int
    salt: bytes
    prefix: bytes

    def pack(self) -> bytes:
        return _HEADER.pack(_MAGIC, self.key_id, self.rate, self.salt, self.prefix)

    @classmethod
    def read(cls, file: BinaryIO) -> _Header:
        raw = file.read(_HEADER.size)
        if len(raw) < _HEADER.size or not raw.startswith(_MAGIC):
            raise RecordingError(
                "This is no recording of this version",
                hint="a recording ends in .flrec",
                code="recording.not_one",
            )
        _, key_id, rate, salt, prefix = _HEADER.unpack(raw)
        if rate not in _RATES:
            raise RecordingError(f"A rate of {rate} Hz is none of a recording's", code="recording.damaged")
        return cls(key_id, rate, salt, prefix)

    def nonce(self, number: int) -> bytes:
        return self.prefix + _LENGTH.pack(number)

    def extent(self, size: int, *, complete: bool) -> Extent:
        """Of so many bytes of audio."""
        return Extent(duration_ms=size // SAMPLE_BYTES * 1000 // self.rate, complete=complete)

    def bound(self, number: int, length: int) -> bytes:
        """What is authenticated with a chunk."""
        return self.pack() + _LENGTH.pack(number) + _LENGTH.pack(length)


class Writer:
    """A file being written. Raises OSError, as does every method; FileExistsError rather than overwrite."""

    def __init__(self, path: Path, key: RecordingKey, rate: int, randomness: Callable[[int], bytes]) -> None:
        self._header = _Header(key.id, rate, randomness(16), randomness(8))
        self._cipher = key.for_file(self._header.salt)
        self._number = 0
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        # Unbuffered: a chunk that was written survives this process.
        self._file = os.fdopen(descriptor, "wb", buffering=0)
        self._write(self._header.pack())

    def chunk(self, pcm: bytes, *, last: bool) -> None:
        """Write a piece of the audio (1 MiB at most); after the ``last`` one only `close` is called."""
        length = len(pcm) + _TAG_BYTES | (_LAST if last else 0)
        bound = self._header.bound(self._number, length)
        sealed = self._cipher.encrypt(self._header.nonce(self._number), pcm, bound)
        self._number += 1
        self._write(_LENGTH.pack(length) + sealed)

    def close(self) -> None:
        """Without a last chunk before it, the file counts as broken off."""
        self._file.close()

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]


def decrypt(path: Path, key: RecordingKey, out: Path) -> Extent:
    """Write a recording as a WAV file (16-bit mono), which only its owner can read.

    A recording that broke off is written as far as it goes. Raises RecordingError where the file is none, was
    made with another key, or was changed; then there is no ``out``. Raises FileExistsError rather than
    overwrite.
    """
    with path.open("rb") as file:
        header = _Header.read(file)
        if header.key_id != key.id:
            raise RecordingError(
                f"{path.name} was made with another key ({header.key_id.hex()}, not {key.id.hex()})",
                hint="set the key that was in force when it was recorded",
                code="recording.other_key",
            )
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as target, wave.open(target, "wb") as sound:
                sound.setnchannels(1)
                sound.setsampwidth(SAMPLE_BYTES)
                sound.setframerate(header.rate)
                size = 0
                complete = False
                for pcm, last in _chunks(file, header, key, path.name):
                    sound.writeframesraw(pcm)
                    size += len(pcm)
                    complete = last
        except BaseException:
            out.unlink(missing_ok=True)
            raise
    return header.extent(size, complete=complete)


def measure(path: Path) -> Extent:
    """How much a recording holds; it takes no key. Raises RecordingError where the file is none."""
    with path.open("rb") as file:
        header = _Header.read(file)
        size = 0
        complete = False
        for length, sealed in _sealed(file, path.name):
            size += len(sealed) - _TAG_BYTES
            complete = bool(length & _LAST)
    return header.extent(size, complete=complete)


def _chunks(file: BinaryIO, header: _Header, key: RecordingKey, name: str) -> Iterator[tuple[bytes, bool]]:
    """The PCM of each whole chunk, and whether it is the last."""
    cipher = key.for_file(header.salt)
    for number, (length, sealed) in enumerate(_sealed(file, name)):
        try:
            pcm = cipher.decrypt(header.nonce(number), sealed, header.bound(number, length))
        except InvalidTag:
            raise _damaged(name, number) from None
        yield pcm, bool(length & _LAST)


def _sealed(file: BinaryIO, name: str) -> Iterator[tuple[int, bytes]]:
    """Each whole chunk as it lies in the file, and its length with the mark of the last one."""
    number = 0
    while len(raw := file.read(_LENGTH.size)) == _LENGTH.size:
        (length,) = _LENGTH.unpack(raw)
        size = length & ~_LAST
        if not _TAG_BYTES <= size <= _MOST_CHUNK_BYTES:
            raise _damaged(name, number)
        sealed = file.read(size)
        if len(sealed) < size:
            return
        yield length, sealed
        number += 1


def _damaged(name: str, number: int) -> RecordingError:
    return RecordingError(
        f"{name} was changed, or is damaged, at chunk {number + 1}",
        hint="restore the file from a backup",
        code="recording.damaged",
    )
