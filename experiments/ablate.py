"""What SmoothGrad does, what squaring, baselines and allele frequency do.

Attributes the trained networks of a finished run anew, on a few TEST people, under a
grid: four baselines times input, and local; no noise, SmoothGrad, its square and root;
squared without noise; each also times the standard deviation of the dosage. Nothing is
trained. Every setting's scores are kept in <workdir>/ablation/scores, so that the same
command goes on where it was stopped. Writes <workdir>/ablation/ablation.tsv, recall,
precision, median RSD and composite of every column, and contrasts.tsv, paired
differences with intervals and p-values.

example:
  python -m experiments.ablate --workdir out
  python -m experiments.findings --workdir out
"""

from __future__ import annotations

import shutil
from typing import Any

import numpy as np
import pandas as pd
from absl import flags

from experiments import console
from experiments.ablation.attributions import (
    attribute_arm,
    choose_people,
    load_values,
)
from experiments.ablation.contrasts import contrasts_of, contrasts_table
from experiments.ablation.grid import SETTINGS, Column, columns_of
from experiments.ablation.metrics import arms_of, figures, measure, spearman
from experiments.arms import reference_arm
from experiments.command_line import define_strings, parse_command, run_command
from experiments.configuration import Configuration
from experiments.finished import finished_run
from experiments.keys import cohort_key
from experiments.records import load_cohort
from experiments.truth_records import load_arm
from experiments.workdir import Workdir
from gxjax import rng
from gxjax.benchmark import Estimate
from gxjax.report.tables import write_table
from gxjax.types import Cohort

__all__ = ["main"]


def main(argv: list[str]) -> None:
    """Attributes, measures, writes.

    Raises:
      ValueError: wrong flags, or a workdir without trained networks.
    """
    given = parse_command(define(), argv, needed=("workdir",))
    configuration, work = finished_run(
        given["workdir"], "ensemble", given["replicates"]
    )
    count = min(given["replicates"], configuration.benchmark.replicates)
    with work.alone():
        if given["overwrite"]:
            shutil.rmtree(work.folder("ablation"), ignore_errors=True)
        cohort = load_cohort(work)
        # Should this be stopped, tables of older scores must not pass for its own.
        for table in work.folder("ablation").glob("*.tsv"):
            table.unlink()
        attribute(configuration, work, cohort, given["people"], count)
        estimates = evaluate(configuration, work, cohort, count)
        columns = columns_of(SETTINGS)
        folder = work.stage("ablation")
        write_table(ablation_table(columns, estimates), folder / "ablation.tsv")
        contrasts = contrasts_table(contrasts_of(columns), estimates)
        write_table(contrasts, folder / "contrasts.tsv")
    console.say(f"{folder}: ablation.tsv and contrasts.tsv are written")


def attribute(
    configuration: Configuration, work: Workdir, cohort: Cohort, people: int, count: int
) -> None:
    """Scores every arm of the first `count` replicates under every setting."""
    chosen = choose_people(configuration, cohort, people)
    names, head = arms_of(configuration), None
    total = count * len(names)
    with console.bar(f"attribute {len(chosen)} people, {total} arms") as progress:
        for number in range(count):
            for place, name in enumerate(names):
                before = number * len(names) + place

                def inner(
                    done: int, parts: int, words: str = "", before: int = before
                ) -> None:
                    progress(1000 * before + 1000 * done // parts, 1000 * total, words)

                head = attribute_arm(
                    configuration,
                    work.of_replicate(number),
                    cohort,
                    name,
                    SETTINGS,
                    chosen,
                    head,
                    inner,
                )
        progress(1000 * total, 1000 * total, "")


def evaluate(
    configuration: Configuration, work: Workdir, cohort: Cohort, count: int
) -> dict[str, Estimate]:
    """Every metric of every column, over the first `count` replicates."""
    columns = columns_of(SETTINGS)
    draws = configuration.benchmark.bootstrap_draws
    key = rng.named(cohort_key(configuration), "experiments/benchmark")
    with console.bar("measure") as progress:
        replicates = []
        for number in range(count):
            progress(number, count + 2, "rankings")
            one = work.of_replicate(number)
            values = {
                name: load_values(one, name, SETTINGS, load_arm(one, cohort, name))
                for name in arms_of(configuration)
            }
            replicates.append(measure(configuration, one, cohort, values))
        progress(count, count + 2, "intervals")
        settings = [column._replace(method="", noise="") for column in columns]
        groups = [settings.index(setting) for setting in settings]
        reference, _ = reference_arm(configuration)
        found = figures(replicates, key, reference, draws, groups)
        progress(count + 1, count + 2, "correlations")
        smooth = columns.index(
            Column("mode", False, "saliency", "smoothgrad_squared", False)
        )
        for name, other in (("saliency_squared", smooth), ("dosage_sd", None)):
            found[f"spearman_{name}"] = spearman(replicates, other, key, draws)
        progress(count + 2, count + 2, "")
    return found


def ablation_table(
    columns: list[Column], estimates: dict[str, Estimate]
) -> pd.DataFrame:
    """`baseline multiplied method noise scaled metric value lower upper`."""
    parts = []
    for metric, one in estimates.items():
        part = pd.DataFrame(columns)
        figures: dict[str, np.ndarray] = {
            name: getattr(one, name) for name in ("value", "lower", "upper")
        }
        parts.append(part.assign(metric=metric, **figures))
    return pd.concat(parts, ignore_index=True)


def define() -> flags.FlagValues:
    """The flags of this command."""
    values = define_strings(("workdir", "folder of a run whose networks are trained"))
    numbers: tuple[tuple[str, int, str], ...] = (
        ("people", 100, "TEST people to attribute"),
        ("replicates", 2, "replicates of the run to take, from the first on"),
    )
    bounds: dict[str, Any] = {"lower_bound": 1, "flag_values": values}
    for name, default, text in numbers:
        flags.DEFINE_integer(name, default, text, **bounds)
    flags.DEFINE_boolean(
        "overwrite", False, "attribute anew what is kept", flag_values=values
    )
    return values


if __name__ == "__main__":
    run_command("ablate", __doc__, define, main)
