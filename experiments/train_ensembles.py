"""Trains one ensemble per arm: truth -> ensemble.

Arms: spikein (real + spike-ins), decoy (real + decoys), real; where they are asked for
knockoff (real + knockoffs), null ensembles, and those of --spread. A killed run goes on
from the newest checkpoint of the arm that it was in. Writes <workdir>/ensemble/<arm>.

example:
  python -m experiments.train_ensembles --workdir out
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from experiments import console, hosts
from experiments.arms import ArmPlan, arm_plans, load_arm_phenotype, load_planned
from experiments.configuration import Configuration, EnsembleFlags, RunningFlags
from experiments.keys import root_key
from experiments.launcher import launch_stage
from experiments.preemption import Preempted, preemption
from experiments.profiler import ProfiledSteps, parse_steps, profiled
from experiments.records import load_cohort
from experiments.training_mesh import training_mesh
from experiments.workdir import Workdir
from gxjax import rng
from gxjax.ensemble import (
    MLP,
    TrainingConfig,
    TrainingStopped,
    predict,
    save_ensemble,
    train,
)
from gxjax.ensemble.loss import validation_score
from gxjax.ensemble.peaks import device_peaks
from gxjax.ensemble.training_config import hyperparameters
from gxjax.ensemble.training_memory import TrainingPlan
from gxjax.report.tables import write_table
from gxjax.types import TEST, Ensemble


def run(configuration: Configuration, work: Workdir) -> list[str]:
    check_flags(configuration)
    notes: list[str] = []
    with preemption() as asked:
        for plan in arm_plans(configuration, work.replicate):
            stage = f"ensemble/{plan.name}"
            if not hosts.first_says(work.is_done(stage)):
                started = time.monotonic()
                text = train_arm(configuration, work, plan, asked)
                seconds = time.monotonic() - started
                hosts.on_first(partial(work.finish, stage, seconds, [text]))
                hosts.on_first(partial(forget_checkpoints, work, stage))
            found = hosts.on_first(partial(work.record, stage))
            notes += found["notes"] if found else []
    return notes


def check_flags(configuration: Configuration) -> None:
    """Raises an error for what the flags alone give away."""
    flags = configuration.ensemble
    model(flags)
    hyperparameters(training_config(flags), flags.members)
    training_mesh(
        configuration.running.training_mesh,
        flags.members,
        flags.batch_size // flags.accumulate,
    )
    profiled_steps(configuration.running)


def profiled_steps(running: RunningFlags) -> ProfiledSteps | None:
    """Of --profile_steps, or None."""
    return parse_steps(running.profile_steps) if running.profile_steps else None


def train_arm(
    configuration: Configuration,
    work: Workdir,
    plan: ArmPlan,
    asked: Callable[[], bool],
) -> str:
    """Trains one arm on all processes; the first tests and saves it."""
    flags, running = plan.flags(configuration.ensemble), configuration.running
    cohort, name = load_cohort(work), plan.name
    phenotype = load_arm_phenotype(configuration, work, cohort, plan)
    arm = load_planned(work, cohort, plan)
    folder = work.stage(f"ensemble/{name}")
    steps = profiled_steps(running)
    size = flags.batch_size // flags.accumulate
    mesh = training_mesh(running.training_mesh, flags.members, size)
    with (
        console.bar(f"train {flags.members} networks on {name}") as progress,
        profiled(steps, folder / "trace") as after,
    ):

        def both(done: int, total: int, words: str = "") -> None:
            progress(done, total, words)
            after(done)

        try:
            ensemble = train(
                rng.named(root_key(configuration, work), f"experiments/{name}"),
                arm,
                phenotype,
                cohort.split,
                model=model(flags),
                config=training_config(flags),
                members=flags.members,
                trait=cohort.trait,
                mesh=mesh,
                resident=False if running.stream else None,
                max_memory=int(running.max_memory * 2**30) or None,
                announce=say_plan,
                checkpoints=folder / "checkpoints",
                checkpoint_steps=running.checkpoint_steps,
                checkpoint_minutes=running.checkpoint_minutes,
                stop=asked,
                warn=console.warn,
                events=folder / "events" if running.tensorboard else None,
                peaks=device_peaks(jax.devices()[0]),
                progress=both,
            )
        except TrainingStopped as stopped:
            raise Preempted(stopped.step) from stopped
    people = np.flatnonzero(cohort.split == TEST)
    outputs = predict(ensemble, arm, people, mesh=mesh)
    return (
        hosts.on_first(
            partial(save_arm, ensemble, name, outputs, phenotype[people], folder)
        )
        or ""
    )


def forget_checkpoints(work: Workdir, stage: str) -> None:
    """Removes what a finished arm has no more use for; only then, lest it be lost."""
    if (folder := work.stage(stage) / "checkpoints").exists():
        shutil.rmtree(folder)


def save_arm(
    ensemble: Ensemble,
    name: str,
    outputs: np.ndarray,
    phenotype: np.ndarray,
    folder: Path,
) -> str:
    """Saves an ensemble and how well its outputs [M, n] predict TEST people [n]."""
    # What a killed run left of an earlier save would be in the way.
    if (folder / "parameters").exists():
        shutil.rmtree(folder / "parameters")
    save_ensemble(ensemble, folder)
    score_name, score = validation_score(ensemble.trait)
    values = score(outputs, phenotype)
    table = pd.DataFrame({"member": range(len(values)), "score_name": score_name})
    write_table(table.assign(test_score=values), folder / "test_score.tsv")
    return (
        f"{name}: {score_name} on TEST people {values.mean():.3g} "
        f"({values.min():.3g} to {values.max():.3g} over members)"
    )


def say_plan(plan: TrainingPlan) -> None:
    """Prints what training will take of every device, and how much that may be."""
    for line in plan.lines():
        console.say(f"  {line}")


def _one_or_all(numbers: tuple[float, ...]) -> float | tuple[float, ...]:
    return numbers[0] if len(numbers) == 1 else numbers


def model(flags: EnsembleFlags) -> MLP:
    """The network that the flags describe."""
    return MLP(
        flags.widths,
        flags.activation,
        flags.dropout,
        flags.norm,
        flags.batch_norm_momentum,
        jnp.bfloat16 if flags.bfloat16 else jnp.float32,
        wide=flags.wide,
        channels=flags.channels,
    )


def training_config(flags: EnsembleFlags) -> TrainingConfig:
    """How the flags want it fitted."""
    return TrainingConfig(
        epochs=flags.epochs,
        batch_size=flags.batch_size,
        learning_rate=_one_or_all(flags.learning_rate),
        cosine=flags.cosine,
        l1=_one_or_all(flags.l1),
        l2=_one_or_all(flags.l2),
        clip_norm=flags.clip_norm,
        patience=flags.patience,
        min_delta=flags.min_delta,
        data_order=flags.data_order,
        bootstrap=flags.bootstrap,
        accumulate=flags.accumulate,
        bfloat16_moments=flags.bfloat16_moments,
    )


if __name__ == "__main__":
    launch_stage("ensemble", __doc__, run, needs="truth", check=check_flags)
