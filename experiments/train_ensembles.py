"""Trains one ensemble per arm: truth -> ensemble.

Arms: spikein (real + spike-ins), decoy (real + decoys), real. A killed run goes on from
the last epoch of the arm that it was in. Writes <workdir>/ensemble/<arm>.

example:
  python -m experiments.train_ensembles --workdir out
"""

from __future__ import annotations

import shutil
import time

import jax.numpy as jnp
import numpy as np
import pandas as pd

from experiments import console
from experiments.configuration import Configuration, EnsembleFlags
from experiments.launcher import launch_stage, root_key
from experiments.records import ARMS, load_arm, load_cohort, load_phenotype
from experiments.workdir import Workdir
from gxjax import rng
from gxjax.ensemble import MLP, TrainingConfig, predict, save_ensemble, train
from gxjax.ensemble.loss import validation_score
from gxjax.report.tables import write_table
from gxjax.types import TEST


def run(configuration: Configuration, work: Workdir) -> list[str]:
    notes = []
    for arm in ARMS:
        if not work.is_done(f"ensemble/{arm}"):
            started = time.monotonic()
            text = train_arm(configuration, work, arm)
            work.finish(f"ensemble/{arm}", time.monotonic() - started, [text])
        notes += work.record(f"ensemble/{arm}")["notes"]
    return notes


def train_arm(configuration: Configuration, work: Workdir, name: str) -> str:
    """Trains, tests and saves one arm; says how well it predicts TEST people."""
    flags, key = configuration.ensemble, root_key(configuration)
    cohort, phenotype = load_cohort(work), load_phenotype(work)
    arm = load_arm(work, cohort, name)
    folder = work.stage(f"ensemble/{name}")
    with console.bar(f"train {flags.members} networks on {name}") as progress:
        ensemble = train(
            rng.named(key, f"experiments/{name}"),
            arm,
            phenotype,
            cohort.split,
            model=model(flags),
            config=training_config(flags),
            members=flags.members,
            trait=cohort.trait,
            checkpoints=folder / "checkpoints",
            progress=progress,
        )
    # What a killed run left of an earlier save would be in the way.
    if (folder / "parameters").exists():
        shutil.rmtree(folder / "parameters")
    save_ensemble(ensemble, folder)
    people = np.flatnonzero(cohort.split == TEST)
    score_name, score = validation_score(cohort.trait)
    values = score(predict(ensemble, arm, people), phenotype[people])
    table = pd.DataFrame({"member": range(flags.members), "score_name": score_name})
    write_table(table.assign(test_score=values), folder / "test_score.tsv")
    shutil.rmtree(folder / "checkpoints")
    return (
        f"{name}: {score_name} on TEST people {values.mean():.3g} "
        f"({values.min():.3g} to {values.max():.3g} over members)"
    )


def model(flags: EnsembleFlags) -> MLP:
    """The network that the flags describe."""
    return MLP(
        flags.widths,
        flags.activation,
        flags.dropout,
        flags.batch_norm,
        flags.batch_norm_momentum,
        jnp.bfloat16 if flags.bfloat16 else jnp.float32,
    )


def training_config(flags: EnsembleFlags) -> TrainingConfig:
    """How the flags want it fitted."""
    return TrainingConfig(
        epochs=flags.epochs,
        batch_size=flags.batch_size,
        learning_rate=flags.learning_rate,
        cosine=flags.cosine,
        l1=flags.l1,
        l2=flags.l2,
        clip_norm=flags.clip_norm,
        patience=flags.patience,
        min_delta=flags.min_delta,
    )


if __name__ == "__main__":
    launch_stage("ensemble", __doc__, run, needs="truth")
