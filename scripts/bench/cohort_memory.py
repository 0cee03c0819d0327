"""Peak memory of quality control and of association, whatever the size of the files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from bench.memory import forget_peak, resident
from gxjax.association import linear_regression, logistic_regression, write_regression
from gxjax.cohort import filter_genotypes
from gxjax.cohort.qc_tables import REPORTS, qc_tables
from gxjax.genotypes import open_bed_source

__all__ = ["TASKS", "peak_above"]

Task = Callable[[Path, int], None]


def peak_above(task: Task, folder: Path, covariates: int) -> int:
    """Bytes that a task holds at most above what the process holds before (Linux).

    Pages of the mapped files count while they are held.
    """
    before = resident("VmRSS")
    forget_peak()
    task(folder, covariates)
    return resident("VmHWM") - before


def _quality_control(folder: Path, covariates: int) -> None:
    """Every filter, then every table of counts."""
    chosen, _ = filter_genotypes(
        open_bed_source(folder / "x"), geno=0.1, mind=0.1, maf=0.01, mac=20, hwe=1e-15
    )
    for name, table in qc_tables(chosen, list(REPORTS)).items():
        table.to_csv(folder / f"ours.{name}", sep="\t", index=False)


def _linear(folder: Path, covariates: int) -> None:
    source, values = open_bed_source(folder / "x"), _phenotype(folder, "height")
    found = linear_regression(source, values, _covariates(folder, covariates))
    write_regression(found, folder / "ours.glm.linear")


def _logistic(folder: Path, covariates: int) -> None:
    source, values = open_bed_source(folder / "x"), _phenotype(folder, "sick")
    found = logistic_regression(source, values, _covariates(folder, covariates))
    write_regression(found, folder / "ours.glm.logistic.hybrid")


def _phenotype(folder: Path, name: str) -> np.ndarray:
    return pd.read_csv(folder / "x.pheno", sep="\t")[name].to_numpy(np.float64)


def _covariates(folder: Path, count: int) -> pd.DataFrame | None:
    table = pd.read_csv(folder / "x.covar", sep="\t").iloc[:, 2 : 2 + count]
    return table if count else None


TASKS: dict[str, Task] = {
    "quality control": _quality_control,
    "linear": _linear,
    "logistic": _logistic,
}
