"""Files of settings (a study, a year's target, a ledger, a scenario) as frozen models, with every fault of them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from chargegeo.errors import Fault, MissingFile, StudyFault

OURS = "fault"  # type of the errors that validators of ours raise
CODES = {
    "entry_missing": ("missing",),
    "entry_above": ("greater_than",),
    "entry_at_least": ("greater_than_equal",),
    "entry_below": ("less_than",),
    "entry_at_most": ("less_than_equal",),
    "entry_word": ("literal_error", "enum"),
    "entry_whole": ("int_type", "int_parsing", "int_from_float"),
    "entry_number": ("float_type", "float_parsing", "decimal_type", "decimal_parsing", "finite_number"),
    "entry_flag": ("bool_type", "bool_parsing"),
    "entry_text": ("string_type",),
    "entry_date": ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
    "entry_empty": ("string_too_short", "too_short"),
    "entry_list": ("tuple_type", "list_type"),
    "entry_table": ("dict_type", "model_type", "model_attributes_type"),
}
_CODE = {kind: code for code, kinds in CODES.items() for kind in kinds}


class Section(BaseModel):
    """A table of a file, without entries that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _no_flag(cls, value: object, info: ValidationInfo) -> object:
        """True is no number, though Python counts it as 1."""
        if isinstance(value, bool) and cls.model_fields[str(info.field_name)].annotation is not bool:
            raise refusal("entry_no_flag")
        return value


Model = TypeVar("Model", bound=Section)


def refusal(code: str, **params: object) -> PydanticCustomError:
    """What a validator of a model raises: a fault with a text of ours."""
    return PydanticCustomError(OURS, "{code}", {"code": code, "params": params})


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """What goes wrong while a file is opened and parsed, as a fault of this file.

    Raises
    ------
    MissingFile
        If there is no such file.
    StudyFault
        ``settings_unreadable``, with the line where the parser names one.
    """
    try:
        yield
    except StudyFault:
        raise
    except FileNotFoundError:
        raise MissingFile(Fault("missing_file", file=str(path))) from None
    except (ValueError, OSError, RecursionError) as error:
        found = re.search(r"\bline (\d+)", str(error))
        line = None if found is None else int(found[1])
        params = {"detail": str(error)}
        raise StudyFault(Fault("settings_unreadable", file=str(path), line=line, params=params)) from None


def read(path: Path, model: type[Model], *, number: Callable[[str], Any] = float) -> Model:
    """A TOML file as a model; ``number`` makes those with a point.

    Raises
    ------
    MissingFile
        If there is no such file.
    StudyFault
        With every entry that is missing, unknown or of the wrong kind.
    """
    with reading(path):
        tree = tomllib.loads(path.read_bytes().decode("utf-8-sig"), parse_float=number)
    return validated(tree, model, str(path))


def validated(tree: Any, model: type[Model], file: str) -> Model:
    """What a file holds as a model.

    Raises
    ------
    StudyFault
        With every entry that is missing, unknown or of the wrong kind, each once.
    """
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        # where an entry may be of two kinds, the first word on it is the plainest
        faults = {fault.column: fault for fault in reversed([*_faults(tree, model, file, error)])}
        raise StudyFault(*reversed(faults.values())) from None


def _faults(tree: Any, model: type[Section], file: str, error: ValidationError) -> Iterator[Fault]:
    for item in error.errors():
        parts = _place(tree, item["loc"])
        params: dict[str, object] = {"key": ".".join(map(str, parts))}
        code = _CODE.get(item["type"], "entry_value")
        given = item.get("ctx", {})
        if item["type"] == OURS:
            code = given["code"]
            params |= given["params"]
        elif item["type"] == "extra_forbidden":
            near = get_close_matches(str(parts[-1]), _known(model, parts[:-1]), n=1)
            code = "entry_misspelt" if near else "entry_unknown"
            params |= {"near": "".join(near)}
        elif code == "entry_word":
            params |= {"known": ", ".join(re.findall("'([^']*)'", given["expected"]))}
        elif code == "entry_value":
            params |= {"detail": item["msg"]}
        for name in {"gt", "ge", "lt", "le"} & set(given):
            params["bound"] = given[name]
        # a whole table as a value says nothing; its key does
        value = None if isinstance(item["input"], dict | list | Section) else item["input"]
        yield Fault(code, file=file, column=str(params["key"]) or None, value=value, params=params)


def _place(tree: Any, place: Iterable[int | str]) -> list[int | str]:
    """The keys of an entry; after them a place may name the kinds that the entry could have had."""
    found: list[int | str] = []
    for part in place:
        if isinstance(tree, dict):
            tree = tree.get(part)
        elif isinstance(tree, list) and isinstance(part, int):
            tree = tree[part]
        else:
            break
        found.append(part)
    return found


def _known(model: type[Section], place: Iterable[int | str]) -> list[str]:
    """The keys of the table at a place of a model."""
    schema = model.model_json_schema()

    def opened(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].rpartition("/")[2]]
        yield node
        for choice in node.get("anyOf", ()):
            yield from opened(choice)

    nodes = [*opened(schema)]
    for part in place:
        nodes = [found for node in nodes for found in opened(_below(node, part))]
    return [key for node in nodes for key in node.get("properties", {})]


def _below(node: dict[str, Any], part: int | str) -> dict[str, Any]:
    """What a JSON schema says of an item, or of the entry of a key."""
    if isinstance(part, int):
        return node.get("items") or {}
    return node.get("properties", {}).get(part) or node.get("additionalProperties") or {}
