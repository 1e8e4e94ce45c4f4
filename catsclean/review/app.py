"""The web application of a review: each address, and what it answers.

Nothing here is believed: pictures are named by row and digest, questions by key, and a text from a
page never becomes the name of a file, but for that of a new split (:meth:`Work.split` checks it).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from catsclean.errors import CatscleanError
from catsclean.review.browsing import MEASURES, View
from catsclean.review.session import RefusedError, Review
from catsclean.review.work import BusyError, StalePlanError, Work

_R = TypeVar("_R")
_MOST_TEXT: Final = 200
_SWITCHES: Final = frozenset({"1", "true"})
