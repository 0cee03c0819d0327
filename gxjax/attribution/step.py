"""One batch of people, one member, all columns: the jitted step of a score."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import chex
import jax
import jax.numpy as jnp

from gxjax.attribution.front import NoiseLaw, draw, pull_back
from gxjax.attribution.method import Attribution, Method
from gxjax.attribution.noise import split
from gxjax.rng import named

__all__ = ["Column", "Member", "dense_step", "front_step"]


class Column(NamedTuple):
    """A method with its noise, composed; static under `jit`.

    Attributes:
      method: a row of `METHODS`.
      noise: one of `NOISES`.
      attribution: the two, composed.
      times_input: whether the attribution is global.
    """

    method: Method
    noise: str
    attribution: Attribution
    times_input: bool

    @property
    def is_complete(self) -> bool:
        """Whether its attributions should sum to f(x) - f(x')."""
        return self.method.complete and self.noise == "none" and self.times_input


class Member(NamedTuple):
    """One network behind its linear front.

    Attributes:
      kernel: float [V, H].
      bias: float [H].
      tail: what its head needs.
      ends: float [K, H], activations of the baselines.
      law: `NoiseLaw` of the kernel.
    """

    kernel: jax.Array
    bias: jax.Array
    tail: Any
    ends: jax.Array
    law: NoiseLaw


@partial(jax.jit, static_argnames=("plan", "head", "fetch"), donate_argnames=("sums",))
def front_step(
    sums, arrays, member, baseline, people, ids, mask, key, index, *, plan, head, fetch
):
    """Adds a batch to `sums` (total and compensation).

    Returns the sums, completeness of the complete columns [.., B], and outputs [B].
    """
    x = fetch(arrays, people).astype(baseline.dtype)
    chex.assert_shape(x, (people.shape[0], baseline.shape[1]))
    h = jnp.matmul(x, member.kernel, precision="highest") + member.bias[None]
    run = partial(head, member.tail)
    outputs = jax.vmap(run)(h)
    totals, deltas = [], [jnp.zeros((0, people.shape[0]), x.dtype)]
    for column in plan:
        parts, count = split(column.attribution), _rows_needed(column, baseline)
        ends, rows = member.ends[:count], baseline[:count]
        keys = _person_keys(key, column, index, ids)
        one = partial(_draw_person, parts, run, ends, member.law)
        found = jax.vmap(one)(h, keys)
        estimate = pull_back(parts, member.kernel, member.law, found, x, rows)
        totals.append(_masked_sum(estimate, mask))
        if column.is_complete:
            claimed = found.multipliers[:, 0] * (h[:, None] - ends[found.rows[:, 0]])
            change = outputs - jax.vmap(run)(ends).mean()
            deltas.append(_delta(claimed.sum(2).mean(1), change)[None])
    return _compensated(sums, jnp.stack(totals)), jnp.concatenate(deltas), outputs


def _draw_person(parts, head, ends, law, h, key):
    return draw(parts, head, h, ends, key, law)


@partial(jax.jit, static_argnames=("plan", "head", "fetch"), donate_argnames=("sums",))
def dense_step(
    sums, arrays, member, baseline, people, ids, mask, key, index, *, plan, head, fetch
):
    """As `front_step`, with every method on the whole network."""
    x = fetch(arrays, people).astype(baseline.dtype)

    def f(one):
        h = jnp.matmul(one[None], member.kernel, precision="highest")[0] + member.bias
        return head(member.tail, h)

    outputs = jax.vmap(f)(x)
    totals, deltas = [], [jnp.zeros((0, people.shape[0]), x.dtype)]
    for column in plan:
        rows = baseline[: _rows_needed(column, baseline)]
        keys = _person_keys(key, column, index, ids)
        run = partial(column.attribution, f, baseline=rows)
        with jax.default_matmul_precision("highest"):
            estimate = jax.vmap(lambda a, k, run=run: run(a, key=k))(x, keys)
            totals.append(_masked_sum(estimate, mask))
            if column.is_complete:
                change = outputs - jax.vmap(f)(rows).mean()
                deltas.append(_delta(estimate.sum(1), change)[None])
    return _compensated(sums, jnp.stack(totals)), jnp.concatenate(deltas), outputs


def _person_keys(key, column, index, ids):
    child = named(key, f"attribution/{column.method.name}", index)
    return jax.vmap(lambda i: jax.random.fold_in(child, i))(ids)


def _rows_needed(column: Column, baseline: jax.Array) -> int:
    """A local attribution that ignores its baseline is not repeated for each."""
    if column.times_input or column.method.uses_baseline:
        return baseline.shape[0]
    return 1


def _masked_sum(estimate: jax.Array, mask: jax.Array) -> jax.Array:
    return jnp.where(mask[:, None], jnp.abs(estimate), 0).sum(0)


def _compensated(sums: jax.Array, addition: jax.Array) -> jax.Array:
    """Kahan's sum: totals do not drift with the number of batches."""
    total, lost = sums
    addition = addition - lost
    updated = total + addition
    return jnp.stack([updated, (updated - total) - addition])


def _delta(claimed: jax.Array, change: jax.Array) -> jax.Array:
    return (claimed - change) / jnp.maximum(jnp.abs(change), 1e-6)
