"""Metrics with intervals, over all replicates: attribution -> benchmark.

Writes <workdir>/benchmark/*.tsv: recall, precision, stability, composite, average
precision, recall by MAF, comparisons of methods, what is useful and trusted; p-values
and loci where there are null ensembles, selections where there are knockoffs.

example:
  python -m experiments.evaluate --workdir out
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments import console
from experiments.arms import null_arms, reference_arm
from experiments.columns import score_columns
from experiments.configuration import Configuration
from experiments.evaluation.nulls import (
    count_null_columns,
    precision_tables,
    select_by_knockoffs,
    write_p_values,
)
from experiments.evaluation.planted import find_planted, planted_tables
from experiments.evaluation.verdict import verdict_tables
from experiments.keys import cohort_key
from experiments.launcher import launch_stage
from experiments.records import load_cohort
from experiments.scores import load_shown
from experiments.workdir import Workdir
from gxjax import rng
from gxjax.benchmark import (
    PRECISION_QUANTILES,
    RECALL_QUANTILES,
    least_draws,
    spread_table,
    stability_table,
)
from gxjax.report.tables import write_table


def run(configuration: Configuration, work: Workdir) -> list[str]:
    flags = configuration.benchmark
    key = rng.named(cohort_key(configuration), "experiments/benchmark")
    cohort = load_cohort(work)
    replicates = [work.of_replicate(number) for number in range(flags.replicates)]
    planted, nulls, stability = [], [], []
    with console.bar("score") as progress:
        for done, one in enumerate(replicates):
            progress(3 * done, 3 * len(replicates), "planted variants")
            planted.append(find_planted(configuration, one, cohort))
            progress(3 * done + 1, 3 * len(replicates), "null columns")
            nulls.append(count_null_columns(configuration, one, cohort))
            values, columns = load_shown(one, cohort, "real")
            stability.append(values)
            progress(3 * done + 3, 3 * len(replicates), "replicates")
    tables: dict[str, pd.DataFrame] = {}
    with console.bar("intervals") as progress:
        progress(0, 4, "planted variants")
        tables |= planted_tables(configuration, planted, key)
        progress(1, 4, "null columns")
        tables["precision"] = precision_tables(nulls, key, flags.bootstrap_draws)
        progress(2, 4, "stability")
        tables["stability"] = stability_table(stability, columns)
        progress(3, 4, "verdict")
        reference = reference_arm(configuration)[0]
        tables |= verdict_tables(
            configuration, planted, nulls, stability, key, reference
        )
        tables |= further_tables(configuration, work)
        progress(4, 4, "tables")
    for name, table in tables.items():
        write_table(table, work.stage("benchmark") / f"{name}.tsv")
    return notes(configuration, stability[0])


def further_tables(
    configuration: Configuration, work: Workdir
) -> dict[str, pd.DataFrame]:
    """Tables of arms that a run need not have, of the first replicate."""
    cohort = load_cohort(work)
    tables: dict[str, pd.DataFrame] = {}
    if null_arms(configuration):
        tables |= write_p_values(configuration, work, cohort)
    if configuration.truth.knockoffs != "none":
        tables["selected"] = select_by_knockoffs(configuration, work, cohort)
    if configuration.benchmark.spread:
        seed, columns = load_shown(work, cohort, "seed")
        data_order, _ = load_shown(work, cohort, "data_order")
        bootstrap, _ = load_shown(work, cohort, "bootstrap")
        tables["spread"] = spread_table(seed, data_order, bootstrap, columns)
    return tables


def notes(configuration: Configuration, values: np.ndarray) -> list[str]:
    """What the user should know of the intervals."""
    found = []
    if values.shape[1] == 1:
        found.append("one member only: stability and the composite can not be computed")
    if configuration.benchmark.replicates == 1:
        found.append(
            "one replicate: intervals are over networks and planted variants, not over "
            "truths; --replicates plants several"
        )
    return found


def check_flags(configuration: Configuration) -> None:
    """Raises ValueError for definitions that no table could be made by."""
    flags = configuration.benchmark
    both = sorted(set(RECALL_QUANTILES) & set(PRECISION_QUANTILES))
    if flags.composite_quantile not in both:
        raise ValueError(
            f"--composite_quantile={flags.composite_quantile}: expected one of "
            f"{', '.join(map(str, both))}"
        )
    weights = flags.composite_weights
    if len(weights) != 3 or not sum(weights):
        raise ValueError(
            f"--composite_weights={','.join(map(str, weights))}: expected three, of "
            "recall, precision and stability, and one at least above 0"
        )
    if not all(0 < rate < 1 for rate in flags.fdr):
        raise ValueError(
            f"--fdr={','.join(map(str, flags.fdr))}: expected rates between 0 and 1"
        )
    if flags.spread and configuration.ensemble.members == 1:
        raise ValueError("--spread needs --members of 2 or more")
    columns = len(score_columns(configuration))
    least = least_draws(columns)
    if flags.bootstrap_draws < least:
        raise ValueError(
            f"--bootstrap_draws={flags.bootstrap_draws}: expected at least {least} for "
            f"{columns} score columns, or no two of them could ever be told apart"
        )
    floor = configuration.cohort.ld_least_r2
    r2 = configuration.faithfulness.ld_r2
    if r2 < floor:
        raise ValueError(
            f"--ld_r2={r2:g}: expected at least --ld_least_r2={floor:g}, from "
            "which on LD is kept; lower that"
        )


if __name__ == "__main__":
    launch_stage("benchmark", __doc__, run, needs="attribution", check=check_flags)
