"""The published findings, answered by a finished run and its ablation.

Does SmoothGrad lift recall and precision at the top 1 %, is the median RSD 0.4 to 0.5,
is saliency the best composite? Writes <workdir>/ablation/findings.tsv, with intervals
and verdicts, and summary.tsv, what is behind them; prints both as Markdown. The run
needs --methods with saliency and others, and --noise=none,smoothgrad_squared.

example:
  python -m experiments.ablate --workdir out
  python -m experiments.findings --workdir out
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from absl import flags

from experiments import console
from experiments.ablation.answers import answer
from experiments.ablation.kept_scores import check_made_of
from experiments.ablation.metrics import arms_of, figures, measure
from experiments.ablation.summary import (
    SHOWN,
    interval_text,
    levels_table,
    markdown_table,
    summary_table,
)
from experiments.arms import reference_arm
from experiments.command_line import define_strings, parse_command, run_command
from experiments.configuration import Configuration
from experiments.finished import finished_run
from experiments.keys import cohort_key
from experiments.reading import reading
from experiments.records import load_cohort
from experiments.scores import load_scores
from experiments.workdir import Workdir
from gxjax import rng
from gxjax.report.tables import read_table, write_table

__all__ = ["main"]

_HEADS = ("recall", "among loci", "precision", "median RSD", "like saliency")
_NOISES = {"none", "smoothgrad_squared"}


def main(argv: list[str]) -> None:
    """Measures, answers, writes, prints.

    Raises:
      ValueError: wrong flags, a run that was not attributed as the questions ask, or an
        ablation of networks that have been trained anew since.
      FileNotFoundError: a run without an ablation.
    """
    given = parse_command(define(), argv, needed=("workdir",))
    configuration, work = finished_run(given["workdir"], "attribution")
    folder = work.folder("ablation")
    if not (folder / "contrasts.tsv").exists():
        raise FileNotFoundError(
            f"{folder}/contrasts.tsv: missing; run experiments.ablate with the same "
            "--workdir first"
        )
    check_made_of(configuration, work)
    contrasts, ablation = (
        read_ablation(folder / name) for name in ("contrasts.tsv", "ablation.tsv")
    )
    table = published_findings(configuration, work)
    write_table(table, folder / "findings.tsv")
    behind = summary_table(contrasts)
    write_table(behind, folder / "summary.tsv")
    console.say(markdown_findings(table))
    heads = ("difference", *_HEADS)
    console.say("\n" + markdown_table(behind, heads))
    console.say("\n" + levels_table(ablation))


def read_ablation(file: Path) -> pd.DataFrame:
    """A table of `experiments.ablate`.

    Raises:
      ValueError: it is damaged, or of a version that did not have all metrics.
    """
    with reading(file, "ablation") as path:
        table = read_table(path)
    missing = sorted(set(SHOWN) - set(table["metric"]))
    if missing:
        raise ValueError(
            f"{file}: no {', '.join(missing)}; run experiments.ablate with the same "
            "--workdir, which keeps its scores"
        )
    return table


def published_findings(configuration: Configuration, work: Workdir) -> pd.DataFrame:
    """The table of `answer`, over all replicates of a run."""
    flags = configuration.benchmark
    cohort, replicates = load_cohort(work), []
    for number in range(flags.replicates):
        one = work.of_replicate(number)
        scores = {name: load_scores(one, name) for name in arms_of(configuration)}
        values = {name: scores[name][0] for name in scores}
        columns = scores["real"][1]
        check_columns(columns)
        replicates.append(measure(configuration, one, cohort, values))
    key = rng.named(cohort_key(configuration), "experiments/benchmark")
    reference, _ = reference_arm(configuration)
    found = figures(replicates, key, reference, flags.bootstrap_draws)
    # Of a replicate alone only the values are read.
    alone = [figures([one], key, reference, 2) for one in replicates]
    return answer(found, alone, columns)


def check_columns(columns: tuple[tuple[str, str], ...]) -> None:
    """Raises ValueError unless the questions can be asked of these columns."""
    methods = {method for method, _ in columns}
    noises = {noise for _, noise in columns}
    if "saliency" not in methods or len(methods) < 2 or not noises >= _NOISES:
        raise ValueError(
            f"the run has methods {', '.join(sorted(methods))} and noise "
            f"{', '.join(sorted(noises))}; the published findings are of saliency and "
            "others, with none and smoothgrad_squared"
        )


def markdown_findings(table: pd.DataFrame) -> str:
    """Lines of a Markdown table, a row per answer."""
    lines = [
        "| finding | method | published | ours | replicates | verdict |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in table.to_dict("records"):
        ours = interval_text(row["value"], row["lower"], row["upper"])
        spread = f"{row['least']:+.3f} to {row['greatest']:+.3f}"
        cells = (row["measure"], row["method"], row["published"], ours, spread)
        lines.append(f"| {row['finding']}: {' | '.join(cells)} | {row['verdict']} |")
    return "\n".join(lines)


def define() -> flags.FlagValues:
    """The flags of this command."""
    return define_strings(("workdir", "folder of a run that was ablated"))


if __name__ == "__main__":
    run_command("findings", __doc__, define, main)
