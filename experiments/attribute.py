"""Scores every input column by every method and noise: ensemble -> attribution.

Writes <workdir>/attribution/<arm>.parquet (#CHROM POS ID A1, then a column
method.noise.member each), <arm>.<reduction>.<stratum>.parquet alike for --reductions
and --strata, <arm>.baseline.parquet, completeness deltas and their quantiles, and
association.tsv: the GWAS.

example, with a method of your own from ./my_method.py:
  python -m experiments.attribute --workdir out --methods saliency,my_method:half_way
"""

from __future__ import annotations

import json
import textwrap
import time
import zlib
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jax.sharding import Mesh

from experiments import console
from experiments.arms import ArmPlan, arm_plans, load_planned
from experiments.attribution_mesh import attribution_mesh
from experiments.baseline_file import GivenRows, align_baselines, read_baselines
from experiments.baselines import arm_baseline, check_baseline, save_baseline
from experiments.columns import check_reductions, method_table, score_columns
from experiments.comparators import check_comparators, run_comparators
from experiments.completeness import warn_of_incomplete, write_quantiles
from experiments.configuration import Configuration, RunningFlags
from experiments.input_files import fingerprint
from experiments.keys import root_key
from experiments.launcher import launch_stage
from experiments.records import load_cohort
from experiments.scores import save_scores
from experiments.strata import check_strata, strata_labels
from experiments.workdir import Workdir, write_text
from gxjax import rng
from gxjax.attribution import Baseline, Method, score
from gxjax.ensemble import dosage_source, linear_front, load_ensemble
from gxjax.ensemble.ensemble_files import chosen_members
from gxjax.replacing import remove_abandoned
from gxjax.types import TEST, Arm, Cohort, Scores


class Setting(NamedTuple):
    """What the arms have in common.

    Attributes:
      columns: C pairs (method, noise).
      methods: by name, as the flags want them.
      people: int32 [P], rows of the TEST people.
      strata: [P] labels, or None.
      given: baselines of a file, or None.
      mesh: the devices.
    """

    columns: list[tuple[str, str]]
    methods: dict[str, Method]
    people: np.ndarray
    strata: list[str] | None
    given: GivenRows | None
    mesh: Mesh


def run(configuration: Configuration, work: Workdir) -> list[str]:
    check_flags(configuration)
    cohort = load_cohort(work)
    setting = make_setting(configuration, work, cohort)
    check_same_files(configuration, work)
    unfinished = [
        plan
        for plan in arm_plans(configuration, work.replicate)
        if not work.is_done(f"attribution/{plan.name}")
    ]
    for plan in unfinished:
        started, name = time.monotonic(), plan.name
        arm = load_planned(work, cohort, plan)
        announce = partial(say_plan, in_full=plan is unfinished[0])
        scores, chosen = score_arm(
            configuration, work, cohort, plan, arm, setting, announce
        )
        save_scores(work, arm, scores)
        save_baseline(work, arm, chosen)
        tolerance = configuration.running.completeness_tolerance
        warn_of_incomplete(scores.completeness, name, tolerance)
        remove_states(work, name)
        work.finish(f"attribution/{name}", time.monotonic() - started, [])
    write_quantiles(configuration, work)
    words = [f"baseline: {setting.given.description}"] if setting.given else []
    return [*words, *run_comparators(configuration, work, cohort)]


def check_flags(configuration: Configuration) -> None:
    """Raises an error for what the flags and their files alone give away."""
    flags = configuration.attribution
    score_columns(configuration)
    check_reductions(flags)
    check_baseline(flags)
    check_strata(flags)
    check_comparators(flags)
    devices(configuration)


def devices(configuration: Configuration) -> Mesh:
    """The mesh of the flags, for the members that are restored."""
    flags, count = configuration.attribution, configuration.ensemble.members
    if flags.restore_members:
        count = len(range(count)[chosen_members(flags.restore_members, count)])
    text = configuration.running.attribution_mesh
    return attribution_mesh(text, count, flags.attribution_batch_size)


def make_setting(
    configuration: Configuration, work: Workdir, cohort: Cohort
) -> Setting:
    """The flags made into what every arm is scored with.

    Raises:
      ValueError: the cohort does not fit the files that the flags name.
    """
    flags = configuration.attribution
    people = np.flatnonzero(cohort.split == TEST).astype(np.int32)
    given = None
    if (path := flags.baseline_file) is not None:
        given = align_baselines(read_baselines(path), cohort.genotypes.variants, path)
    return Setting(
        columns=score_columns(configuration),
        methods=method_table(flags),
        people=people,
        strata=strata_labels(configuration, work, cohort, people),
        given=given,
        mesh=devices(configuration),
    )


def check_same_files(configuration: Configuration, work: Workdir) -> None:
    """Raises ValueError if a file changed since the first arm was scored with it."""
    flags = configuration.attribution
    named = (flags.baseline_file, flags.strata_file)
    now = fingerprint([Path(path) for path in named if path])
    record = work.stage("attribution") / "inputs.json"
    before = json.loads(record.read_text()) if record.exists() else now
    for name in now:
        if before.get(name) != now[name]:
            raise ValueError(
                f"{name} changed since the first arm was scored with it. Put it back, "
                "or --overwrite to redo all"
            )
    write_text(record, json.dumps(now, indent=1) + "\n")


def say_plan(plan: Any, in_full: bool) -> None:
    """Prints a `MemoryPlan`, for later arms its sum only."""
    if not in_full:
        console.say(f"  memory per device: {plan.total / 2**20:,.0f} MiB")
        return
    for line in str(plan).splitlines():
        console.say(
            textwrap.fill(line, width=86, initial_indent="  ", subsequent_indent="    ")
        )


def score_arm(
    configuration: Configuration,
    work: Workdir,
    cohort: Cohort,
    plan: ArmPlan,
    arm: Arm,
    setting: Setting,
    announce: Any,
) -> tuple[Scores, Baseline]:
    """Scores of one arm over TEST people, and the baseline they are against."""
    flags, running = configuration.attribution, configuration.running
    # Nothing else holds the ensemble: its first kernels would be there twice.
    folder = work.folder("ensemble") / arm.name
    front = linear_front(load_ensemble(folder, flags.restore_members or None))
    source = dosage_source(arm)
    chosen = arm_baseline(configuration, work, cohort, plan, arm, source, setting.given)
    key = rng.named(root_key(configuration, work), f"experiments/{arm.name}")
    with console.bar(f"attribute {arm.name}") as progress:
        scores = score(
            front,
            source,
            setting.people,
            person_ids(cohort)[setting.people],
            chosen.rows,
            setting.columns,
            key=key,
            methods=setting.methods,
            multiply_by_inputs=flags.multiply_by_inputs,
            batch_size=flags.attribution_batch_size,
            draws=flags.noise_draws,
            sigma=flags.noise_sigma,
            merge_draws=flags.merge_draws,
            reductions=flags.reductions,
            strata=setting.strata,
            mesh=setting.mesh,
            max_memory=int(running.max_memory * 2**30) if running.max_memory else None,
            resident=False if running.stream else None,
            announce=announce,
            checkpoint=state_file(work, arm.name, running, setting.mesh),
            checkpoint_seconds=running.attribution_checkpoint_seconds,
            progress=progress,
        )
    return scores, chosen


def state_file(work: Workdir, name: str, running: RunningFlags, mesh: Mesh) -> Path:
    """Where the score of an unfinished arm is kept.

    Sums over other devices or tiles can not be gone on with, so their state is another.
    """
    layout = "x".join(map(str, mesh.devices.shape))
    file = f"{name}.{layout}.{running.max_memory:g}GiB.state.npz"
    return work.stage("attribution") / file


def remove_states(work: Workdir, name: str) -> None:
    """Removes the states of an arm that is done, of all devices and tiles."""
    folder, pattern = work.stage("attribution"), f"{name}.*.state.npz"
    for state in folder.glob(pattern):
        state.unlink()
    remove_abandoned(folder, pattern)


def person_ids(cohort: Cohort) -> np.ndarray:
    """uint32 [N]: a number per person that no other person's presence changes."""
    samples = cohort.genotypes.samples
    pairs = zip(samples["FID"], samples["IID"], strict=True)
    texts = (f"{family}\0{person}" for family, person in pairs)
    return np.fromiter((zlib.crc32(text.encode()) for text in texts), np.uint32)


if __name__ == "__main__":
    launch_stage("attribution", __doc__, run, needs="ensemble", check=check_flags)
