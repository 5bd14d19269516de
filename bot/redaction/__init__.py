"""What must not be kept, masked on the way in: payment cards and bank accounts, personal data by setting.

`gate` is the one place that events pass on the way into the log. What is masked keeps its length, so that
spans (entities, slot sources) stay right; cards and accounts keep their last four characters, so that an
agent can still say which one was meant. docs/redaction.md says what is masked and what is not.
"""

from __future__ import annotations

from bot.redaction.gate import Gate, redact, redact_text
from bot.redaction.masking import MASK

__all__ = ["MASK", "Gate", "redact", "redact_text"]
