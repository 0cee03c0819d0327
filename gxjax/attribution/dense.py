"""The reference: every method on the whole network, noise in V dimensions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gxjax.attribution.channels import DOSAGE, expand, fold
from gxjax.attribution.completeness import check_finite, completeness
from gxjax.attribution.draws import product
from gxjax.attribution.method import METHODS, Attribution, Method
from gxjax.attribution.noise import SmoothGrad, compose, split
from gxjax.attribution.plan import Plan, make_plan
from gxjax.attribution.score_arguments import check_score_arguments
from gxjax.attribution.stream import Notes
from gxjax.rng import named
from gxjax.types import Channels, DosageSource, LinearFront, Progress, Scores, silent

__all__ = ["score_dense"]


def score_dense(
    front: LinearFront,
    dosages: DosageSource,
    people: np.ndarray,
    person_ids: np.ndarray,
    baseline: np.ndarray,
    columns: Sequence[tuple[str, str]],
    *,
    key: jax.Array,
    methods: Mapping[str, Method] | None = None,
    multiply_by_inputs: bool = True,
    batch_size: int = 64,
    draws: int = 5,
    sigma: float = 1.0,
    progress: Progress = silent,
) -> Scores:
    """The scores of `score` without the front, whose arguments and errors it shares.

    Slow and hungry, [B, S, V] for integrated gradients: what tests hold `score`
    against. Equal to it where nothing but the method's own path is random; under noise,
    equal in distribution of the first moment only up to the conditional expectation
    that `score` takes.
    """
    methods = METHODS if methods is None else methods
    check_score_arguments(
        front, dosages, people, person_ids, baseline, columns, batch_size, methods
    )
    rows, people, ids = (
        jnp.asarray(baseline),
        np.asarray(people),
        np.asarray(person_ids),
    )
    options: dict[str, Any] = {
        "multiply_by_inputs": multiply_by_inputs,
        "draws": draws,
        "sigma": sigma,
    }
    plan = make_plan(
        columns, ("mean_absolute",), baselines=len(rows), methods=methods, **options
    )
    members, channels = front.kernel.shape[0], front.channels or DOSAGE
    values = np.zeros((len(columns), members, rows.shape[1]), np.float32)
    deltas: list[np.ndarray] = []
    for place, (name, noise) in enumerate(columns):
        method = methods[name]
        composed = compose(method, noise, baselines=len(rows), **options)
        attribution = _summed(composed, channels)
        for member in range(members):
            network = jax.tree.map(
                lambda a, m=member: a[m], (front.kernel, front.bias, front.tail)
            )
            child = named(named(key, "m", member), f"attribution/{name}")
            gap, change = [], []
            for start in range(0, len(people), batch_size):
                batch = slice(start, start + batch_size)
                x = dosages.fetch(dosages.arrays, jnp.asarray(people[batch]))
                ends = expand(channels, x), expand(channels, rows)
                found = _attribute(
                    attribution, front.head, network, *ends, ids[batch], child
                )
                values[place, member] += np.abs(found[0]).sum(0) / len(people)
                gap.append(found[0].sum(1) - found[1])
                change.append(found[1])
                progress(
                    (place * members + member) * len(people) + start + len(x),
                    len(columns) * members * len(people),
                    f"{name}, {noise}",
                )
            deltas.append(np.stack([np.concatenate(gap), np.concatenate(change)]))
    reduced = {("mean_absolute", "all"): values}
    notes = _notes(plan, np.stack(deltas).reshape(len(columns), members, 2, -1))
    check_finite(plan, notes, reduced, columns, people)
    table = completeness(plan, notes, people)
    pairs = tuple((name, noise) for name, noise in columns)
    return Scores(values, pairs, table, reduced)


@dataclass(frozen=True)
class _OverChannels:
    """An attribution of a network's inputs, added up to one number per variant."""

    attribution: Attribution
    channels: Channels
    times_input: bool

    def __call__(self, f, x, *, baseline, key) -> jax.Array:
        found = self.attribution(f, x, baseline=baseline, key=key)
        return fold(self.channels, found, self.times_input)


def _summed(attribution: Attribution, channels: Channels) -> Attribution:
    """Adds up the channels of every draw, within a statistic over draws."""
    times_input = split(attribution).times_input
    if not isinstance(attribution, SmoothGrad):
        return _OverChannels(attribution, channels, times_input)
    inner = _OverChannels(attribution.attribution, channels, times_input)
    return replace(attribution, attribution=inner)


@partial(jax.jit, static_argnums=(0, 1))
def _attribute(attribution, head, network, x, baseline, ids, key):
    """Attributions [B, V] of inputs [B, V L], and changes of output [B]."""
    kernel, bias, tail = network

    def f(one):
        return head(tail, product(one[None], kernel)[0] + bias)

    keys = jax.vmap(lambda person: jax.random.fold_in(key, person))(ids)
    with jax.default_matmul_precision("highest"):
        run = partial(attribution, f, baseline=baseline)
        found = jax.vmap(lambda a, k: run(a, key=k))(x, keys)
        return found, jax.vmap(f)(x) - jax.vmap(f)(baseline).mean()


def _notes(plan: Plan, deltas: np.ndarray) -> Notes:
    """As `score` notes them; deltas [C, M, 2, N]."""
    places = [group.columns[0] for group in plan.groups if group.is_complete]
    complete = np.moveaxis(deltas[places], 0, 1)  # [M, .., 2, N]
    checks = np.moveaxis(deltas[:1, :, 1], 0, 1)
    return Notes(complete[:, :, 0], complete[:, :, 1], checks)
