"""A training run: everything that its steps are called with, and what it ends in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, PartitionSpec

from gxjax.device_limit import device_limit
from gxjax.ensemble.first_layer import product_for
from gxjax.ensemble.layout import Layout, layout_of_blocks
from gxjax.ensemble.loss import balanced_case_weight
from gxjax.ensemble.member import Best, MemberState
from gxjax.ensemble.mesh import check_mesh, from_host, make_mesh
from gxjax.ensemble.network_input import fit_input_encoding, inputs_per_variant
from gxjax.ensemble.order import Order
from gxjax.ensemble.program import Program, build_program
from gxjax.ensemble.residency import Batch, Feed, make_feed
from gxjax.ensemble.roofline import StepCost, training_step_cost
from gxjax.ensemble.training_config import (
    Hyperparameters,
    TrainingConfig,
    hyperparameters,
)
from gxjax.ensemble.training_memory import TrainingPlan, settle, training_plan
from gxjax.simulated_devices import one_at_a_time
from gxjax.types import TRAIN, VALIDATION, Arm, Encoding

__all__ = [
    "Run",
    "Running",
    "begin",
    "no_loss",
    "shapes",
    "start",
    "step_cost",
    "take_step",
]


class Running(NamedTuple):
    """What of a run changes, so what a checkpoint holds.

    Attributes:
      state: of all members.
      best: their best epochs.
      loss: float32 [M], summed over this epoch's steps so far, divided by their number
        in an epoch.
    """

    state: MemberState
    best: Best
    loss: jax.Array


class Placed(NamedTuple):
    """On every device: the key, phenotypes [N] or [N, P], case weight, own [M]."""

    key: jax.Array
    phenotype: jax.Array
    case_weight: jax.Array
    own: Hyperparameters


class Run(NamedTuple):
    """What of a run stays.

    Attributes:
      model: the Flax module.
      config: how it is fitted.
      members: M.
      trait: "quantitative" or "binary".
      encoding: of the input columns, in their order.
      layout: where these columns lie.
      order: of TRAIN people.
      held_out: int [n], VALIDATION people.
      phenotype: float32 [N] or [N, P].
      feed: where batches come from.
      program: the compiled functions.
      placed: what every step is called with.
    """

    model: Any
    config: TrainingConfig
    members: int
    trait: str
    encoding: Encoding
    layout: Layout
    order: Order
    held_out: np.ndarray
    phenotype: np.ndarray
    feed: Feed
    program: Program
    placed: Placed

    @property
    def steps(self) -> int:
        """Steps of all epochs."""
        return self.order.steps * self.config.epochs

    @property
    def one_at_a_time(self) -> bool:
        """Whether a step must end before the next is begun."""
        return one_at_a_time(self.feed.mesh)


def begin(
    key: jax.Array,
    arm: Arm,
    phenotype: np.ndarray,
    split: np.ndarray,
    *,
    model: Any,
    config: TrainingConfig,
    members: int,
    trait: str,
    mesh: Mesh | None,
    resident: bool | None,
    max_memory: int | None = None,
    announce: Callable[[TrainingPlan], None] | None = None,
) -> Run:
    """Places what a run needs on its devices; arguments as of `train`."""
    layout = layout_of_blocks(arm.blocks)
    mesh = mesh or make_mesh(members=members, granules=layout.granules)
    size = config.batch_size // config.accumulate
    check_mesh(mesh, members, size, layout.granules)
    people, held_out = (np.flatnonzero(split == part) for part in (TRAIN, VALIDATION))
    own_order = np.arange(members) if config.data_order == "own" else None
    order = Order(key, people, config.batch_size, own_order, config.bootstrap)
    encoding = fit_input_encoding(model.channels, arm.encoding, arm.counts)
    phenotype = np.asarray(phenotype, np.float32)
    program = build_program(
        model.clone(front_product=product_for(model)),
        config,
        trait,
        inputs=layout.inputs(inputs_per_variant(model.channels)),
        members=members,
        steps=order.steps * config.epochs,
        mesh=mesh,
    )
    weight = balanced_case_weight(trait, phenotype[people])
    numbers = _everywhere(
        (jax.random.key_data(key), phenotype, weight, hyperparameters(config, members)),
        mesh,
    )
    placed = Placed(jax.random.wrap_key_data(numbers[0]), *numbers[1:])
    # Genotypes and networks, nearly all that a device will hold, are not there yet.
    plan_of = partial(
        training_plan, program, arm, encoding, placed, layout, mesh, config
    )
    stays = settle(plan_of, resident, device_limit(mesh, max_memory), announce)
    feed = make_feed(arm, encoding, layout, mesh, resident=stays)
    return Run(
        model,
        config,
        members,
        trait,
        encoding,
        layout,
        order,
        held_out,
        phenotype,
        feed,
        program,
        placed,
    )


def _everywhere(tree: Any, mesh: Mesh) -> Any:
    place = lambda leaf: from_host(np.asarray(leaf), mesh, PartitionSpec())  # noqa: E731
    return jax.tree.map(place, tree)


def shapes(run: Run) -> Running:
    """What a checkpoint of this run holds, as shapes and shardings."""
    state, best = run.program.shapes
    return Running(state, best, no_loss(run))


def start(run: Run) -> Running:
    """Fresh members."""
    mesh = run.feed.mesh
    inputs = run.layout.inputs(inputs_per_variant(run.model.channels))
    state, best = run.program.init(
        run.placed.key,
        from_host(inputs, mesh, PartitionSpec("variant")),
        _everywhere(np.arange(run.members, dtype=np.int32), mesh),
    )
    if run.one_at_a_time:
        jax.block_until_ready((state, best))
    return Running(state, best, no_loss(run))


def no_loss(run: Run) -> jax.Array:
    """Float32 [M]: `Running.loss` before the first step of an epoch."""
    return _everywhere(np.zeros(run.members, np.float32), run.feed.mesh)


def take_step(run: Run, running: Running, batch: Batch) -> Running:
    """One step of all members; the state given is gone after it."""
    placed = run.placed
    state, loss = run.program.step(
        running.state,
        running.loss,
        running.best.stopped,
        run.feed.arm,
        batch,
        placed.phenotype,
        placed.case_weight,
        placed.own,
        placed.key,
    )
    return running._replace(state=state, loss=loss)


def step_cost(run: Run) -> StepCost:
    """What a step must at least move and compute."""
    model, config = run.model, run.config
    channels = inputs_per_variant(model.channels)
    return training_step_cost(
        len(run.layout.columns) * channels,
        model.widths,
        members=run.members,
        batch_size=config.batch_size,
        outputs=model.outputs,
        wide=model.wide,
        channels=channels,
        bits=run.layout.bits,
        dtype=model.dtype,
        moment_dtype=jnp.bfloat16 if config.bfloat16_moments else jnp.float32,
        own_order=config.data_order == "own",
        accumulate=config.accumulate,
        mesh=run.feed.mesh.shape,
    )
