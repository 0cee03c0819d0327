"""Which attribution method to trust on a cohort: the whole benchmark, one command.

Reads (or simulates) a cohort, plants spike-ins and decoys, trains three ensembles,
attributes with every method, scores recall, precision and stability, writes a report.

examples:
  scripts/run.sh
  scripts/run.sh --bfile chr@ --pheno height.pheno --pheno_name height \\
      --covar age_sex.covar --maf 0.01 --geno 0.1 --workdir out
  scripts/run.sh --flagfile=experiments/configs/demo.flags --workdir elsewhere

The same command again goes on where the last one ended.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from functools import partial

from experiments import (
    attribute,
    check_faithfulness,
    console,
    evaluate,
    flags,
    hosts,
    plant_truth,
    prepare_cohort,
    train_ensembles,
    write_report,
)
from experiments.configuration import Configuration
from experiments.input_files import check_inputs
from experiments.launcher import launch, run_stage
from experiments.records import load_cohort
from experiments.workdir import Workdir
from gxjax.report.tables import format_composite, read_table

RUNS = {
    "cohort": prepare_cohort.run,
    "truth": plant_truth.run,
    "ensemble": train_ensembles.run,
    "attribution": attribute.run,
    "faithfulness": check_faithfulness.run,
    "benchmark": evaluate.run,
    "report": write_report.run,
}


def main(argv: list[str]) -> None:
    started = time.monotonic()
    configuration, workdir, overwrite = flags.parse(argv)
    work = Workdir(workdir)

    def prepare() -> None:
        check_flags(configuration)
        stack.enter_context(work.alone())
        work.prepare(configuration, overwrite)
        check_inputs(configuration, work)

    with hosts.joined(configuration.running), ExitStack() as stack:
        hosts.on_first(prepare)
        for number, (name, run) in enumerate(RUNS.items(), start=1):
            console.say(f"[{number}/{len(RUNS)}] ", end="")
            run_stage(name, run, configuration, work)
            if name == "truth":
                hosts.on_first(partial(check_setting, configuration, work))
        hosts.on_first(partial(say_result, work, started))


def check_flags(configuration: Configuration) -> None:
    """Raises an error for what the flags alone give away."""
    # Typing errors come out now, not after hours of training.
    plant_truth.check_flags(configuration)
    attribute.check_flags(configuration)
    check_faithfulness.check_flags(configuration)
    evaluate.check_flags(configuration)
    train_ensembles.check_flags(configuration)


def check_setting(configuration: Configuration, work: Workdir) -> None:
    """Raises an error for files that do not fit the cohort, before the training."""
    if not work.is_done("attribution"):
        attribute.make_setting(configuration, work, load_cohort(work))


def say_result(work: Workdir, started: float) -> None:
    """Prints the composite score and where the report is."""
    table = read_table(work.folder("benchmark") / "composite.tsv")
    console.say(f"\n{format_composite(table)}\n")
    console.say(f"done in {time.monotonic() - started:.0f} s")
    console.say(f"report: {work.path / 'report' / 'index.html'}")


if __name__ == "__main__":
    launch("scripts/run.sh", __doc__, main)
