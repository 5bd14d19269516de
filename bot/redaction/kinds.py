"""The kinds of personal data that can be masked, by setting."""

from __future__ import annotations

from typing import Literal

PersonalKind = Literal["names", "addresses", "national_ids", "emails", "phones"]
