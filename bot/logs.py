"""Structured logs: static messages with fields; nothing that a customer said, at info level or above."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog


def configure(level: str = "info", format_: Literal["console", "json"] = "console") -> None:
    """Set up structlog and the standard library's logging, which libraries use, to one stream in one form."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if format_ == "json"
        # Not rich's traceback, the default: it shows the values of variables, and so what customers said.
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    if format_ == "json":
        shared.append(structlog.processors.format_exc_info)
    structlog.configure(
        processors=[
            *shared,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=[*shared]))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(threshold, logging.WARNING))
    # It tells of each connection that died with a traceback; who needed the connection says so already.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
