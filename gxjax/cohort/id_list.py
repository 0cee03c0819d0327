"""Lists of people and of variants, as `--keep` and `--extract` take them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from gxjax.cohort.person_file import read_ids, read_person_file

__all__ = ["People", "listed_people", "read_id_list", "read_variant_list"]

People = pd.DataFrame | Iterable[tuple[str | None, str]]
"""(FID, IID) pairs or a table of these columns; FID None is any."""


def read_id_list(
    path: str | Path, allow_empty: bool = False
) -> list[tuple[str | None, str]]:
    """People of a `--keep` or `--remove` file.

    Unlike here, in PLINK 2 an IID without FID is somebody's whose FID is 0.

    Args:
      path: lines of FID and IID, or of IID alone, with or without a header (`#FID IID`,
        `#IID`); further columns are ignored.
      allow_empty: a file without a line is a list of nobody, as --remove has it.

    Returns:
      (FID, IID) per line, FID None where the file has IIDs alone.

    Raises:
      FileNotFoundError: no such file.
      ValueError: the file holds nobody or is not a table.
    """
    if allow_empty and _is_empty(path):
        return []
    table = read_person_file(path)
    if read_ids(table) == ["IID"]:
        return [(None, iid) for iid in table["IID"]]
    return list(zip(table["FID"], table["IID"], strict=True))


def read_variant_list(path: str | Path, allow_empty: bool = False) -> set[str]:
    """Variant ids of an `--extract` or `--exclude` file.

    Args:
      path: ids separated by whitespace, in practice one a line.
      allow_empty: a file without an id is a list of no variant, as --exclude has it.

    Returns:
      The set of ids.

    Raises:
      FileNotFoundError: no such file.
      ValueError: the file holds no id, or no text.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        ids = set(path.read_text(encoding="utf-8-sig").split())
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 text ({error})") from error
    if not ids and not allow_empty:
        raise ValueError(f"{path}: the file is empty; expected a variant id per line")
    return ids


def listed_people(
    samples: pd.DataFrame, people: People, name: str = "keep"
) -> np.ndarray:
    """Who of a sample table is on a list.

    Args:
      samples: N rows with FID and IID.
      people: the list; may name people who are not in the table.
      name: of the list, for the message.

    Returns:
      bool [N].

    Raises:
      ValueError: an IID without FID is in two families.
    """
    if isinstance(people, pd.DataFrame):
        people = people[["FID", "IID"]].itertuples(index=False, name=None)
    listed = {(None if fid is None else str(fid), str(iid)) for fid, iid in people}
    anywhere = {iid for fid, iid in listed if fid is None}
    repeated = samples["IID"][
        samples["IID"].duplicated() & samples["IID"].isin(anywhere)
    ]
    if len(repeated):
        raise ValueError(
            f"{name}: has no FID, and IID {repeated.iloc[0]!r} is in two families; "
            "list FID and IID"
        )
    pairs = zip(samples["FID"], samples["IID"], strict=True)
    return np.array([p in listed or p[1] in anywhere for p in pairs], bool)


def _is_empty(path: str | Path) -> bool:
    path = Path(path)
    return path.is_file() and not path.read_bytes().strip()
