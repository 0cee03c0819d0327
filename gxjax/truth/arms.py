"""Arms: what each of the experiments feeds its networks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from gxjax.cohort.encoding import concatenate, fit_encoding
from gxjax.genotypes.counts import count_codes
from gxjax.genotypes.packed import pack, packed_width
from gxjax.truth.spikein import Spikeins
from gxjax.types import (
    KINDS,
    TRAIN,
    VARIANT_COLUMNS,
    Arm,
    Block,
    Cohort,
    Encoding,
    Truth,
)

__all__ = ["decoy_arm", "knockoff_arm", "real_arm", "spikein_arm"]


def real_arm(cohort: Cohort, truth: Truth | None = None) -> Arm:
    """Real variants only: stability, and recall of a generated phenotype's truth.

    Args:
      cohort: N people, V variants.
      truth: of the V variants, as `generate_trait` gives it; None: nothing is known of
        them. Columns that are not typed get the encoding's scale 0: they enter as 0
        whatever the genotype, so networks are blind to them, and attributions are 0.

    Returns:
      An arm of one block of V columns.

    Raises:
      ValueError: `truth` is of another number of variants.
    """
    count = len(cohort.counts)
    if truth is None:
        truth = _plain_truth("real", count)
    elif len(truth.kind) != count:
        raise ValueError(
            f"truth: of {len(truth.kind)} variants; the cohort has {count}"
        )
    return Arm(
        name="real",
        blocks=(_real_block(cohort),),
        variants=cohort.genotypes.variants.reset_index(drop=True),
        truth=truth,
        encoding=_blinded(cohort.encoding, truth),
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


def decoy_arm(
    cohort: Cohort, permutation: np.ndarray, truth: Truth | None = None
) -> Arm:
    """Real variants, then the same of permuted people: precision.

    Args:
      cohort: N people, V variants.
      permutation: int [N], as `permute_within_split` gives it; since it keeps the
        split, TRAIN counts and the encoding of the decoys are those of the real block.
      truth: of the V real variants, as for `real_arm`; a decoy is typed if its real
        variant is.

    Returns:
      An arm of 2 V columns; a decoy keeps CHROM, POS and ID of its real variant, and
      `truth` tells them apart.

    Raises:
      ValueError: `permutation` is not one of N people within their split, or `truth`
        is of another number of variants.
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
    real = real_arm(cohort, truth)
    block, count = real.blocks[0], len(cohort.counts)
    decoys = _plain_truth("decoy", count)._replace(
        partner=np.arange(count, dtype=np.int32), typed=real.truth.typed
    )
    return Arm(
        name="decoy",
        blocks=(block, replace(block, rows=rows)),
        variants=_stack(real.variants, real.variants),
        truth=_join(real.truth, decoys),
        encoding=concatenate([real.encoding, real.encoding]),
        counts=np.concatenate([cohort.counts, cohort.counts]),
    )


def knockoff_arm(
    cohort: Cohort, packed: np.ndarray, bits: int = 2, truth: Truth | None = None
) -> Arm:
    """Real variants, then their knockoffs: precision among variants in LD.

    A knockoff enters as its original does: centred, scaled and, where it is missing,
    filled by TRAIN's numbers of the original. An encoding of its own would tell the two
    apart; and a call is missing of both or of neither, so that the fill tells nothing.

    Args:
      cohort: N people, V variants.
      packed: uint8, of `hmm_knockoffs` (2 bits, [N, ceil(V / 4)]) or
        `gaussian_knockoffs` (8 bits, [N, V]) of the cohort's genotypes; or a store.
      bits: of a code of the knockoffs.
      truth: of the V real variants, as for `real_arm`; a knockoff is typed if its
        original is.

    Returns:
      An arm of 2 V columns; a knockoff keeps CHROM, POS and ID of its original, which
      is its `partner`. Its counts are its own TRAIN counts.

    Raises:
      ValueError: `bits` is not 2 or 8, `packed` is not of N people and V variants of so
        many bits, or `truth` is of another number of variants.
    """
    real = real_arm(cohort, truth)
    people, count = len(cohort.split), len(cohort.counts)
    if bits not in (2, 8):
        raise ValueError(f"bits: {bits}; expected 2 or 8")
    expected = (people, packed_width(count, bits))
    if packed.shape != expected or packed.dtype != np.uint8:
        raise ValueError(
            f"packed: {packed.dtype} {packed.shape}; expected uint8 {expected}, "
            f"knockoffs of {bits} bits of this cohort's genotypes"
        )
    train = np.flatnonzero(cohort.split == TRAIN)
    counts = count_codes(packed, count, train, bits=bits)
    knockoffs = _plain_truth("knockoff", count)._replace(
        partner=np.arange(count, dtype=np.int32), typed=real.truth.typed
    )
    rows = np.arange(people, dtype=np.int32)
    return Arm(
        name="knockoff",
        blocks=(*real.blocks, Block(packed, rows, count, bits)),
        variants=_stack(real.variants, real.variants),
        truth=_join(real.truth, knockoffs),
        encoding=concatenate([real.encoding, real.encoding]),
        counts=np.concatenate([cohort.counts, counts]),
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


def _blinded(encoding: Encoding, truth: Truth) -> Encoding:
    if truth.typed is None:
        return encoding
    scale = np.where(truth.typed, encoding.scale, np.float32(0))
    return encoding._replace(scale=scale)


def _join(first: Truth, second: Truth) -> Truth:
    """Adjacent columns; `typed` stays None where it is None of both."""
    typed = None
    if first.typed is not None or second.typed is not None:
        typed = np.concatenate([first.shown, second.shown])
    kind, partner, target, achieved = (
        np.concatenate(pair) for pair in zip(first[:4], second[:4], strict=True)
    )
    return Truth(kind, partner, target, achieved, typed)


def _stack(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([first, second], ignore_index=True)
