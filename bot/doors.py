"""What each door says of itself: who may come in, and what limits them.

A route is opened by the dependency that lets its callers in, which is marked here; a route without one, and
each socket event, is marked itself. docs/security.md has them all in one table, which a test compares with
the running application: what says nothing fails it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
_MARK = "__firstline_door__"

ANYONE = "anyone"


@dataclass(frozen=True, slots=True)
class Door:
    """``who`` may come in, in words; ``limit`` bounds them, empty where signing in is bound enough."""

    who: str
    limit: str = ""


def opens_to(who: str, *, limit: str = "") -> Callable[[F], F]:
    """Mark a dependency, a route's function or a socket event's method.

    Says what it does; enforces nothing.
    """

    def mark(function: F) -> F:
        setattr(function, _MARK, Door(who, limit))
        return function

    return mark


def door_of(function: Any) -> Door | None:
    """What a function was marked with; None when nothing."""
    return getattr(function, _MARK, None)
