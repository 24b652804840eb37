"""How the loops over networks are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """The function compiled, without the interpreter's lock, kept for later processes."""
    return cast(F, numba.njit(cache=True, nogil=True)(function))
