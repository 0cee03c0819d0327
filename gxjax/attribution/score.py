"""Mean absolute attributions of many people, members and methods, in one stream."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from gxjax.attribution.completeness import completeness, joined
from gxjax.attribution.front import noise_law
from gxjax.attribution.method import METHODS
from gxjax.attribution.noise import NOISES, compose
from gxjax.attribution.step import Column, Member, dense_step, front_step
from gxjax.types import DosageSource, LinearFront, Progress, Scores, silent

__all__ = ["score", "score_dense"]


def score(
    front: LinearFront,
    dosages: DosageSource,
    people: np.ndarray,
    person_ids: np.ndarray,
    baseline: np.ndarray,
    columns: Sequence[tuple[str, str]],
    *,
    key: jax.Array,
    multiply_by_inputs: bool = True,
    batch_size: int = 64,
    draws: int = 5,
    sigma: float = 1.0,
    progress: Progress = silent,
) -> Scores:
    """Scores every variant by every column, through the linear front.

    A score is the mean over people of |attribution|; for `smoothgrad_squared`, of the
    mean square. No [N, V] array exists: a batch needs a few [B, V] ones, and one
    member's kernel is copied. All products are float32 at highest precision, sums over
    batches are compensated. Noise and draws are keyed by method, member and person, so
    scores do not depend on the batch size beyond rounding.

    A mean absolute score has no sign and can not tell a variant with a small effect
    in everybody from one with a large effect in few; times-input scores grow with the
    spread of the genotype.

    Args:
      front: the M networks.
      dosages: where the genotypes come from.
      people: int32 [N], whom to score, as `dosages.fetch` counts them.
      person_ids: uint32 [N], a lasting number per person, which keys the noise.
      baseline: float32 [K, V], dosages; methods are averaged over K > 1 rows.
      columns: C pairs (name in `METHODS`, noise in `NOISES`).
      key: JAX key.
      multiply_by_inputs: global (times x - x') instead of local attributions.
      batch_size: B, people at a time.
      draws: draws of SmoothGrad.
      sigma: its standard deviation, in dosages.
      progress: called after every batch of every member.

    Returns:
      `Scores`; `completeness.person` is the entry of `people`, and delta is computed in
      H dimensions from m_h . (h - h'), before the product back.

    Raises:
      ValueError: for an unknown method or noise, shapes that disagree, or a network
        output or an attribution that is NaN or infinite.
    """
    return _stream(
        front_step, front, dosages, people, person_ids, baseline, columns, key=key,
        multiply_by_inputs=multiply_by_inputs, batch_size=batch_size, draws=draws,
        sigma=sigma, progress=progress,
    )  # fmt: skip


def score_dense(
    front: LinearFront,
    dosages: DosageSource,
    people: np.ndarray,
    person_ids: np.ndarray,
    baseline: np.ndarray,
    columns: Sequence[tuple[str, str]],
    *,
    key: jax.Array,
    multiply_by_inputs: bool = True,
    batch_size: int = 64,
    draws: int = 5,
    sigma: float = 1.0,
    progress: Progress = silent,
) -> Scores:
    """The same scores without the front: every method on the whole network, noise in V.

    Slow and hungry, [B, S, V] for integrated gradients: the reference that tests hold
    `score` against, whose arguments and errors it shares. Equal to it where nothing but
    the method's own path is random; under noise, equal in distribution of the first
    moment only up to the conditional expectation that `score` takes.
    """
    return _stream(
        dense_step, front, dosages, people, person_ids, baseline, columns, key=key,
        multiply_by_inputs=multiply_by_inputs, batch_size=batch_size, draws=draws,
        sigma=sigma, progress=progress,
    )  # fmt: skip


def _stream(
    step, front, dosages, people, person_ids, baseline, columns, *, key,
    multiply_by_inputs, batch_size, draws, sigma, progress,
) -> Scores:  # fmt: skip
    people, person_ids = np.asarray(people), np.asarray(person_ids)
    rows = jnp.asarray(baseline, front.kernel.dtype)
    _check(front, people, person_ids, rows, columns, batch_size)
    plan = tuple(
        _column(name, noise, rows.shape[0], multiply_by_inputs, draws, sigma)
        for name, noise in columns
    )
    networks = jax.tree.map(jnp.asarray, (front.kernel, front.bias, front.tail))
    members = front.kernel.shape[0]
    batches = _batches(people, person_ids, batch_size)
    values, tables = [], []
    for index in range(members):
        member = _member(networks, rows, index)
        sums = jnp.zeros((2, len(plan), rows.shape[1]), rows.dtype)
        deltas = []
        for done, (batch, ids, mask) in enumerate(batches, start=index * len(batches)):
            sums, delta, outputs = step(
                sums, dosages.arrays, member, rows, batch, ids, mask, key,
                jnp.uint32(index), plan=plan, head=front.head, fetch=dosages.fetch,
            )  # fmt: skip
            _check_outputs(np.asarray(outputs), batch, index)
            deltas.append(np.asarray(delta))
            note = f"attribution, member {index + 1} of {members}"
            progress(done + 1, members * len(batches), note)
        values.append(np.asarray(sums[0] / len(people)))
        _check_finite(values[-1], columns, index)
        tables += completeness(plan, np.concatenate(deltas, 1), people, index)
    stacked = np.stack(values, axis=1)
    return Scores(stacked, tuple(tuple(c) for c in columns), joined(tables))


@jax.jit
def _member(networks: tuple, baseline: jax.Array, index: jax.Array) -> Member:
    kernel, bias, tail = jax.tree.map(lambda a: a[index], networks)
    ends = jnp.matmul(baseline, kernel, precision="highest") + bias[None]
    return Member(kernel, bias, tail, ends, noise_law(kernel))


def _column(name, noise, rows, multiply_by_inputs, draws, sigma) -> Column:
    method = METHODS[name]
    attribution = compose(
        method, noise, baselines=rows, multiply_by_inputs=multiply_by_inputs,
        draws=draws, sigma=sigma,
    )  # fmt: skip
    times_input = multiply_by_inputs and method.times_input
    return Column(method, noise, attribution, times_input)


def _batches(people, person_ids, batch_size) -> list[tuple]:
    """Equal batches; the last repeats its last person, masked out."""
    size = min(batch_size, len(people))
    batches = []
    for start in range(0, len(people), size):
        rows = np.minimum(np.arange(start, start + size), len(people) - 1)
        ids = person_ids[rows].astype(np.uint32)
        mask = np.arange(start, start + size) < len(people)
        batches.append((people[rows].astype(np.int32), ids, mask))
    return batches


def _check(front, people, person_ids, baseline, columns, batch_size) -> None:
    width = front.kernel.shape[1]
    if baseline.ndim != 2 or baseline.shape[1] != width or not baseline.shape[0]:
        raise ValueError(
            f"baseline: found shape {baseline.shape}, expected [K, {width}], one "
            "column per variant of the networks"
        )
    if people.ndim != 1 or people.shape != person_ids.shape or not people.size:
        raise ValueError(
            f"people {people.shape} and person_ids {person_ids.shape}: expected the "
            "same length, at least 1"
        )
    if batch_size < 1 or not columns:
        raise ValueError(
            f"batch_size={batch_size} with {len(columns)} columns: expected at least 1 "
            "of each"
        )
    for name, noise in columns:
        if name not in METHODS or noise not in NOISES:
            raise ValueError(
                f"columns: found ({name!r}, {noise!r}), expected a method among "
                f"{', '.join(sorted(METHODS))} (add yours by `register`) and a noise "
                f"among {', '.join(NOISES)}"
            )


def _check_finite(values: np.ndarray, columns, member: int) -> None:
    for (name, noise), row in zip(columns, values, strict=True):
        broken = np.flatnonzero(~np.isfinite(row))
        if broken.size:
            raise ValueError(
                f"attribution: method {name}, noise {noise}, member {member}: "
                f"{broken.size} of {row.size} scores are NaN or infinite, the first in "
                f"column {broken[0]}; look for diverged weights or missing dosages"
            )


def _check_outputs(outputs: np.ndarray, people: np.ndarray, member: int) -> None:
    """A network gone NaN may still have finite gradients, of relu for one."""
    broken = people[~np.isfinite(outputs)]
    if broken.size:
        raise ValueError(
            f"attribution: member {member} puts out NaN or infinity for person "
            f"{broken[0]}; look for diverged weights or missing dosages"
        )
