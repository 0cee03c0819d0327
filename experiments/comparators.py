"""What attribution methods must beat: a score of every column by other means."""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments import console
from experiments.arms import planted_arm
from experiments.configuration import AttributionFlags, Configuration
from experiments.keys import root_key
from experiments.reading import reading
from experiments.records import load_neighbours
from experiments.scores import Columns, variant_columns, write_parquet
from experiments.truth_records import load_arm, load_phenotype
from experiments.workdir import Workdir
from gxjax import rng
from gxjax.association.linear_association import linear_association
from gxjax.comparator import COMPARATORS, Inputs, compare
from gxjax.genotypes.formats.library import load_library
from gxjax.linkage.neighbours import pad_neighbours
from gxjax.report.tables import write_table
from gxjax.types import TRAIN, Cohort, Truth

__all__ = [
    "check_comparators",
    "load_comparators",
    "run_comparators",
    "significant",
]


def check_comparators(flags: AttributionFlags) -> None:
    """Raises ValueError for a name that is no comparator's."""
    unknown = [name for name in flags.comparators if name not in COMPARATORS]
    if unknown:
        raise ValueError(
            f"--comparators: found {unknown[0]!r}; expected some of "
            f"{', '.join(COMPARATORS)}"
        )
    if "boosting" in flags.comparators:
        # Before the training, not after it.
        load_library("lightgbm", "boosting", "gradient boosting")


def run_comparators(
    configuration: Configuration, work: Workdir, cohort: Cohort
) -> list[str]:
    """Writes association.tsv, the GWAS, and comparators.parquet; returns notes."""
    arm = load_arm(work, cohort, planted_arm(configuration))
    phenotype = load_phenotype(work)
    people = np.flatnonzero(cohort.split == TRAIN)
    with console.bar("GWAS") as progress:
        table = linear_association(
            arm.blocks, arm.variants, phenotype, people, progress=progress
        )
    write_table(table, work.stage("attribution") / "association.tsv")
    inputs = Inputs(
        arm=arm,
        phenotype=phenotype,
        split=cohort.split,
        neighbours=pad_neighbours(load_neighbours(work), len(arm.variants)),
        key=rng.named(root_key(configuration, work), "experiments/comparators"),
    )
    with console.bar("comparators") as progress:
        scores = compare(configuration.attribution.comparators, inputs, progress)
    parts = [variant_columns(arm), pd.DataFrame(scores)]
    path = work.stage("attribution") / "comparators.parquet"
    write_parquet(pd.concat(parts, axis=1), path)
    passed, tested = significant(table, arm.truth).sum(), arm.truth.shown.sum()
    return [f"GWAS: {passed} of {tested} columns pass Bonferroni 0.05"]


def significant(association: pd.DataFrame, truth: Truth) -> np.ndarray:
    """Columns that the GWAS calls: p < 0.05 / the columns that networks are shown.

    Hidden columns are no hypotheses here, since no network can name them: they are
    neither counted nor called.

    Args:
      association: with `P`, a row for each of V columns.
      truth: of the V columns.

    Returns:
      bool [V].
    """
    p = association["P"].to_numpy()
    return (p < 0.05 / max(truth.shown.sum(), 1)) & truth.shown


def load_comparators(work: Workdir) -> tuple[np.ndarray, Columns]:
    """Scores of the comparators, float32 [C, 1, V]; columns (name, "none")."""
    path = work.folder("attribution") / "comparators.parquet"
    with reading(path, "attribution") as file:
        table = pd.read_parquet(file).iloc[:, 4:]
    values = table.to_numpy(np.float32).T[:, None]
    return values, tuple((str(name), "none") for name in table)
