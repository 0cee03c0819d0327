"""Writes the page that says which method to trust: benchmark -> report.

Writes <workdir>/report/index.html and every figure as PNG and SVG.

example:
  python -m experiments.write_report --workdir out
"""

from __future__ import annotations

import json
import platform
import sys
from importlib.metadata import version

import jax
import numpy as np
import pandas as pd

from experiments import console
from experiments.arms import arm_plans, planted_arm
from experiments.baselines import load_description
from experiments.completeness import completeness_table
from experiments.configuration import Configuration
from experiments.flags import as_flagfile
from experiments.genotype_files import genotype_flag
from experiments.launcher import launch_stage
from experiments.records import load_cohort
from experiments.scores import load_scores, load_shown
from experiments.truth_records import load_arm, load_manifest
from experiments.workdir import STAGES, Workdir
from gxjax.benchmark import relative_standard_deviation
from gxjax.report import SCHEMAS, read_table, write_page
from gxjax.types import KINDS, TEST, TRAIN, VALIDATION

PACKAGES = ("gxjax", "jax", "flax", "optax", "orbax-checkpoint", "numpy", "pandas")


def run(configuration: Configuration, work: Workdir) -> list[str]:
    tables = {
        path.stem: read_table(path)
        for stage in ("benchmark", "faithfulness")
        for path in sorted(work.folder(stage).glob("*.tsv"))
        if path.stem in SCHEMAS
    }
    values, columns = load_shown(work, load_cohort(work), "real")
    rsd = {
        column: relative_standard_deviation(members)
        for column, members in zip(columns, values, strict=True)
    }
    best = tables["composite"].iloc[0]
    shown = (str(best["method"]), str(best["noise"]))
    with console.bar("draw figures") as progress:
        write_page(
            work.stage("report"),
            **tables,
            rsd=rsd,
            manhattan=manhattan_table(configuration, work, shown),
            manhattan_column=shown,
            history=history_table(configuration, work),
            completeness=completeness_table(configuration, work),
            manifest=load_manifest(work),
            qc=read_table(work.folder("cohort") / "qc.tsv"),
            provenance=provenance(configuration, work),
            null=configuration.truth.null,
            progress=progress,
        )
    return []


def manhattan_table(
    configuration: Configuration, work: Workdir, column: tuple[str, str]
) -> pd.DataFrame:
    """One score column of the planted arm, mean over members, beside the GWAS."""
    name = planted_arm(configuration)
    values, columns = load_scores(work, name)
    arm = load_arm(work, load_cohort(work), name)
    association = read_table(work.folder("attribution") / "association.tsv")
    table = arm.mapped[["CHROM", "POS", "ID"]].fillna({"CHROM": "planted"})
    table["kind"] = np.asarray(KINDS)[arm.truth.kind]
    table["score"] = values[columns.index(column)].mean(axis=0)
    table["neg_log10_p"] = association["NEG_LOG10_P"].to_numpy()
    return table


def history_table(configuration: Configuration, work: Workdir) -> pd.DataFrame:
    """Training histories of all arms that could learn something, one table."""
    parts = [
        read_table(work.folder("ensemble") / name / "history.tsv").assign(arm=name)
        for name, _, shuffle, *_ in arm_plans(configuration)
        if shuffle is None
    ]
    return pd.concat(parts, ignore_index=True)


def provenance(configuration: Configuration, work: Workdir) -> dict[str, object]:
    """How this page came about: flags, versions, device, seeds, times, notes."""
    cohort = load_cohort(work)
    done = [stage for stage in STAGES if work.is_done(stage)]
    records = {stage: work.record(stage) for stage in done}
    people = {
        name: int((cohort.split == part).sum())
        for name, part in (("TRAIN", TRAIN), ("VALIDATION", VALIDATION), ("TEST", TEST))
    }
    return {
        "command": f"scripts/run.sh --flagfile={work.path.name}/run.flags "
        f"--workdir {work.path.name}",
        "flags": {
            name: value
            for line in as_flagfile(configuration).splitlines()
            if line.startswith("--")
            for name, _, value in [line[2:].partition("=")]
        },
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in PACKAGES},
        "device": device(),
        "seeds": {"seed": configuration.cohort.seed},
        "times": {stage: record["seconds"] for stage, record in records.items()},
        "replicates": configuration.benchmark.replicates,
        "truth": configuration.truth.truth,
        "notes": [text for record in records.values() for text in record["notes"]],
        "cohort": {
            "Genotypes": _genotypes(configuration),
            "Phenotype": f"{cohort.name} ({cohort.trait})",
            "People": f"{len(cohort.split):,} ".replace(",", " ")
            + json.dumps(people).replace('"', "").replace("{", "(").replace("}", ")"),
            "Variants": f"{len(cohort.counts):,}".replace(",", " "),
            "Baseline": f"{configuration.attribution.baseline}: "
            + load_description(work, "real"),
        },
    }


def _genotypes(configuration: Configuration) -> str:
    kind = genotype_flag(configuration.cohort)
    if kind is None:
        return "simulated (embedded panel)"
    return str(getattr(configuration.cohort, kind))


def device() -> str:
    """The accelerator or processor that ran this process, in words."""
    devices = jax.devices()
    return f"{len(devices)} x {devices[0].device_kind} ({sys.platform})"


if __name__ == "__main__":
    launch_stage("report", __doc__, run, needs="benchmark")
