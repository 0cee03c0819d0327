"""Lists of people and of variants, as `--keep` and `--extract` take them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from gxjax.cohort.person_file import read_ids, read_person_file
from gxjax.table_text import read_lines, split_fields

__all__ = [
    "People",
    "check_lists",
    "listed_people",
    "read_id_list",
    "read_variant_list",
]

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
    if allow_empty and not any(map(split_fields, read_lines(path))):
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
    ids = {name for line in read_lines(path) for name in split_fields(line)}
    if not ids and not allow_empty:
        raise ValueError(f"{path}: the file is empty; expected a variant id per line")
    return ids


def check_lists(
    samples: pd.DataFrame,
    variants: pd.DataFrame,
    keep: tuple[str, People | None],
    extract: tuple[str, set[str] | None],
) -> None:
    """Raises ValueError where a list to keep by has nobody, or no variant, of ours.

    Args:
      samples: with FID and IID.
      variants: with ID.
      keep: the list's name for messages, and its people, None without a list.
      extract: likewise, and its ids.
    """
    name, people = keep
    if people is not None:
        listed = people if isinstance(people, pd.DataFrame) else list(people)
        if not listed_people(samples, listed, name).any():
            ours = samples[["FID", "IID"]].iloc[0]
            theirs = pd.DataFrame(listed).iloc[0].dropna()
            raise ValueError(
                f"{name}: none of its {len(listed)} people is in the genotypes; found "
                f"{' '.join(theirs)} in it, and FID IID {' '.join(ours)} in the "
                "genotypes; expected lines of FID IID, or of IID alone"
            )
    name, ids = extract
    if ids is not None and not variants["ID"].isin(ids).any():
        raise ValueError(
            f"{name}: none of its {len(ids)} ids is in the genotypes; found "
            f"{min(ids)!r} in it, and {variants['ID'].iloc[0]!r} in the genotypes; "
            "expected an id per line"
        )


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
