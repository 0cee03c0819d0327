"""The genotype that a person is compared with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["BASELINES", "Baseline", "baseline", "make_baseline"]

BASELINES = ("zeros", "twos", "mean", "mode", "hwe", "people", "file")
"""Kinds of baseline."""

_DESCRIPTIONS = {
    "zeros": "no copy of the counted allele A1",
    "twos": "two copies of the counted allele A1",
    "mean": "TRAIN mean dosage of the called genotypes",
    "mode": "commonest TRAIN genotype of each variant",
    "hwe": "2p, expected under Hardy-Weinberg at the TRAIN frequency p of A1",
    "people": "dosages of {count} people",
    "file": "dosages given by the user",
}


class Baseline(NamedTuple):
    """What people are compared with; saved beside the scores that depend on it.

    Attributes:
      kind: one of `BASELINES`.
      rows: float32 [K, V], dosages in [0, 2]; methods are averaged over the rows.
      description: in words, for a reader of the scores.
    """

    kind: str
    rows: np.ndarray
    description: str


def make_baseline(
    kind: str,
    counts: np.ndarray,
    fill: np.ndarray,
    rows: np.ndarray | None = None,
    description: str = "",
    *,
    mean: np.ndarray | None = None,
) -> Baseline:
    """The baseline of a kind, as a record; K is 1 but for `people` and `file`.

    With `mode`, most variants of most people equal their baseline, so most times-input
    attributions are exactly 0 and their mean follows the allele frequency. `zeros` and
    `twos` depend on which allele is counted. `hwe` has the numbers of `mean`, since
    both leave missing calls out: it is the expectation of a genotype, not a draw, and
    says nothing of LD between variants; `people` do.

    Args:
      kind: one of `BASELINES`.
      counts: int64 [V, 4], TRAIN people with code 0, 1, 2 and missing.
      fill: float32 [V], the dosage that stands for a missing call; the value of a
        variant without calls.
      rows: float [K, V], dosages of A1, for `people`; [K, V] or [V] for `file`, aligned
        to the variants by the caller. Pass the mean of the rows for one averaged
        vector.
      description: in words; a default of the kind if empty.
      mean: float [V], the TRAIN mean dosage where it is not that of the counts, whose
        calls are then the hard ones; for `mean` and `hwe`.

    Returns:
      `Baseline`.

    Raises:
      ValueError: for an unknown kind, or rows that are absent, misshaped, not finite or
        outside of [0, 2].
    """
    if kind not in BASELINES:
        raise ValueError(
            f"baseline: found {kind!r}, expected one of {', '.join(BASELINES)}"
        )
    given = kind in ("people", "file")
    values = (
        _given(kind, rows, len(counts)) if given else _counted(kind, counts, fill, mean)
    )
    text = description or _DESCRIPTIONS[kind].format(count=len(values))
    return Baseline(kind, values.astype(np.float32), text)


def baseline(
    kind: str,
    counts: np.ndarray,
    fill: np.ndarray,
    people: np.ndarray | None = None,
) -> np.ndarray:
    """The rows of `make_baseline`, float32 [K, V], of the same arguments and errors."""
    return make_baseline(kind, counts, fill, people).rows


def _counted(
    kind: str, counts: np.ndarray, fill: np.ndarray, mean: np.ndarray | None
) -> np.ndarray:
    calls = np.asarray(counts)[:, :3]
    if kind in ("zeros", "twos"):
        return np.full((1, len(calls)), 2.0 * (kind == "twos"))
    called = calls.sum(1)
    # The smaller of equally common genotypes.
    value = calls.argmax(1)
    if kind in ("mean", "hwe"):
        value = calls @ np.array([0.0, 1.0, 2.0]) / np.maximum(called, 1)
        value = value if mean is None else np.asarray(mean)
    return np.where(called > 0, value, fill)[None]


def _given(kind: str, rows: np.ndarray | None, width: int) -> np.ndarray:
    shape = None if rows is None else np.shape(rows)
    if kind == "file" and shape is not None and len(shape) == 1:
        rows, shape = np.asarray(rows)[None], (1, *shape)
    if shape is None or len(shape) != 2 or shape[0] < 1 or shape[1] != width:
        raise ValueError(
            f"baseline {kind!r}: found rows of shape {shape}, expected [K, {width}] "
            "dosages with K >= 1"
        )
    values = np.asarray(rows)
    wrong = np.argwhere(~((values >= 0) & (values <= 2)))
    if len(wrong):
        row, column = wrong[0]
        raise ValueError(
            f"baseline {kind!r}: found {values[row, column]} in row {row}, column "
            f"{column} ({len(wrong)} such), expected dosages in [0, 2]; fill missing "
            "calls, and count copies of A1"
        )
    return values
