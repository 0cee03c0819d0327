"""Whether attributions add up as their methods claim: table, and a warning."""

from __future__ import annotations

import pandas as pd

from experiments import console
from experiments.arms import arm_plans
from experiments.configuration import Configuration
from experiments.workdir import Workdir
from gxjax.report.completeness import completeness_quantiles
from gxjax.report.labels import column_label
from gxjax.report.tables import write_table

__all__ = ["completeness_table", "warn_of_incomplete", "write_quantiles"]

_MENDS = {
    "integrated_gradients": "raise --integration_steps or set --integration_tolerance"
}
_OTHER_MEND = "see attribution/completeness.tsv, and whether its claim holds"


def completeness_table(configuration: Configuration, work: Workdir) -> pd.DataFrame:
    """Completeness deltas of all arms of a replicate, one table."""
    folder = work.folder("attribution")
    parts = [
        pd.read_parquet(folder / f"{name}.completeness.parquet").assign(arm=name)
        for name, *_ in arm_plans(configuration, work.replicate)
    ]
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)


def write_quantiles(configuration: Configuration, work: Workdir) -> None:
    """Writes completeness.tsv: quantiles of |delta| by arm and method."""
    parts = [
        completeness_quantiles(rows).assign(arm=arm)
        for arm, rows in completeness_table(configuration, work).groupby(
            "arm", sort=False
        )
    ]
    empty = completeness_quantiles(
        pd.DataFrame({"method": [], "noise": [], "delta": []})
    )
    table = pd.concat(parts) if parts else empty.assign(arm="")
    table.insert(0, "arm", table.pop("arm"))
    write_table(table, work.stage("attribution") / "completeness.tsv")


def warn_of_incomplete(deltas: pd.DataFrame, arm: str, tolerance: float) -> None:
    """Warns of every method that misses its claim by more than a tolerance.

    Args:
      deltas: `method noise delta` of an arm, a row per person and member.
      arm: its name.
      tolerance: what 99 % of the rows should be within, relative.
    """
    for row in completeness_quantiles(deltas).to_dict("records"):
        if row["q99"] > tolerance:
            method = str(row["method"])
            console.warn(
                f"{column_label(method, str(row['noise']))}, {arm}: the attributions "
                f"of 1 % of people and networks miss the change of output by "
                f"{100 * row['q99']:.3g} % or more (--completeness_tolerance allows "
                f"{100 * tolerance:.3g} %); {_MENDS.get(method, _OTHER_MEND)}"
            )
