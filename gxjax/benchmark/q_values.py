"""False discovery rates from p-values, and the table of both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

__all__ = ["p_value_table", "q_values"]


def q_values(p: np.ndarray, method: Literal["bh", "by"] = "bh") -> np.ndarray:
    """Adjusted p-values: the least false discovery rate at which each is selected.

    "bh" (Benjamini-Hochberg) holds its level for independent p-values and for positive
    dependence (PRDS), which LD mostly is; "by" (Benjamini-Yekutieli) holds it for any,
    at a loss of a factor of about log(V). Both take valid p-values for granted. The
    rate
    is an expectation: a single list may hold many more false discoveries than it says,
    and under strong LD most hold none and a few very many.

    Args:
      p: float [..., V], p-values; NaN where there is none. Rows are adjusted alone.
      method: "bh" or "by".

    Returns:
      float64 [..., V]; NaN where p is.

    Raises:
      ValueError: a p-value outside 0 to 1, an unknown method.

    References:
      Benjamini & Hochberg, Controlling the false discovery rate, Journal of the Royal
      Statistical Society B 57(1): 289-300 (1995),
      https://doi.org/10.1111/j.2517-6161.1995.tb02031.x
      Benjamini & Yekutieli, The control of the false discovery rate in multiple testing
      under dependency, Annals of Statistics 29(4): 1165-1188 (2001),
      https://doi.org/10.1214/aos/1013699998
    """
    p = np.asarray(p, np.float64)
    known = ~np.isnan(p)
    if ((p < 0) | (p > 1)).any():
        raise ValueError("p: found a value below 0 or above 1; expected p-values")
    result = np.full(p.shape, np.nan)
    for row in np.ndindex(p.shape[:-1]):
        chosen = known[row]
        if chosen.any():
            result[row][chosen] = false_discovery_control(p[row][chosen], method=method)
    return result


def p_value_table(
    variants: pd.DataFrame,
    columns: Sequence[tuple[str, str]],
    p: np.ndarray,
    q: np.ndarray,
) -> pd.DataFrame:
    """p- and q-values of all variants, for a Parquet file.

    Args:
      variants: table of V rows with `gxjax.types.VARIANT_COLUMNS`.
      columns: C pairs (method, noise).
      p: float64 [C, V].
      q: float64 [C, V].

    Returns:
      Table `#CHROM POS ID A1`, then `<method>.<noise>.p` and `<method>.<noise>.q` of
      each column, V rows.

    Raises:
      ValueError: shapes that do not fit.
    """
    expected = (len(columns), len(variants))
    for name, values in (("p", p), ("q", q)):
        if np.shape(values) != expected:
            raise ValueError(
                f"{name}: shape {np.shape(values)}; expected {expected}, columns and "
                "variants"
            )
    table: dict[str, object] = {"#CHROM": variants["CHROM"].to_numpy()}
    table |= {name: variants[name].to_numpy() for name in ("POS", "ID", "A1")}
    for (method, noise), p_row, q_row in zip(columns, p, q, strict=True):
        table[f"{method}.{noise}.p"] = p_row
        table[f"{method}.{noise}.q"] = q_row
    return pd.DataFrame(table)
