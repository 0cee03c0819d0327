"""A random arm, for measuring what training costs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gxjax.cohort.encoding import fit_encoding
from gxjax.genotypes.counts import count_codes
from gxjax.genotypes.packed import packed_width
from gxjax.types import TRAIN, VALIDATION, VARIANT_COLUMNS, Arm, Block, Truth

__all__ = ["random_arm"]


def random_arm(
    people: int, variants: int, held_out: int = 64
) -> tuple[Arm, np.ndarray, np.ndarray]:
    """Genotypes that mean nothing, phenotypes [N] and split [N], `held_out` VALIDATION.

    A code is any of the four with equal probability: a quarter of calls are missing,
    which costs what it would cost if none were.
    """
    draw = np.random.default_rng(0)
    packed = draw.integers(0, 256, (people, packed_width(variants)), np.uint8)
    if variants % 4:
        packed[:, -1] &= np.uint8((1 << 2 * (variants % 4)) - 1)
    split = np.full(people, TRAIN, np.int8)
    split[-held_out:] = VALIDATION
    counts = count_codes(packed, variants, np.flatnonzero(split == TRAIN))
    table = pd.DataFrame({name: ["1"] * variants for name in VARIANT_COLUMNS})
    none = np.full(variants, np.nan, np.float32)
    truth = Truth(np.zeros(variants, np.int8), np.full(variants, -1), none, none)
    rows = np.arange(people, dtype=np.int32)
    blocks = (Block(packed, rows, variants),)
    arm = Arm("real", blocks, table, truth, fit_encoding(counts), counts)
    return arm, draw.normal(size=people).astype(np.float32), split
