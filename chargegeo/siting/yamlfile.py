"""YAML as plain data: no tags, no anchors, each key once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chargegeo.errors import Fault, StudyFault

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAIN = "tag:yaml.org,2002:"
DEEPEST = 20  # tables in tables; each costs more time than the one before
KINDS = {"map", "seq", "str", "int", "float", "bool", "null", "timestamp"}


def read_yaml(text: str, file: str) -> Any:
    """What a YAML text holds.

    Raises
    ------
    StudyFault
        With every tag that would make more than plain data, every anchor, and every key that stands twice, each with
        its key and line.
    ValueError
        If it is no YAML.
    """
    import yaml

    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise ValueError(f"more than {DEEPEST} levels")
            if anchor := getattr(event, "anchor", None):
                line = None if event.start_mark is None else event.start_mark.line + 1
                raise StudyFault(Fault("scenario_anchor", file=file, line=line, value=anchor))
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is not None and (faults := list(_faults(node, file, ""))):
            raise StudyFault(*faults)
        return yaml.load(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def _faults(node: Any, file: str, key: str) -> Iterator[Fault]:
    import yaml

    line = node.start_mark.line + 1
    if node.tag.removeprefix(PLAIN) not in KINDS:
        yield Fault(
            "scenario_tag", file=file, line=line, column=key or None, value=node.tag, params={"key": key}
        )
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for name, value in node.value:
            at = f"{key}.{name.value}" if key else str(name.value)
            if at in seen:
                yield Fault("scenario_key_twice", file=file, line=name.start_mark.line + 1, value=at)
            seen.add(at)
            yield from _faults(value, file, at)
    elif isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            yield from _faults(item, file, f"{key}.{position}")
