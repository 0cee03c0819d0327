"""The pair contrast: whether a network's response to a variant depends on another."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gxjax.attribution.draws import product
from gxjax.channels import expand
from gxjax.faithfulness.kernel_rows import chosen_variants, kernel_rows, per_chunk
from gxjax.faithfulness.network import (
    activations,
    channels_of,
    check_dosages,
    check_member,
)
from gxjax.types import DosageSource, LinearFront, Progress, silent

__all__ = ["candidate_pairs", "pair_contrasts", "person_pair_contrasts"]


def candidate_pairs(scores: Any, top: int) -> np.ndarray:
    """All pairs among the `top` variants of a ranking.

    What this can NOT tell: a pair without main effects, whose members do not rank, is
    never among them.

    Args:
      scores: float [V], best is largest; of equal ones the first column wins.
      top: T, at least 2.

    Returns:
      int32 [T (T - 1) / 2, 2], the lower column first, in ascending order.

    Raises:
      ValueError: scores are not [V] or NaN, or `top` is not from 2 to V.
    """
    scores = np.asarray(scores)
    if scores.ndim != 1 or np.isnan(scores).any() or not 2 <= top <= len(scores):
        raise ValueError(
            f"scores {scores.shape}, top={top}: expected [variants] without NaN, and "
            "2 or more of them"
        )
    best = np.sort(np.argsort(-scores, kind="stable")[:top]).astype(np.int32)
    first, second = np.triu_indices(top, 1)
    return np.stack([best[first], best[second]], axis=1)


def pair_contrasts(
    front: LinearFront,
    dosages: DosageSource,
    people: Any,
    baseline: Any,
    pairs: Any,
    *,
    batch_size: int = 32,
    progress: Progress = silent,
) -> np.ndarray:
    """Mean absolute interaction of pairs of variants, per network.

    For a person x, a pair i, j and the baseline x', all else as it is in the person:
    |f(x_i, x_j) - f(x'_i, x_j) - f(x_i, x'_j) + f(x'_i, x'_j)|, averaged over people.
    It is 0 for everything that adds up. Costs 4 heads per person, member and pair: two
    busy cores ran 40,000 heads of 1000 x 200 a second, so that the 19,900 pairs of 200
    variants, at 100 people, are 200 s per network.

    What this can NOT tell: a pair that the network never learned has none. Interactions
    on the scale of the output may vanish on another scale (a logit's). Two variants in
    LD with ONE non-additive variant interact as well, so look at r^2 first. The two
    replaced dosages may never occur together. Outputs are float32: what is below about
    1e-7 |f| is rounding.

    Args:
      front: M networks.
      dosages: where the genotypes come from.
      people: int32 [N], as `dosages` counts them.
      baseline: float [V], dosages.
      pairs: int [P, 2], columns of the networks.
      batch_size: people at a time; changes nothing but rounding.
      progress: called after every member of every batch.

    Returns:
      float64 [M, P], in units of the output.

    Raises:
      ValueError: unknown variants, a variant paired with itself, nobody, or shapes that
        disagree.

    References:
      Friedman & Popescu, "Predictive Learning via Rule Ensembles", 2008, section 8,
      https://doi.org/10.1214/07-AOAS148
      Janizek, Sturmfels & Lee, "Explaining Explanations: Axiomatic Feature Interactions
      for Deep Networks", 2021, https://arxiv.org/abs/2002.04138
    """
    people = np.asarray(people, np.int32)
    if people.ndim != 1 or not len(people) or batch_size < 1:
        raise ValueError(
            f"people: found shape {people.shape}, batch_size={batch_size}; expected "
            "[N] with N >= 1, and at least 1"
        )
    members, batches = front.kernel.shape[0], range(0, len(people), batch_size)
    total = np.zeros((members, len(np.asarray(pairs))))
    for number, start in enumerate(batches):
        batch = jnp.asarray(people[start : start + batch_size])
        x = np.asarray(dosages.fetch(dosages.arrays, batch))
        for member in range(members):
            found = person_pair_contrasts(front, x, baseline, pairs, member=member)
            total[member] += np.abs(found).sum(axis=0)
            done = number * members + member + 1
            progress(done, len(batches) * members, "pair contrasts")
    return total / len(people)


def person_pair_contrasts(
    front: LinearFront, dosages: Any, baseline: Any, pairs: Any, *, member: int
) -> np.ndarray:
    """Signed interaction of pairs, person by person; see `pair_contrasts`.

    Args:
      front: M networks.
      dosages: float [B, V], few people.
      baseline: float [V], dosages.
      pairs: int [P, 2].
      member: which network.

    Returns:
      float64 [B, P].

    Raises:
      ValueError: as `pair_contrasts`, or no such member.
    """
    check_member(front, member)
    check_dosages(front, "dosages", dosages, 2)
    check_dosages(front, "baseline", baseline, 1)
    both = chosen_variants(front, pairs)
    if both.ndim != 2 or both.shape[1] != 2 or (both[:, 0] == both[:, 1]).any():
        raise ValueError(
            f"pairs: found shape {both.shape}, or a variant paired with itself; "
            "expected [P, 2] of two columns"
        )
    h = activations(front, member, dosages)
    x, rest = jnp.asarray(dosages, h.dtype), jnp.asarray(baseline, h.dtype)
    parts = []
    for chunk, count in per_chunk(both, 4 * h.size):
        found = _contrasts(
            front.kernel, front.tail, jnp.int32(member), x, rest, h, chunk,
            head=front.head, channels=channels_of(front),
        )  # fmt: skip
        parts.append(np.asarray(found, np.float64)[:, :count])
    at = np.concatenate(parts, axis=1)  # [B, P, 4]
    return at[..., 0] - at[..., 1] - at[..., 2] + at[..., 3]


@partial(jax.jit, static_argnames=("head", "channels"))
def _contrasts(kernel, tail, index, x, rest, h, pairs, *, head, channels):
    """Outputs [B, P, 4]: neither, first, second or both variants at the baseline."""
    one = jax.tree.map(lambda a: a[index], tail)

    def lost(column):
        """What the activations lose with variants [P] replaced; [P, B, H]."""
        rows = kernel_rows(kernel, index, column, channels)
        now = expand(channels, x[:, column].T[..., None])  # [P, B, L]
        then = expand(channels, rest[column][:, None])  # [P, L]
        return product(now - then[:, None], rows)

    first, second = lost(pairs[:, 0]), lost(pairs[:, 1])
    gone = jnp.stack([jnp.zeros_like(first), first, second, first + second])
    points = h[None, None] - gone  # [4, P, B, H]
    run = partial(head, one)
    with jax.default_matmul_precision("highest"):
        found = jax.vmap(jax.vmap(jax.vmap(run)))(points)
    return jnp.transpose(found, (2, 1, 0))
