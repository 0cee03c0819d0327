"""How far attributions miss the change of output that they claim to add up to."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from gxjax.faithfulness.intervals import LEVEL

__all__ = ["completeness_rows"]


def completeness_rows(table: pd.DataFrame, *, level: float = LEVEL) -> pd.DataFrame:
    """The median person's |delta| of every method that claims completeness.

    What this can NOT tell: attributions that add up may still be given to the wrong
    variants. `delta` is relative to the change of output, so that of people near the
    baseline is large; hence the median.

    Args:
      table: `Scores.completeness`, a row per method, noise, member and person.
      level: of the interval.

    Returns:
      Table `method noise measure value lower upper`, measure "completeness": the median
      over people of each one's median |delta| over members, with its distribution-free
      interval by order statistics (the range of people where they are too few).
    """
    rows = []
    grouped = table.assign(error=table["delta"].abs()).groupby(
        ["method", "noise"], sort=False, observed=True
    )
    for (method, noise), part in grouped:
        errors = part.groupby("person")["error"].median().to_numpy(np.float64)
        value = float(np.median(errors))
        found = stats.quantile_test(errors, q=value, p=0.5).confidence_interval(level)
        lower = errors.min() if np.isnan(found.low) else found.low
        upper = errors.max() if np.isnan(found.high) else found.high
        ends = float(lower), float(upper)
        rows.append((method, noise, "completeness", value, *ends))
    names = ["method", "noise", "measure", "value", "lower", "upper"]
    return pd.DataFrame(rows, columns=names)
