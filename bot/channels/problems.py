"""Errors as every HTTP route answers them: ``{"code", "message", "hint"}``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from bot.errors import FirstlineError, InvalidInput, NotFound
from bot.plain_json import storable

_UNSTORABLE = ("22021", "22P05")
"""SQLSTATE of PostgreSQL for NUL in a text: character_not_in_repertoire, untranslatable_character."""


def problem(error: FirstlineError, *, headers: Mapping[str, str] | None = None, **more: Any) -> JSONResponse:
    """An error as a response; ``more`` is put beside what every error has."""
    content = {"code": error.code, "message": error.message, "hint": error.hint, **more}
    if error.retry_after_s is not None:
        headers = {"Retry-After": str(math.ceil(error.retry_after_s)), **(headers or {})}
    return JSONResponse(content, status_code=error.status, headers=headers)


def install(app: FastAPI) -> None:
    """Have an application answer all errors in this form."""

    @app.exception_handler(FirstlineError)
    async def firstline_error(_request: Request, error: FirstlineError) -> JSONResponse:
        return problem(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return problem(
            InvalidInput(storable(f"{where}: {first['msg']}"[:500]), hint="see /docs for what fits")
        )

    @app.exception_handler(HTTPException)
    async def http_error(_request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == 404:
            return problem(NotFound("There is nothing at this address.", hint="see /docs"))
        detail = FirstlineError(str(error.detail), code=f"http.{error.status_code}", status=error.status_code)
        return problem(detail, headers=error.headers)

    @app.exception_handler(DBAPIError)
    async def database_error(_request: Request, error: DBAPIError) -> JSONResponse:
        if getattr(error.orig, "sqlstate", None) in _UNSTORABLE:
            return problem(
                InvalidInput("The text has a character that cannot be kept.", hint="leave out NUL")
            )
        raise error

    @app.exception_handler(Exception)
    async def failure(_request: Request, _error: Exception) -> JSONResponse:
        # Logged by the server, with its traceback; the caller learns nothing of the inside.
        return problem(FirstlineError("Something went wrong here.", code="internal", hint="try again"))
