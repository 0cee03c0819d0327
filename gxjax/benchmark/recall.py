"""Recall: how many of the planted variants a score puts on top."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gxjax.benchmark.ranking import check_values, count_at, ranks
from gxjax.types import KINDS, Truth

__all__ = ["RECALL_QUANTILES", "pair_recall", "recall", "recall_table"]

RECALL_QUANTILES = tuple(q / 100 for q in range(80, 100))

_TABLE_COLUMNS = [
    *("method", "noise", "effect", "quantile", "k"),
    *("value", "lower", "upper", "planted"),
]

_EFFECTS = {
    "additive": ("additive",),
    "dominant": ("dominant",),
    "recessive": ("recessive",),
    "epistatic": ("epistatic",),
    "nonadditive": ("dominant", "recessive", "epistatic"),
    "all": ("additive", "dominant", "recessive", "epistatic"),
}


def recall(scores: np.ndarray, truth: Truth, quantile: float, kind: str) -> float:
    """Share of the planted variants of one kind among the top-scored K.

    K is `count_at(quantile, V)`, of all real and synthetic variants together; a random
    score has recall 1 - quantile. A score of a network that learned nothing may have
    less or more: it follows the allele frequency, and spike-ins are neither rare nor
    very common. A run with a shuffled phenotype shows how much. Spike-ins have no
    neighbours in LD, so this can not tell how well a causal variant is told from its
    own; and a real variant on top is not an error, since what real variants do is
    unknown.

    Args:
      scores: float [V], larger is more important.
      truth: of the V columns.
      quantile: in [0, 1).
      kind: "additive", "dominant", "recessive", "epistatic" (single members),
        "nonadditive" or "all".

    Returns:
      0 to 1; NaN where none of the kind is planted.

    Raises:
      ValueError: an unknown kind, a quantile out of range, NaN scores.

    References:
      Reynolds & Pan, PLOS Comput Biol 21(12): e1013784 (2025),
      https://doi.org/10.1371/journal.pcbi.1013784
    """
    _check_length(scores, truth)
    hit = ranks(scores) < count_at(quantile, len(scores))
    return _share(hit[_planted(truth, kind)])


def pair_recall(scores: np.ndarray, truth: Truth, quantile: float) -> float:
    """Share of epistatic pairs with BOTH members among the top-scored K.

    A random score has about (1 - quantile)^2. Both members may be on top without the
    network having learnt their product: this says nothing of interactions as such.

    Args:
      scores: float [V].
      truth: of the V columns.
      quantile: in [0, 1).

    Returns:
      0 to 1; NaN where no pair is planted.

    References:
      Reynolds & Pan, PLOS Comput Biol 21(12): e1013784 (2025),
      https://doi.org/10.1371/journal.pcbi.1013784
    """
    _check_length(scores, truth)
    hit = ranks(scores) < count_at(quantile, len(scores))
    return _share(hit[_pairs(truth)].all(axis=1))


def recall_table(
    values: np.ndarray,
    columns: Sequence[tuple[str, str]],
    truth: Truth,
    quantiles: Sequence[float] = RECALL_QUANTILES,
    significant: np.ndarray | None = None,
) -> pd.DataFrame:
    """Recall of every score column, effect and quantile.

    A GWAS is scored the same way: C = M = 1, columns `(("gwas", "none"),)`.

    Args:
      values: float [C, M, V].
      columns: C pairs (method, noise).
      truth: of the V columns.
      quantiles: each in [0, 1).
      significant: bool [V], the variants that a GWAS calls, scored as one more effect
        "gwas_significant": agreement with the GWAS, not recall of a known truth.

    Returns:
      Table `method noise effect quantile k value lower upper planted`: value is the
      mean over members of the member's recall, lower and upper its least and greatest
      (a range of M members, no confidence interval); an effect with nothing planted
      has no row; `planted` counts pairs for "epistatic_pair".
    """
    check_values(values, columns, len(truth.kind))
    groups = _groups(truth, significant)
    rows: list[tuple] = []
    for (method, noise), members in zip(columns, values, strict=True):
        places = np.stack([ranks(scores) for scores in members])
        # The worst place of a group's members: a pair is in once both are.
        worst = {effect: places[:, group].max(axis=2) for effect, group in groups}
        for effect, group in worst.items():
            for quantile in quantiles:
                k = count_at(quantile, values.shape[2])
                shares = (group < k).mean(axis=1)
                summary = shares.mean(), shares.min(), shares.max(), group.shape[1]
                rows.append((method, noise, effect, quantile, k, *summary))
    return pd.DataFrame(rows, columns=_TABLE_COLUMNS)


def _groups(truth: Truth, significant) -> list[tuple[str, np.ndarray]]:
    """Effects with something planted, each with its columns [planted, 1 or 2]."""
    groups = [(kind, _planted(truth, kind)[:, None]) for kind in _EFFECTS]
    groups.insert(4, ("epistatic_pair", _pairs(truth)))
    if significant is not None:
        groups.append(("gwas_significant", np.flatnonzero(significant)[:, None]))
    return [group for group in groups if len(group[1])]


def _planted(truth: Truth, kind: str) -> np.ndarray:
    if kind not in _EFFECTS:
        raise ValueError(f"kind: found {kind!r}; expected one of {', '.join(_EFFECTS)}")
    wanted = [KINDS.index(name) for name in _EFFECTS[kind]]
    return np.flatnonzero(np.isin(truth.kind, wanted))


def _pairs(truth: Truth) -> np.ndarray:
    """Columns of the epistatic pairs, int [pairs, 2], each pair once."""
    members = _planted(truth, "epistatic")
    first = members[truth.partner[members] > members]
    return np.stack([first, truth.partner[first]], axis=1)


def _share(hit: np.ndarray) -> float:
    return float(hit.mean()) if len(hit) else float("nan")


def _check_length(scores: np.ndarray, truth: Truth) -> None:
    if np.shape(scores) != np.shape(truth.kind):
        raise ValueError(
            f"scores: shape {np.shape(scores)}; the truth has {np.shape(truth.kind)}"
        )
