"""Columns and networks that know nothing: precision, p-values, selections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np
import pandas as pd

from experiments.arms import null_arms, planted_arm, reference_arm
from experiments.configuration import Configuration
from experiments.evaluation.planted import found_options, strong_neighbours
from experiments.scores import Columns, load_scores, write_parquet
from experiments.truth_records import load_arm
from experiments.workdir import Workdir
from gxjax import rng
from gxjax.benchmark import (
    NullCounts,
    calibration_table,
    count_nulls,
    empirical_p,
    frequency_strata,
    ld_blocks,
    locus_table,
    p_value_table,
    precision_table,
    q_values,
    rank_columns,
    selected_table,
)
from gxjax.comparator import maf_score
from gxjax.linkage import join_neighbours
from gxjax.types import Cohort

__all__ = ["Nulls", "count_null_columns", "precision_tables", "write_p_values"]


class Nulls(NamedTuple):
    """Real and null columns among the top of one arm of one replicate.

    Attributes:
      columns: C pairs (method, noise).
      variants: each column counted.
      loci: each clumped locus counted once.
    """

    columns: Columns
    variants: NullCounts
    loci: NullCounts


def count_null_columns(
    configuration: Configuration, work: Workdir, cohort: Cohort
) -> dict[str, Nulls]:
    """Counts of the decoy arm, and of the knockoff arm if there is one, by arm."""
    neighbours = strong_neighbours(configuration, work)
    both = join_neighbours(neighbours, neighbours)
    found = {}
    for name in dict.fromkeys(["decoy", reference_arm(configuration)[0]]):
        truth = load_arm(work, cohort, name).truth
        values, columns = load_scores(work, name)
        ranking = rank_columns(values, columns, truth)
        r2 = configuration.faithfulness.ld_r2
        found[name] = Nulls(
            columns,
            count_nulls(ranking, truth),
            count_nulls(ranking, truth, neighbours=both, r2=r2),
        )
    return found


def precision_tables(
    replicates: Sequence[dict[str, Nulls]], key: jax.Array, draws: int
) -> pd.DataFrame:
    """Precision of every arm with null columns, by variants and by loci."""
    parts = []
    for name, first in replicates[0].items():
        for counted in ("variants", "loci"):
            parts.append(
                precision_table(
                    [getattr(one[name], counted) for one in replicates],
                    first.columns,
                    rng.named(key, name),
                    draws=draws,
                )
            )
    return pd.concat(parts, ignore_index=True)


def select_by_knockoffs(
    configuration: Configuration, work: Workdir, cohort: Cohort
) -> pd.DataFrame:
    """What knockoff+ selects, variant by variant and locus by locus.

    Where spike-ins are the truth nobody knows which real variants are false.
    """
    name = "knockoff"
    truth = load_arm(work, cohort, name).truth
    values, columns = load_scores(work, name)
    flags, r2 = configuration.benchmark, configuration.faithfulness.ld_r2
    neighbours = strong_neighbours(configuration, work)
    both = join_neighbours(neighbours, neighbours)
    parts = []
    for counted, groups in (("variant", None), ("locus", ld_blocks(both, r2))):
        table = selected_table(
            values.mean(axis=1),
            columns,
            truth,
            fdrs=flags.fdr,
            groups=groups,
            neighbours=both,
            r2=r2,
        )
        table.insert(3, "counted", counted)
        parts.append(table)
    selected = pd.concat(parts, ignore_index=True)
    if planted_arm(configuration) != "real":
        unknown = ["planted_selected", "false_selected", "realised"]
        selected[unknown] = np.nan
    return selected


def write_p_values(
    configuration: Configuration, work: Workdir, cohort: Cohort
) -> dict[str, pd.DataFrame]:
    """Writes p_values.parquet; tables "loci" and "calibration", of the first replicate.

    With two null ensembles or more, the first is held against the others: its QQ line
    shows whether p-values of nothing are uniform.
    """
    arm = load_arm(work, cohort, planted_arm(configuration))
    values, columns = load_scores(work, planted_arm(configuration))
    scores = values.mean(axis=1)
    null = np.stack(
        [load_scores(work, name)[0].mean(axis=1) for name in null_arms(configuration)],
        axis=1,
    )
    strata = frequency_strata(np.maximum(maf_score(arm.counts), 0))
    if arm.truth.typed is not None:
        strata = np.where(arm.truth.typed, strata, -1)
    p = empirical_p(scores, null, strata=strata)
    table = p_value_table(arm.variants, columns, p, q_values(p))
    write_parquet(table, work.stage("benchmark") / "p_values.parquet")
    neighbours = found_options(configuration, work, arm)["neighbours"]
    locus = ld_blocks(neighbours, configuration.faithfulness.ld_r2)
    lines = [calibration_table(p, columns).assign(phenotype="real")]
    if null.shape[1] > 1:
        held = empirical_p(null[:, 0], null[:, 1:], strata=strata)
        lines.append(calibration_table(held, columns).assign(phenotype="shuffled"))
    return {
        "loci": locus_table(scores, columns, p, locus, arm.variants, arm.truth),
        "calibration": pd.concat(lines, ignore_index=True),
    }
