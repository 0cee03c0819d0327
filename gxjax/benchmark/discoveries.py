"""Which selected variants are right, where the truth is known."""

from __future__ import annotations

import numpy as np

from gxjax.types import KINDS, Neighbours, Truth

__all__ = ["causal", "false_discoveries", "realised_fdr", "tagged"]

_BACKGROUND = ("real", "decoy", "knockoff", "polygenic")


def causal(truth: Truth) -> np.ndarray:
    """Planted variants, bool [V]; the polygenic background is not among them."""
    return ~np.isin(truth.kind, [KINDS.index(name) for name in _BACKGROUND])


def false_discoveries(
    truth: Truth, neighbours: Neighbours | None = None, r2: float = 0.5
) -> np.ndarray:
    """Variants that it is wrong to select.

    All but planted ones, those of the polygenic background, and those that tag a
    planted one by LD. A variant that tags a polygenic one only counts as false: its
    effect is mostly too small to matter, and with a dense background nothing would be
    false.

    Args:
      truth: of the V columns; generative, since in `conditional` truth nobody knows
        what the real variants do.
      neighbours: LD of the V columns; None: only the variant itself is right.
      r2: squared correlation with a planted variant from which a variant is right;
        `neighbours` must hold pairs from there on.

    Returns:
      bool [V].

    Raises:
      ValueError: neighbours of another number of columns.
    """
    planted = causal(truth)
    right = planted | (truth.kind == KINDS.index("polygenic"))
    if neighbours is None:
        return ~right
    if len(neighbours.starts) - 1 != len(planted):
        raise ValueError(
            f"neighbours: of {len(neighbours.starts) - 1} columns; the truth has "
            f"{len(planted)}"
        )
    rows = np.repeat(np.arange(len(planted)), np.diff(neighbours.starts))
    tags = (neighbours.r2 >= r2) & planted[neighbours.columns]
    right[rows[tags]] = True
    return ~right


def realised_fdr(selected: np.ndarray, false: np.ndarray) -> np.ndarray:
    """Share of false discoveries among those selected; 0 where nothing is.

    That of one list is a proportion; the rate is its mean over many data sets.

    Args:
      selected: bool [..., V].
      false: bool [V], of `false_discoveries`.

    Returns:
      float64 [...], 0 to 1.
    """
    selected = np.asarray(selected, bool)
    return (selected & false).sum(axis=-1) / np.maximum(selected.sum(axis=-1), 1)


def tagged(flags: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """Whether a group holds a flagged variant, bool [count]; label -1: in none."""
    return np.bincount(labels[flags & (labels >= 0)], minlength=count) > 0
