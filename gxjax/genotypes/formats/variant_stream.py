"""What every format gives: people, and their variants a chunk at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from gxjax.types import VARIANT_COLUMNS, Progress

__all__ = [
    "VariantChunk",
    "VariantStream",
    "chunk_length",
    "refuse_multiallelic",
    "variant_table",
]

# A dosage is 4 bytes, a code 1, and what makes them of a file several times as much.
_BYTES_PER_CHUNK = 1 << 25
_BYTES_PER_CALL = 5
_MOST_VARIANTS = 4096


class VariantChunk(NamedTuple):
    """Some adjacent variants of all people.

    Attributes:
      variants: table of v rows with `VARIANT_COLUMNS`; A1 is ALT, the counted allele.
      codes: uint8 [v, N] hard calls: dosage of A1, 3 where it is missing.
      dosages: float32 [v, N], copies of A1, NaN where missing; None where the file has
        hard calls only.
    """

    variants: pd.DataFrame
    codes: np.ndarray
    dosages: np.ndarray | None


class VariantStream(NamedTuple):
    """An opened file of genotypes; nothing but its people was read.

    Attributes:
      path: the file.
      samples: table of N rows with `SAMPLE_COLUMNS`.
      size: bytes, to weigh the progress of several files.
      chunks: `chunks(progress)` reads the file from its start; each chunk is a few
        megabytes, whatever the number of people and variants. Raises ValueError where
        the file is damaged or holds what is no genotype.
    """

    path: Path
    samples: pd.DataFrame
    size: int
    chunks: Callable[[Progress], Iterator[VariantChunk]]


def chunk_length(people: int) -> int:
    """How many variants of so many people a chunk should have."""
    wanted = _BYTES_PER_CHUNK // (_BYTES_PER_CALL * max(1, people))
    return min(max(1, wanted), _MOST_VARIANTS)


def variant_table(
    chromosomes: object, positions: object, ids: object, alt: object, ref: object
) -> pd.DataFrame:
    """v sequences of text, integers and text as a table with `VARIANT_COLUMNS`.

    An id that is missing is `.`, as in a VCF.
    """
    table = pd.DataFrame(
        {
            "CHROM": np.asarray(chromosomes, object),
            "POS": np.asarray(positions, np.int64),
            "ID": [name or "." for name in np.asarray(ids, object)],
            "A1": np.asarray(alt, object),
            "A2": np.asarray(ref, object),
            "CM": 0.0,
        }
    )
    return table.astype(dict.fromkeys(("CHROM", "ID", "A1", "A2"), object))[
        list(VARIANT_COLUMNS)
    ]


def refuse_multiallelic(
    path: Path, variant: str, alleles: int, max_alleles: int | None
) -> bool:
    """Whether a variant is to be left out for its number of alleles.

    Args:
      path: the file, for the message.
      variant: which one, for the message.
      alleles: how many it has.
      max_alleles: variants of more are left out; None leaves out none.

    Raises:
      ValueError: it has more than two, and is not to be left out.
    """
    if max_alleles is not None and alleles > max_alleles:
        return True
    if alleles > 2:
        raise ValueError(
            f"{path}: variant {variant} has {alleles} alleles; expected two. Leave "
            "such variants out (--max_alleles=2), or split them (bcftools norm -m-)"
        )
    return False
