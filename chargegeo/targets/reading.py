"""A TOML file as a frozen model, with every fault of it."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from chargegeo.errors import Fault, MissingFile, StudyFault


class Section(BaseModel):
    """A table of a file, without entries that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=Section)


def read(path: Path, model: type[Model]) -> Model:
    """A file as a model; numbers with a point are decimals, as they were written.

    Raises
    ------
    MissingFile
        If there is no such file.
    StudyFault
        With every entry that is missing, unknown or of the wrong kind.
    """
    try:
        tree = tomllib.loads(path.read_bytes().decode("utf-8-sig"), parse_float=Decimal)
    except FileNotFoundError:
        raise MissingFile(Fault("missing_file", file=str(path))) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise StudyFault(Fault("target_unreadable", file=str(path), params={"detail": str(error)})) from None
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        raise StudyFault(*(_fault(path, item) for item in error.errors())) from None


def _fault(path: Path, item: Any) -> Fault:
    key = ".".join(map(str, item["loc"]))
    if item["type"] == "missing":
        return Fault("target_key_missing", file=str(path), params={"key": key})
    if item["type"] == "extra_forbidden":
        return Fault("target_key_unknown", file=str(path), params={"key": key})
    # what a validator of ours says, without the words that pydantic puts before it
    detail = item["msg"].removeprefix("Value error, ")
    if not key:
        return Fault("target_whole", file=str(path), params={"detail": detail})
    # a whole table as a value says nothing; its key does
    value = None if isinstance(item["input"], dict | list) else item["input"]
    return Fault("target_value", file=str(path), value=value, params={"key": key, "detail": detail})
