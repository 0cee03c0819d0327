"""Arms: what each of the three experiments feeds its networks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from gxjax.cohort.encoding import concatenate, fit_encoding
from gxjax.genotypes.counts import count_codes
from gxjax.genotypes.packed import pack
from gxjax.truth.spikein import Spikeins
from gxjax.types import KINDS, TRAIN, VARIANT_COLUMNS, Arm, Block, Cohort, Truth

__all__ = ["decoy_arm", "real_arm", "spikein_arm"]


def real_arm(cohort: Cohort) -> Arm:
    """Real variants only: stability.

    Args:
      cohort: N people, V variants.

    Returns:
      An arm of one block of V columns.
    """
    return Arm(
        name="real",
        blocks=(_real_block(cohort),),
        variants=cohort.genotypes.variants.reset_index(drop=True),
        truth=_plain_truth("real", len(cohort.counts)),
        encoding=cohort.encoding,
        counts=cohort.counts,
    )


def spikein_arm(cohort: Cohort, spikeins: Spikeins) -> Arm:
    """Real variants, then spike-ins: recall.

    Args:
      cohort: N people, V variants.
      spikeins: T columns for the same N people.

    Returns:
      An arm of V + T columns; the encoding of the spike-ins is fitted on TRAIN.

    Raises:
      ValueError: the spike-ins are of another number of people.
    """
    people, planted = spikeins.codes.shape
    if people != len(cohort.split):
        raise ValueError(
            f"spikeins: codes of {people} people; the cohort has {len(cohort.split)}"
        )
    packed = pack(spikeins.codes)
    counts = count_codes(packed, planted, np.flatnonzero(cohort.split == TRAIN))
    real = real_arm(cohort)
    table = spikeins.manifest.rename(columns={"#CHROM": "CHROM"}).assign(CM=0.0)
    offset = len(cohort.counts)
    partner = spikeins.truth.partner
    shifted = np.where(partner >= 0, partner + offset, -1).astype(np.int32)
    return Arm(
        name="spikein",
        blocks=(
            *real.blocks,
            Block(packed, np.arange(people, dtype=np.int32), planted),
        ),
        variants=_stack(real.variants, table[list(VARIANT_COLUMNS)]),
        truth=_join(real.truth, spikeins.truth._replace(partner=shifted)),
        encoding=concatenate([cohort.encoding, fit_encoding(counts, "mean")]),
        counts=np.concatenate([cohort.counts, counts]),
    )


def decoy_arm(cohort: Cohort, permutation: np.ndarray) -> Arm:
    """Real variants, then the same of permuted people: precision.

    Args:
      cohort: N people, V variants.
      permutation: int [N], as `permute_within_split` gives it; since it keeps the
        split, TRAIN counts and the encoding of the decoys are those of the real block.

    Returns:
      An arm of 2 V columns; a decoy keeps CHROM, POS and ID of its real variant, and
      `truth` tells them apart.

    Raises:
      ValueError: `permutation` is not one of N people within their split.
    """
    rows = np.asarray(permutation, np.int32)
    people = len(cohort.split)
    if not np.array_equal(np.sort(rows), np.arange(people)):
        raise ValueError(f"permutation: expected each of 0 to {people - 1} once")
    moved = int((cohort.split[rows] != cohort.split).sum())
    if moved:
        raise ValueError(
            f"permutation: {moved} of {people} people change their split; make it with "
            "permute_within_split"
        )
    real = real_arm(cohort)
    block, count = real.blocks[0], len(cohort.counts)
    origin = np.arange(count, dtype=np.int32)
    return Arm(
        name="decoy",
        blocks=(block, replace(block, rows=rows)),
        variants=_stack(real.variants, real.variants),
        truth=_join(real.truth, _plain_truth("decoy", count)._replace(partner=origin)),
        encoding=concatenate([cohort.encoding, cohort.encoding]),
        counts=np.concatenate([cohort.counts, cohort.counts]),
    )


def _real_block(cohort: Cohort) -> Block:
    rows = np.arange(len(cohort.split), dtype=np.int32)
    genotypes = cohort.genotypes
    return Block(genotypes.packed, rows, len(cohort.counts), genotypes.bits)


def _plain_truth(kind: str, count: int) -> Truth:
    none = np.full(count, np.nan, np.float32)
    return Truth(
        kind=np.full(count, KINDS.index(kind), np.int8),
        partner=np.full(count, -1, np.int32),
        target=none,
        achieved=none.copy(),
    )


def _join(first: Truth, second: Truth) -> Truth:
    return Truth(*(np.concatenate(pair) for pair in zip(first, second, strict=True)))


def _stack(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([first, second], ignore_index=True)
