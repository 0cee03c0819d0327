"""The genotype that a person is compared with."""

from __future__ import annotations

import numpy as np

__all__ = ["BASELINES", "baseline"]

BASELINES = ("zeros", "twos", "mean", "mode", "people")
"""Kinds of baseline."""


def baseline(
    kind: str,
    counts: np.ndarray,
    fill: np.ndarray,
    people: np.ndarray | None = None,
) -> np.ndarray:
    """The baseline dosages [K, V]; K is 1 for every kind but `people`.

    With `mode`, most variants of most people equal their baseline, so most times-input
    attributions are exactly 0 and their mean follows the allele frequency. `zeros`
    depends on which allele is counted.

    Args:
      kind: "zeros", "twos", "mean" (TRAIN mean dosage, twice the allele frequency),
        "mode" (the commonest TRAIN dosage, the smaller of equals) or "people".
      counts: int64 [V, 4], TRAIN people with code 0, 1, 2 and missing.
      fill: float32 [V], the dosage that stands for a missing call; the mean and mode of
        a variant without calls.
      people: float32 [K, V], dosages of the K people, for `people`. Methods are
        averaged over them; pass the mean of the rows for one averaged vector.

    Returns:
      float32 [K, V], dosages.

    Raises:
      ValueError: for an unknown kind, or `people` without, or with misshaped, rows.
    """
    calls = np.asarray(counts)[:, :3]
    width = len(calls)
    if kind in ("zeros", "twos"):
        return np.full((1, width), 2 * (kind == "twos"), np.float32)
    if kind in ("mean", "mode"):
        called = calls.sum(1)
        mean = calls @ np.array([0.0, 1.0, 2.0]) / np.maximum(called, 1)
        value = mean if kind == "mean" else calls.argmax(1)
        return np.where(called > 0, value, fill).astype(np.float32)[None]
    if kind != "people":
        raise ValueError(
            f"baseline: found {kind!r}, expected one of {', '.join(BASELINES)}"
        )
    shape = None if people is None else np.shape(people)
    if shape is None or len(shape) != 2 or shape[0] < 1 or shape[1] != width:
        raise ValueError(
            f"baseline 'people': found rows of shape {shape}, expected [K, {width}] "
            "dosages with K >= 1"
        )
    return np.asarray(people, np.float32)
