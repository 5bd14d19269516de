"""What was said before, kept up to a number of bytes; what was not used for longest goes first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable


class AudioCache:
    """PCM by key."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self.size = 0

    @property
    def is_half_full(self) -> bool:
        """Whether what comes may soon drive out what is kept."""
        return self.size > self._limit // 2

    def get(self, key: Hashable) -> bytes | None:
        """What is kept under a key, which is then the last to go."""
        pcm = self._kept.get(key)
        if pcm is not None:
            self._kept.move_to_end(key)
        return pcm

    def put(self, key: Hashable, pcm: bytes) -> None:
        """Keep something; what is larger than an eighth of the whole is not worth what it would drive out."""
        if len(pcm) > self._limit // 8 or key in self._kept:
            return
        self._kept[key] = pcm
        self.size += len(pcm)
        while self.size > self._limit:
            _, dropped = self._kept.popitem(last=False)
            self.size -= len(dropped)
