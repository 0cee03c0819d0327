"""Composite: recall, precision and stability in one figure."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

__all__ = ["CORRECTED_TAU", "composite_table"]

CORRECTED_TAU = 0.45
"""The median RSD that halves a stability score, whatever is compared."""

_KEYS = ["method", "noise"]


def composite_table(
    recall_table: pd.DataFrame,
    precision_table: pd.DataFrame,
    stability_table: pd.DataFrame,
    *,
    quantile: float = 0.98,
    tau: float | Literal["relative"] = CORRECTED_TAU,
) -> pd.DataFrame:
    """Geometric mean of recall, precision and stability score, per method and noise.

    The stability score is `2^(-median RSD / tau)`: 1/2 at tau. The published tau is
    "relative", the median over the methods of the median RSD, so that adding a method
    changes the score of every other; the default is fixed. Precision below 0 counts
    as 0. The weights are a convention: a method that is best here need not be best at
    anything that you need, so read the three parts. A squared score has about twice the
    RSD of its root, and loses for that, though both rank variants alike.

    Args:
      recall_table: of `benchmark.recall_table`; its effect "all" is used.
      precision_table: of `benchmark.precision_table`.
      stability_table: of `benchmark.stability_table`.
      quantile: of recall and precision; both tables must have it.
      tau: the RSD that halves the stability score, or "relative".

    Returns:
      Table `method noise value lower upper arithmetic harmonic recall precision
      stability median_rsd tau quantile rank` of the methods that all three tables have
      (a GWAS has no precision), sorted by value. lower and upper are composites of the
      lowers and of the uppers of recall and precision, at the same stability. One
      member has no stability: value is NaN, ranked last.

    Raises:
      ValueError: a table lacks the quantile or no method is in all three; tau <= 0.

    References:
      Reynolds & Pan, PLOS Comput Biol 21(12): e1013784 (2025),
      https://doi.org/10.1371/journal.pcbi.1013784
    """
    everything = recall_table[recall_table["effect"] == "all"]
    parts = _at(everything, quantile, "recall_table").merge(
        _at(precision_table, quantile, "precision_table"),
        on=_KEYS,
        suffixes=("_recall", "_precision"),
        validate="one_to_one",
    )
    medians = stability_table[[*_KEYS, "median"]]
    parts = parts.merge(medians, on=_KEYS, validate="one_to_one")
    if len(parts) == 0:
        raise ValueError("no method and noise is in all three tables")
    parts["tau"] = _tau(tau, parts["median"])
    parts["stability"] = np.exp2(-parts["median"] / parts["tau"])
    result = parts[_KEYS].assign(
        value=_geometric(parts, "value"),
        lower=_geometric(parts, "lower"),
        upper=_geometric(parts, "upper"),
        arithmetic=_triples(parts, "value").mean(axis=1),
        harmonic=_harmonic(_triples(parts, "value")),
        recall=parts["value_recall"],
        precision=parts["value_precision"],
        stability=parts["stability"],
        median_rsd=parts["median"],
        tau=parts["tau"],
        quantile=quantile,
    )
    places = result["value"].rank(ascending=False, method="min", na_option="bottom")
    result["rank"] = places.astype(np.int64)
    return result.sort_values("rank", kind="stable", ignore_index=True)


def _at(table: pd.DataFrame, quantile: float, name: str) -> pd.DataFrame:
    rows = table[np.isclose(table["quantile"], quantile)]
    if len(rows) == 0:
        found = ", ".join(f"{q:g}" for q in sorted(table["quantile"].unique()))
        raise ValueError(
            f"{name}: no rows at quantile {quantile}; found {found or '-'}"
        )
    return rows[[*_KEYS, "value", "lower", "upper"]]


def _tau(tau: float | Literal["relative"], medians: pd.Series) -> float:
    if tau == "relative":
        known = medians.dropna()
        return float(known.median()) if len(known) else float("nan")
    if isinstance(tau, str) or not tau > 0:
        raise ValueError(
            f"tau: found {tau!r}; expected a positive number or 'relative'"
        )
    return float(tau)


def _triples(parts: pd.DataFrame, bound: str) -> np.ndarray:
    """Recall, precision (at least 0) and stability score, float64 [rows, 3]."""
    precision = parts[f"{bound}_precision"].clip(lower=0)
    triples = [parts[f"{bound}_recall"], precision, parts["stability"]]
    return np.stack([part.to_numpy(np.float64) for part in triples], axis=1)


def _geometric(parts: pd.DataFrame, bound: str) -> np.ndarray:
    return np.cbrt(_triples(parts, bound).prod(axis=1))


def _harmonic(triples: np.ndarray) -> np.ndarray:
    product = triples.prod(axis=1)
    a, b, c = triples.T
    below = a * b + b * c + c * a
    return 3 * np.divide(product, below, out=product.copy(), where=below != 0)
