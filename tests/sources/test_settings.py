"""Files of settings: each fault in words of ours, with its key, in both languages."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field, model_validator

from chargegeo import labels
from chargegeo.errors import Fault, MissingFile, StudyFault
from chargegeo.sources.settings import CODES, Section, read, refusal, validated


class Part(Section):
    n_piles: int = Field(default=0, ge=0)
    share: float = Field(default=0.5, gt=0, le=1)

    @model_validator(mode="after")
    def _fits(self) -> "Part":
        if self.n_piles == 13:
            raise refusal("ledger_row", row="x", cells=self.n_piles, columns=2)
        return self


class Whole(Section):
    name: str
    day: dt.date | None = None
    kind: Literal["town", "country"] = "town"
    exact: bool = True
    ratio: float | Literal["fair"] = "fair"
    parts: tuple[Part, ...] = ()
    by_code: dict[str, Part] = Field(default_factory=dict)
    least: Annotated[Decimal, Field(lt=10)] = Decimal(0)
    names: tuple[str, ...] = Field(default=("a",), min_length=1)
    title: str = ""


def faults(path: Path, text: str) -> list[Fault]:
    path.write_text(text, "utf-8")
    with pytest.raises(StudyFault) as caught:
        read(path, Whole)
    for lang in labels.LANGUAGES:
        said = caught.value.text(lang).splitlines()
        assert len(said) == len(caught.value.faults)
        assert all(line.count(str(path)) == 1 and "{" not in line for line in said)
        for fault, line in zip(caught.value.faults, said, strict=True):
            assert fault.column is None or line.count(fault.column) >= 1
    return list(caught.value.faults)


@pytest.mark.parametrize(
    ("line", "code", "key"),
    [
        ("nam = 'x'", "entry_misspelt", "nam"),
        ("colour = 'x'", "entry_unknown", "colour"),
        ("[[parts]]\nn_pile = 1", "entry_misspelt", "parts.0.n_pile"),
        ("[by_code.4101]\nshares = 1", "entry_misspelt", "by_code.4101.shares"),
        ("[[parts]]\n[[parts]]\nshare = 0", "entry_above", "parts.1.share"),
        ("[[parts]]\nshare = 1.5", "entry_at_most", "parts.0.share"),
        ("[[parts]]\nn_piles = -1", "entry_at_least", "parts.0.n_piles"),
        ("[[parts]]\nn_piles = 1.5", "entry_whole", "parts.0.n_piles"),
        ("[[parts]]\nn_piles = 'many'", "entry_whole", "parts.0.n_piles"),
        ("[[parts]]\nn_piles = true", "entry_no_flag", "parts.0.n_piles"),
        ("[[parts]]\nshare = nan", "entry_number", "parts.0.share"),
        ("[[parts]]\nn_piles = 13", "ledger_row", "parts.0"),
        ("least = 10", "entry_below", "least"),
        ("least = 'x'", "entry_number", "least"),
        ("ratio = 'some'", "entry_number", "ratio"),
        ("kind = 'city'", "entry_word", "kind"),
        ("exact = 'perhaps'", "entry_flag", "exact"),
        ("day = 'June'", "entry_date", "day"),
        ("names = []", "entry_empty", "names"),
        ("names = 'a'", "entry_list", "names"),
        ("title = 1", "entry_text", "title"),
        ("parts = [3]", "entry_table", "parts.0"),
        ("by_code = 3", "entry_table", "by_code"),
    ],
)
def test_each_fault_has_its_words_and_its_key(tmp_path: Path, line: str, code: str, key: str) -> None:
    found = faults(tmp_path / "a.toml", f"name = 'x'\n{line}\n")
    assert [(fault.code, fault.column) for fault in found] == [(code, key)]


def test_what_is_near_or_known_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("name = 'x'\nkind = 'city'\n[[parts]]\nn_pile = 1\nshare = -2\n", "utf-8")
    with pytest.raises(StudyFault) as caught:
        read(path, Whole)
    said = str(caught.value)
    assert f"file {path}: kind cannot be 'city'. Known: town, country." in said
    assert "There is no entry parts.0.n_pile. Is n_piles meant?" in said
    assert "parts.0.share cannot be '-2': it must be more than 0." in said
    zh = caught.value.text("zh")
    assert "Input should" not in zh and "town, country" in zh


def test_all_faults_are_told_at_once_in_the_order_of_the_model(tmp_path: Path) -> None:
    found = faults(tmp_path / "a.toml", "kind = 1\nexact = 'x'\n")
    assert [fault.column for fault in found] == ["name", "kind", "exact"]


def test_the_line_of_a_slip_is_told(tmp_path: Path) -> None:
    (found,) = faults(tmp_path / "a.toml", "name = 'x'\n\nkind 3\n")
    assert (found.code, found.line) == ("settings_unreadable", 3)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"none\.toml"):
        read(tmp_path / "none.toml", Whole)
    with pytest.raises(StudyFault):
        read(tmp_path, Whole)


def test_no_table_at_all() -> None:
    with pytest.raises(StudyFault) as caught:
        validated([1], Whole, "a.json")
    assert [fault.code for fault in caught.value.faults] == ["entry_table"]


def test_every_code_has_a_kind_that_pydantic_knows() -> None:
    from typing import get_args

    from pydantic_core.core_schema import ErrorType

    kinds = [kind for group in CODES.values() for kind in group]
    assert set(kinds) <= set(get_args(ErrorType)) and len(kinds) == len(set(kinds))
