"""Who of UK Biobank is usually analysed: withdrawals and genetic quality control."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gxjax.table_text import read_lines

__all__ = ["UKB_FILTERS", "choose_ukb_people", "read_withdrawals"]

UKB_FILTERS = {
    "check_sex": (31, 22001),
    "remove_aneuploidy": (22019,),
    "unrelated": (22020,),
    "white_british": (22006,),
}
"""Fields that each filter needs, in the order in which they are applied."""


def read_withdrawals(path: str | Path) -> set[int]:
    """Encoded ids of a file that UK Biobank sends of people who have withdrawn.

    Args:
      path: an eid a line, the first of several fields; a first line of names is passed
        over; the file may be empty.

    Raises:
      FileNotFoundError: no such file.
      ValueError: a line does not begin with a whole number.
    """
    found: set[int] = set()
    for number, line in enumerate(read_lines(path), 1):
        first = re.split(r"[,\t ]", line.strip())[0].strip('"')
        if not first or (number == 1 and re.fullmatch(r"[A-Za-z_.]+", first)):
            continue
        if not re.fullmatch(r"-?\d{1,18}", first):
            raise ValueError(
                f"{path}, line {number}: found {first!r}; expected an eid, a whole "
                "number, at the beginning"
            )
        found.add(int(first))
    return found


def choose_ukb_people(
    table: pd.DataFrame, filters: Sequence[str], withdrawn: Iterable[int] = ()
) -> tuple[np.ndarray, pd.DataFrame]:
    """Applies filters one after the other, and counts whom each removed.

    Always removed: an eid below 1, which stands for somebody who has withdrawn.
    `check_sex`: sex (31) and genetic sex (22001) are both known and differ.
    `remove_aneuploidy`: putative sex chromosome aneuploidy (22019).
    `unrelated`: not used in the genetic principal components (22020), which are of
    people without excess heterozygosity or missing calls of whom no two are relatives
    of third degree or closer. `white_british`: not in that genetic group (22006), by
    self-report and principal components.
    Bycroft, Freeman, Petkova and others, "The UK Biobank resource with deep phenotyping
    and genomic data", 2018, https://doi.org/10.1038/s41586-018-0579-z.

    Args:
      table: values of `read_ukb`, N people, with the columns of `UKB_FILTERS`.
      filters: names of those to apply.
      withdrawn: eids of those who have withdrawn since.

    Returns:
      bool [N], who is left; and a table `filter removed left`.

    Raises:
      ValueError: a filter that there is not, or nobody is left.
    """
    unknown = sorted(set(filters) - set(UKB_FILTERS))
    if unknown:
        raise ValueError(f"filter {unknown[0]!r}; expected some of {list(UKB_FILTERS)}")
    eid = table.index.to_numpy()
    left = np.ones(len(table), bool)
    rows: list[tuple[str, int, int]] = [("in the data set", 0, len(table))]
    checks = [
        ("eid below 1", eid > 0),
        ("withdrawals", ~np.isin(eid, np.array(sorted(withdrawn), np.int64))),
        *((name, _passes(table, name)) for name in UKB_FILTERS if name in filters),
    ]
    for name, passed in checks:
        rows.append((name, int((left & ~passed).sum()), int((left & passed).sum())))
        left &= passed
    found = pd.DataFrame(rows, columns=["filter", "removed", "left"])
    if not left.any():
        worst = found.iloc[1:].sort_values("removed").iloc[-1]
        source = table.attrs.get("file", "table")
        raise ValueError(
            f"{source}: nobody is left; {worst['filter']} alone removed "
            f"{worst['removed']} of {len(table)} people: is the field empty?"
        )
    return left, found


def _passes(table: pd.DataFrame, name: str) -> np.ndarray:
    values = [table[str(field)].to_numpy() for field in UKB_FILTERS[name]]
    if name == "check_sex":
        sex, genetic = values
        return (sex == genetic) | np.isnan(sex) | np.isnan(genetic)
    if name == "remove_aneuploidy":
        return values[0] != 1
    return values[0] == 1
