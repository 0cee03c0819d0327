"""Genotypes of a command with --bfile, --keep, --remove, --extract and --exclude."""

from __future__ import annotations

from typing import Any

import numpy as np

from gxjax.cohort import read_id_list, read_variant_list
from gxjax.cohort.id_list import listed_people
from gxjax.genotypes import BedSource, open_bed_source

__all__ = ["SOURCE_FLAGS", "selected_source"]

SOURCE_FLAGS = (
    ("bfile", "prefix of a PLINK 1 fileset; an @ stands for the chromosome"),
    ("keep", "file of people to keep: FID IID, or IID alone"),
    ("remove", "file of people to leave out"),
    ("extract", "file of variant ids to keep, one a line"),
    ("exclude", "file of variant ids to leave out"),
)
"""Names and texts, for `define_strings`."""


def selected_source(given: dict[str, Any]) -> BedSource:
    """Opens --bfile, and keeps what the lists leave.

    Args:
      given: flags by name, `SOURCE_FLAGS` among them.

    Raises:
      FileNotFoundError, ValueError: of a file, or when nobody or no variant is left.
    """
    source = open_bed_source(given["bfile"])
    people = np.ones(len(source.samples), bool)
    variants = np.ones(len(source.variants), bool)
    if path := given["keep"]:
        people &= listed_people(source.samples, read_id_list(path), f"--keep={path}")
    if path := given["remove"]:
        gone = read_id_list(path, allow_empty=True)
        people &= ~listed_people(source.samples, gone, f"--remove={path}")
    ids = source.variants["ID"]
    if path := given["extract"]:
        variants &= ids.isin(read_variant_list(path)).to_numpy()
    if path := given["exclude"]:
        variants &= ~ids.isin(read_variant_list(path, allow_empty=True)).to_numpy()
    for left, what, lists in (
        (people, "people", ("keep", "remove")),
        (variants, "variants", ("extract", "exclude")),
    ):
        if not left.any():
            named = " ".join(f"--{each}={given[each]}" for each in lists if given[each])
            raise ValueError(
                f"{named}: leaves no {what} of {len(left)} of --bfile={given['bfile']}"
                "; expected ids as the fileset has them"
            )
    return source.select(people, variants)
