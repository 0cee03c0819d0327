"""Precision: how many decoys a score puts on top beside real variants."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gxjax.benchmark.ranking import check_values, count_at, ranks
from gxjax.types import KINDS, Truth

__all__ = ["PRECISION_QUANTILES", "precision", "precision_table"]

PRECISION_QUANTILES = (0.80, 0.90, 0.95, 0.97, 0.98, 0.99)

_TABLE_COLUMNS = [
    *("method", "noise", "quantile", "k"),
    *("value", "lower", "upper", "decoys", "real"),
]


def precision(scores: np.ndarray, truth: Truth, quantile: float) -> float:
    """`1 - decoys / real` among the top-scored K of real and decoy variants.

    The published definition: each decoy stands for one real variant on top by chance.
    A random score has about 0; with more decoys than real variants it is NEGATIVE, down
    to 1 - decoys; 0 where no real variant is in. Decoys have no LD with causal variants
    while null real variants may, so it is optimistic: real variants that are on top by
    LD alone count as right.

    Args:
      scores: float [V], larger is more important.
      truth: of the V columns, kinds "real" and "decoy".
      quantile: in [0, 1); K is `count_at(quantile, V)`.

    Returns:
      At most 1.

    Raises:
      ValueError: a quantile out of range, NaN scores, no decoy in the truth.

    References:
      Reynolds & Pan, PLOS Comput Biol 21(12): e1013784 (2025),
      https://doi.org/10.1371/journal.pcbi.1013784
    """
    values = np.asarray(scores)[None, None, :]
    table = precision_table(values, (("", ""),), truth, (quantile,))
    return float(table["value"].iloc[0])


def precision_table(
    values: np.ndarray,
    columns: Sequence[tuple[str, str]],
    truth: Truth,
    quantiles: Sequence[float] = PRECISION_QUANTILES,
) -> pd.DataFrame:
    """Precision of every score column and quantile.

    Args:
      values: float [C, M, V].
      columns: C pairs (method, noise).
      truth: of the V columns.
      quantiles: each in [0, 1).

    Returns:
      Table `method noise quantile k value lower upper decoys real`: value is the mean
      over members of the member's precision, lower and upper its least and greatest (no
      confidence interval), `decoys` and `real` mean counts among the top K.
    """
    check_values(values, columns, len(truth.kind))
    is_decoy = truth.kind == KINDS.index("decoy")
    is_real = truth.kind == KINDS.index("real")
    if not is_decoy.any():
        raise ValueError("truth: no decoy among its columns; give the decoy arm's")
    rows: list[tuple] = []
    for (method, noise), members in zip(columns, values, strict=True):
        places = np.stack([ranks(scores) for scores in members])
        for quantile in quantiles:
            k = count_at(quantile, values.shape[2])
            decoys = (places[:, is_decoy] < k).sum(axis=1)
            real = (places[:, is_real] < k).sum(axis=1)
            shares = np.where(real > 0, 1 - decoys / np.maximum(real, 1), 0.0)
            summary = shares.mean(), shares.min(), shares.max()
            rows.append(
                (method, noise, quantile, k, *summary, decoys.mean(), real.mean())
            )
    return pd.DataFrame(rows, columns=_TABLE_COLUMNS)
