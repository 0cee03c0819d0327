"""Trains an ensemble: the vmap of one member's step, jitted once, buffers donated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from gxjax import rng
from gxjax.ensemble import member
from gxjax.ensemble.checkpoint import Checkpoints
from gxjax.ensemble.history import history_rows, latest_score, learning_rate
from gxjax.ensemble.inputs import DeviceArm, place
from gxjax.ensemble.loss import LOSSES, validation_score
from gxjax.ensemble.member import MemberState, TrainingConfig
from gxjax.ensemble.mlp import MLP
from gxjax.ensemble.program import Program, build_predict, build_program, predict_people
from gxjax.types import TRAIN, VALIDATION, Arm, Ensemble, Progress, silent

__all__ = ["predict", "train"]


def train(
    key: jax.Array,
    arm: Arm,
    phenotype: np.ndarray,
    split: np.ndarray,
    *,
    model: MLP,
    config: TrainingConfig,
    members: int,
    trait: str = "quantitative",
    checkpoints: Path | None = None,
    progress: Progress = silent,
) -> Ensemble:
    """Fits M networks to TRAIN people and keeps each at its best VALIDATION epoch.

    Members share the batches and differ in their initial weights and dropout, so their
    spread is less than that of runs with other batches or other people. A last batch of
    an epoch that would be smaller than the others is left out; the order of people
    changes with every epoch.

    Args:
      key: names every random number of the run.
      arm: the input, V columns of N people.
      phenotype: float32 [N]; 0/1 for a binary trait.
      split: int8 [N] of TRAIN, VALIDATION, TEST.
      model: the network.
      config: how it is fitted.
      members: M.
      trait: "quantitative" (squared error, R^2) or "binary" (logistic loss weighted
        by class, AUROC).
      checkpoints: a directory; a run that finds its own checkpoint there goes on from
        it and ends bit-identical to one that was never interrupted.
      progress: called after every step with (steps done, steps in all, note).

    Returns:
      `Ensemble`. A good validation score does not mean that the network found the
      causal variants: that is what the benchmark is for.

    Raises:
      ValueError: if TRAIN has fewer people than one batch, or VALIDATION fewer than 2,
        or a binary trait lacks a class in either.
    """
    people = {part: np.flatnonzero(split == part) for part in (TRAIN, VALIDATION)}
    _check(people, phenotype, config, members, trait)
    steps = len(people[TRAIN]) // config.batch_size
    transform = member.optimiser(config, steps * config.epochs)
    counts = tuple(block.count for block in arm.blocks)
    program = build_program(model, transform, config, trait, counts)
    arrays, y = place(arm), jnp.asarray(phenotype, jnp.float32)
    weight = jnp.asarray(_case_weight(trait, phenotype[people[TRAIN]]))

    score_name, evaluate = _evaluator(trait)

    state, best = program.init(key, jnp.arange(members))
    epoch = 0
    history: list[dict[str, Any]] = []
    with ExitStack() as stack:
        saver = stack.enter_context(Checkpoints(checkpoints)) if checkpoints else None
        if saver and (found := saver.restore((state, best))):
            epoch, (state, best), history = found
        while epoch < config.epochs and not np.all(best.stopped):
            loss = jnp.zeros((members,))
            order = _order(key, people[TRAIN], config.batch_size, epoch)
            for taken, batch in enumerate(order, start=epoch * steps + 1):
                state, part = program.step(state, arrays, y, batch, weight, key)
                loss = loss + part / steps
                progress(taken, steps * config.epochs, latest_score(history))
            epoch += 1
            values = evaluate(program, state, arrays, people[VALIDATION], y, weight)
            score = jnp.asarray(values["validation_score"], jnp.float32)
            best = program.keep_best(state, best, score, jnp.asarray(epoch))
            values["train_loss"] = np.asarray(loss)
            rate = learning_rate(config, epoch, steps)
            history += history_rows(epoch, rate, score_name, values, best)
            if saver:
                saver.save(epoch, (state, best), history)
    table = pd.DataFrame(history)
    return Ensemble(model, best.parameters, best.statistics, arm.encoding, trait, table)


def predict(
    ensemble: Ensemble, arm: Arm, people: np.ndarray, *, batch_size: int = 256
) -> np.ndarray:
    """Outputs float32 [M, n] for `people` int [n] of an arm; logits if binary."""
    counts = tuple(block.count for block in arm.blocks)
    arrays = place(arm)._replace(encoding=jax.tree.map(jnp.asarray, ensemble.encoding))
    return predict_people(
        build_predict(ensemble.model, counts),
        ensemble.parameters,
        ensemble.statistics,
        arrays,
        people,
        min(batch_size, len(people)),
    )


def _check(
    people: dict[int, np.ndarray],
    phenotype: np.ndarray,
    config: TrainingConfig,
    members: int,
    trait: str,
) -> None:
    if members < 1:
        raise ValueError(f"members is {members}; an ensemble needs at least 1")
    train_people, held_out = people[TRAIN], people[VALIDATION]
    if len(train_people) < config.batch_size:
        raise ValueError(
            f"the TRAIN split has {len(train_people)} people, fewer than one batch of "
            f"batch_size = {config.batch_size}; lower it or bring more people"
        )
    if config.batch_size < 2:
        raise ValueError("batch_size is below 2, which batch norm and R^2 need")
    if len(held_out) < 2:
        raise ValueError(
            f"the VALIDATION split has {len(held_out)} people; early stopping needs at "
            "least 2: bring more people"
        )
    for name, part in (("TRAIN", train_people), ("VALIDATION", held_out)):
        if np.ptp(phenotype[part]) == 0:
            what = "only one class" if trait == "binary" else "a constant phenotype"
            raise ValueError(f"the {name} split has {what}: nothing to learn")


def _case_weight(trait: str, phenotype: np.ndarray) -> float:
    """TRAIN controls per case, so that both classes weigh the same."""
    if trait != "binary":
        return 1.0
    return float((phenotype < 0.5).sum() / (phenotype > 0.5).sum())


def _order(
    key: jax.Array, people: np.ndarray, batch_size: int, epoch: int
) -> Iterator[jax.Array]:
    """The batches int32 [B] of an epoch: a permutation that the epoch names."""
    shuffled = rng.generator(key, "ensemble/order", epoch).permutation(people)
    for start in range(0, len(people) - batch_size + 1, batch_size):
        yield jnp.asarray(shuffled[start : start + batch_size], jnp.int32)


def _evaluator(trait: str) -> tuple[str, Any]:
    """The score's name, and the function that evaluates a state on held-out people."""
    name, score = validation_score(trait)

    def evaluate(
        program: Program,
        state: MemberState,
        arrays: DeviceArm,
        people: np.ndarray,
        y: jax.Array,
        case_weight: jax.Array,
    ) -> dict[str, np.ndarray]:
        networks = state.parameters, state.statistics
        batch_size = min(256, len(people))
        prediction = predict_people(
            program.predict, *networks, arrays, people, batch_size
        )
        phenotype = np.asarray(y)[people]
        losses = [LOSSES[trait](row, phenotype, case_weight) for row in prediction]
        return {
            "validation_loss": np.asarray(losses),
            "validation_score": score(prediction, phenotype),
        }

    return name, evaluate
