"""Who trains, who validates, who tests: a keyed hash of the person's ids."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import chex
import numpy as np
import pandas as pd

from gxjax.types import TEST, TRAIN, VALIDATION

__all__ = ["split_people"]

_NAMES = {TRAIN: "TRAIN", VALIDATION: "VALIDATION", TEST: "TEST"}


def split_people(
    samples: pd.DataFrame,
    *,
    seed: int,
    fractions: Sequence[float] = (0.8, 0.1, 0.1),
) -> np.ndarray:
    """Assigns each person to TRAIN, VALIDATION or TEST by FID and IID alone.

    BLAKE2b, keyed by the seed, maps a person to a number in [0, 1), and the cumulative
    fractions cut it. So nobody changes sides when people are added, removed or put in
    another order. The price: part sizes, and the share of each sex in a part, match in
    expectation, with binomial deviations, and not exactly. Relatives may land in
    different parts: remove them before.

    Args:
      samples: N rows with columns FID and IID.
      seed: any integer; another seed is another, independent split.
      fractions: of TRAIN, VALIDATION and TEST; positive, sum 1.

    Returns:
      int8 [N] of `types.TRAIN`, `VALIDATION`, `TEST`.

    Raises:
      ValueError: fractions are not three positive numbers of sum 1, or a part is empty.
    """
    parts = np.asarray(fractions, np.float64)
    if parts.shape != (3,) or not (parts > 0).all() or abs(parts.sum() - 1) > 1e-9:
        raise ValueError(
            f"fractions is {tuple(fractions)}; expected three positive numbers, of "
            "TRAIN, VALIDATION and TEST, that sum to 1"
        )
    chex.assert_equal({"FID", "IID"} <= set(samples.columns), True)
    pairs = zip(samples["FID"], samples["IID"], strict=True)
    uniform = np.array([_uniform(fid, iid, seed) for fid, iid in pairs], np.float64)
    split = np.searchsorted(parts.cumsum()[:2], uniform, side="right").astype(np.int8)
    _check_parts(split, fractions)
    return split


def _uniform(fid: str, iid: str, seed: int) -> float:
    """A number in [0, 1) with 53 random bits."""
    digest = hashlib.blake2b(
        f"{fid}\0{iid}".encode(), key=str(seed).encode()[:64], digest_size=8
    ).digest()
    return (int.from_bytes(digest, "big") >> 11) / (1 << 53)


def _check_parts(split: np.ndarray, fractions: Sequence[float]) -> None:
    sizes = np.bincount(split, minlength=3)
    if sizes.min() > 0:
        return
    found = ", ".join(f"{_NAMES[part]} {size}" for part, size in enumerate(sizes))
    raise ValueError(
        f"split of {len(split)} people by fractions {tuple(fractions)} leaves a part "
        f"empty ({found}); give more people or larger fractions"
    )
