"""The knockoff filter: variants that beat their own copies, at a stated FDR."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from gxjax.benchmark.discoveries import causal, false_discoveries, tagged
from gxjax.types import KINDS, Neighbours, Truth

__all__ = [
    "copy_pairs",
    "knockoff_statistics",
    "knockoff_threshold",
    "selected_table",
]

_TABLE_COLUMNS = [
    *("method", "noise", "null", "fdr", "threshold"),
    *("selected", "planted_selected", "false_selected", "realised"),
]
_COPIES = {"knockoff": "knockoff", "permuted": "decoy"}


def copy_pairs(truth: Truth, null: str = "knockoff") -> tuple[np.ndarray, np.ndarray]:
    """Real columns and their copies.

    Args:
      truth: of an arm of real variants beside knockoffs or permuted decoys.
      null: "knockoff" or "permuted".

    Returns:
      int64 [O] originals, ascending, and int64 [O] their copies. Columns that networks
      are not shown (`truth.typed`) are left out.

    Raises:
      ValueError: an unknown null, no copy of that kind.
    """
    if null not in _COPIES:
        raise ValueError(f"null: found {null!r}; expected one of {', '.join(_COPIES)}")
    copies = np.flatnonzero(truth.kind == KINDS.index(_COPIES[null]))
    if truth.typed is not None:
        copies = copies[truth.typed[copies] & truth.typed[truth.partner[copies]]]
    if len(copies) == 0:
        raise ValueError(
            f"truth: no {_COPIES[null]} that networks are shown; give the truth of an "
            f"arm with them, or another null than {null!r}"
        )
    originals = truth.partner[copies].astype(np.int64)
    order = np.argsort(originals, kind="stable")
    return originals[order], copies[order]


def knockoff_statistics(
    scores: np.ndarray,
    truth: Truth,
    *,
    null: str = "knockoff",
    groups: np.ndarray | None = None,
    combine: Literal["max", "sum"] = "max",
) -> np.ndarray:
    """W: the score of each variant, or locus, less that of its knockoff.

    Of a variant that does not matter given the others, W is as likely above as below 0,
    IF its knockoff can be swapped with it (`gxjax.truth.hmm_knockoffs`) and the network
    treats both alike: one penalty, one encoding, and initial weights and sums that do
    not depend on the order of columns. Permuted decoys can not be swapped with variants
    in LD with causal ones: their W selects those too.

    Args:
      scores: float [C, V], mean over members, of the arm of real variants and copies.
      truth: of its V columns.
      null: "knockoff" or "permuted" (for comparison; without the guarantee).
      groups: int [V], a locus per column, below 0: in none; only originals' are read.
        Make them without a look at the scores (`ld_blocks`). None: every variant alone.
      combine: of a locus: the difference of the greatest scores, or of the sums.

    Returns:
      float64 [C, O], originals in the order of `copy_pairs`; with groups [C, L], L the
      greatest label + 1, 0 for an empty one.

    Raises:
      ValueError: shapes that do not fit, NaN scores, no copies, an unknown option.

    References:
      Candes, Fan, Janson & Lv, Panning for gold: model-X knockoffs for high dimensional
      controlled variable selection, Journal of the Royal Statistical Society B 80(3):
      551-577 (2018), https://doi.org/10.1111/rssb.12265
    """
    scores = np.asarray(scores, np.float64)
    if scores.ndim != 2 or scores.shape[1] != len(truth.kind):
        raise ValueError(
            f"scores: shape {scores.shape}; expected [C, {len(truth.kind)}], one per "
            "column of the truth"
        )
    originals, copies = copy_pairs(truth, null)
    own, other = scores[:, originals], scores[:, copies]
    if np.isnan(own).any() or np.isnan(other).any():
        raise ValueError("scores: NaN among originals or copies; expected numbers")
    if groups is None:
        return own - other
    labels = np.asarray(groups)[originals]
    gathered = (_gather(part, labels, groups, combine) for part in (own, other))
    first, second = gathered
    return first - second


def knockoff_threshold(w: np.ndarray, fdr: float, offset: int = 1) -> float:
    """Least t with `(offset + #{W <= -t}) / max(1, #{W >= t}) <= fdr`.

    Selecting `W >= t` with offset 1 (knockoff+) holds the false discovery rate at `fdr`
    if the signs of null W are fair coins. It can not select fewer than `1 / fdr`: a
    short list of sure findings yields nothing at a low rate. The rate is an expectation
    over knockoffs; another draw of them selects others.

    Args:
      w: float [O].
      fdr: above 0, below 1.
      offset: 1, or 0 (knockoff: it controls a weaker rate).

    Returns:
      Above 0; infinity where no t will do.

    Raises:
      ValueError: fdr or offset out of range.

    References:
      Barber & Candes, Controlling the false discovery rate via knockoffs, Annals of
      Statistics 43(5): 2055-2085 (2015), https://doi.org/10.1214/15-AOS1337
    """
    if not 0 < fdr < 1 or offset not in (0, 1):
        raise ValueError(
            f"fdr, offset: found {fdr}, {offset}; expected between 0 and 1, and 0 or 1"
        )
    w = np.asarray(w, np.float64)
    steps = np.unique(np.abs(w[w != 0]))
    if len(steps) == 0:
        return float("inf")
    ascending = np.sort(w)
    above = len(w) - np.searchsorted(ascending, steps, side="left")
    below = np.searchsorted(ascending, -steps, side="right")
    enough = np.flatnonzero((offset + below) / np.maximum(above, 1) <= fdr)
    return float(steps[enough[0]]) if len(enough) else float("inf")


def selected_table(
    scores: np.ndarray,
    columns: Sequence[tuple[str, str]],
    truth: Truth,
    *,
    null: str = "knockoff",
    fdrs: Sequence[float] = (0.05, 0.1, 0.2),
    groups: np.ndarray | None = None,
    combine: Literal["max", "sum"] = "max",
    neighbours: Neighbours | None = None,
    r2: float = 0.5,
) -> pd.DataFrame:
    """What knockoff+ selects of every column, and how much of it is false.

    Args:
      scores, truth, null, groups, combine: as of `knockoff_statistics`.
      columns: C pairs (method, noise).
      fdrs: levels.
      neighbours: LD of the V columns; None: a selected variant must be causal itself.
      r2: LD with a planted variant from which a variant is no false one.

    Returns:
      Table `method noise null fdr threshold selected planted_selected false_selected
      realised`, of variants, or of loci where `groups` are given: threshold is infinite
      where nothing is selected; `planted_selected` hold a variant with an effect (of
      the polygenic background: not counted); false ones and `realised = false_selected
      / max(selected, 1)` are as `discoveries.false_discoveries` says, NaN where nothing
      is planted, since then nobody knows.

    Raises:
      ValueError: as `knockoff_statistics` and `knockoff_threshold`.
    """
    w = knockoff_statistics(scores, truth, null=null, groups=groups, combine=combine)
    planted, right = causal(truth), ~false_discoveries(truth, neighbours, r2)
    # Of the whole truth: what networks are not shown is planted still.
    known = planted.any()
    originals, _ = copy_pairs(truth, null)
    if groups is None:
        planted, right = planted[originals], right[originals]
    else:
        labels = np.asarray(groups)[originals]
        planted, right = (
            tagged(flags[originals], labels, w.shape[1]) for flags in (planted, right)
        )
    rows: list[tuple] = []
    for (method, noise), row in zip(columns, w, strict=True):
        for fdr in fdrs:
            threshold = knockoff_threshold(row, fdr)
            chosen = row >= threshold
            false = (chosen & ~right).sum() if known else np.nan
            counts = chosen.sum(), (chosen & planted).sum(), false
            realised = false / max(chosen.sum(), 1)
            rows.append((method, noise, null, fdr, threshold, *counts, realised))
    return pd.DataFrame(rows, columns=_TABLE_COLUMNS)


def _gather(
    scores: np.ndarray, labels: np.ndarray, groups: np.ndarray, combine: str
) -> np.ndarray:
    """Greatest score, or sum, of each group, float64 [C, L]; 0 of an empty one."""
    if combine not in ("max", "sum"):
        raise ValueError(f"combine: found {combine!r}; expected 'max' or 'sum'")
    count = int(np.max(groups, initial=-1)) + 1
    inside = labels >= 0
    empty = -np.inf if combine == "max" else 0.0
    result = np.full((len(scores), count), empty)
    gather = np.maximum if combine == "max" else np.add
    for into, row in zip(result, scores, strict=True):
        gather.at(into, labels[inside], row[inside])
    filled = np.bincount(labels[inside], minlength=count) > 0
    return np.where(filled, result, 0.0)
