"""Names of UK Biobank's columns: which field, instance and array entry each is."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

__all__ = ["UkbColumn", "find_eid", "find_fields"]

_NOTATIONS = (
    # ukbconv csv: 50-0.0
    re.compile(r"(?P<field>\d+)-(?P<instance>\d+)\.(?P<entry>\d+)"),
    # ukbconv r: f.50.0.0
    re.compile(r"f\.(?P<field>\d+)\.(?P<instance>\d+)\.(?P<entry>\d+)"),
    # Research Analysis Platform: p50_i0, participant.p22009_a1, p31
    re.compile(
        r"(?:participant\.)?p(?P<field>\d+)(?:_i(?P<instance>\d+))?(?:_a(?P<entry>\d+))?"
    ),
)
_EIDS = ("eid", "f.eid", "participant.eid")


class UkbColumn(NamedTuple):
    """A column of the data set.

    Attributes:
      instance: 0 the first visit, 1 the next ...
      entry: the array index, as in the name.
      place: of the column in the file, from 0.
    """

    instance: int
    entry: int
    place: int


def find_eid(path: str | Path, names: Sequence[str]) -> int:
    """The place of the column of encoded ids.

    Raises:
      ValueError: there is none, or more than one.
    """
    places = [place for place, name in enumerate(names) if name in _EIDS]
    if len(places) != 1:
        raise ValueError(
            f"{path}: {len(places)} columns named {' or '.join(_EIDS)} among "
            f"{len(names)}, of which the first is {names[0][:40]!r}; expected one"
        )
    return places[0]


def find_fields(
    path: str | Path, names: Sequence[str], fields: Iterable[int]
) -> dict[int, list[UkbColumn]]:
    """The columns of each field, by instance and array entry.

    Args:
      path: of the file, for messages.
      names: its header: `50-0.0`, or `f.50.0.0`, or `p50_i0` as the Research Analysis
        Platform has it.
      fields: the numbers of those wanted.

    Returns:
      For each field at least one column, in the order of instances and entries.

    Raises:
      ValueError: a field has no column (near ones are named), or two columns of one
        name.
    """
    found: dict[int, list[UkbColumn]] = {}
    for place, name in enumerate(names):
        if parts := _parse(name):
            field, instance, entry = parts
            found.setdefault(field, []).append(UkbColumn(instance, entry, place))
    for field in fields:
        columns = found.setdefault(field, [])
        columns.sort()
        if not columns:
            raise ValueError(
                f"{path}: no column of field {field}; {_near(field, found)}"
            )
        for one, other in pairwise(columns):
            if one[:2] == other[:2]:
                raise ValueError(
                    f"{path}: columns {one.place + 1} and {other.place + 1} are both "
                    f"{names[one.place]!r}; expected one"
                )
    return {field: found[field] for field in fields}


def _parse(name: str) -> tuple[int, int, int] | None:
    for notation in _NOTATIONS:
        if match := notation.fullmatch(name):
            parts = match.groupdict()
            instance, entry = (int(parts[key] or 0) for key in ("instance", "entry"))
            return int(parts["field"]), instance, entry
    return None


def _near(field: int, found: dict[int, list[UkbColumn]]) -> str:
    there = sorted(number for number, columns in found.items() if columns)
    if not there:
        return "no column is named as 50-0.0, f.50.0.0 or p50_i0: is it the data set?"
    texts = [str(number) for number in there]
    near = difflib.get_close_matches(str(field), texts, 3, 0.5)
    near += [str(n) for n in sorted(there, key=lambda n: abs(n - field))[:3]]
    return (
        f"it has {len(there)} fields, the nearest {', '.join(dict.fromkeys(near))}. "
        "Add it to your basket, or leave it out"
    )
