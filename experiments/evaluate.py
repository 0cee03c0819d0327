"""Recall, precision, stability and the composite: attribution -> benchmark.

Writes <workdir>/benchmark/{recall,precision,stability,composite}.tsv.

example:
  python -m experiments.evaluate --workdir out
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.configuration import BenchmarkFlags, Configuration
from experiments.launcher import launch_stage
from experiments.records import load_arm, load_cohort
from experiments.scores import load_scores
from experiments.workdir import Workdir
from gxjax.benchmark import (
    CORRECTED_TAU,
    PRECISION_QUANTILES,
    RECALL_QUANTILES,
    composite_table,
    precision_table,
    recall_table,
    stability_table,
)
from gxjax.report.tables import read_table, write_table


def run(configuration: Configuration, work: Workdir) -> list[str]:
    cohort = load_cohort(work)
    association = read_table(work.path / "attribution" / "association.tsv")
    significant = (association["P"] < 0.05 / len(association)).to_numpy()
    truth = load_arm(work, cohort, "spikein").truth
    values, columns = load_scores(work, "spikein")
    gwas = np.nan_to_num(association["NEG_LOG10_P"].to_numpy(np.float32), nan=-np.inf)
    recall = pd.concat(
        [
            recall_table(values, columns, truth, significant=significant),
            recall_table(
                gwas[None, None], (("gwas", "none"),), truth, significant=significant
            ),
        ],
        ignore_index=True,
    )
    decoy_values, columns = load_scores(work, "decoy")
    precision = precision_table(
        decoy_values, columns, load_arm(work, cohort, "decoy").truth
    )
    real_values, columns = load_scores(work, "real")
    stability = stability_table(real_values, columns)
    published = configuration.attribution.definitions == "published"
    composite = composite_table(
        recall,
        precision,
        stability,
        quantile=configuration.benchmark.composite_quantile,
        tau="relative" if published else CORRECTED_TAU,
    )
    folder = work.stage("benchmark")
    write_table(recall, folder / "recall.tsv")
    write_table(precision, folder / "precision.tsv")
    write_table(stability, folder / "stability.tsv")
    write_table(composite, folder / "composite.tsv")
    if values.shape[1] == 1:
        return ["one member only: stability and the composite can not be computed"]
    return []


def check_quantile(flags: BenchmarkFlags) -> None:
    """Raises ValueError where no table has a row at --composite_quantile."""
    both = sorted(set(RECALL_QUANTILES) & set(PRECISION_QUANTILES))
    if flags.composite_quantile not in both:
        raise ValueError(
            f"--composite_quantile={flags.composite_quantile}: expected one of "
            f"{', '.join(map(str, both))}"
        )


if __name__ == "__main__":
    launch_stage("benchmark", __doc__, run, needs="attribution")
