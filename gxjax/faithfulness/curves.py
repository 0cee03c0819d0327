"""Deletion and insertion: does the output follow the variants that rank first?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import jax
import numpy as np

from gxjax.faithfulness.network import (
    activations,
    check_counted,
    check_dosages,
    check_member,
    check_people,
    outputs,
    replaced_changes,
    variant_count,
)
from gxjax.rng import generator
from gxjax.types import LinearFront

__all__ = [
    "FRACTIONS",
    "Curves",
    "checked_fractions",
    "curve_areas",
    "deletion_insertion",
    "relative_curves",
]

FRACTIONS = (
    *(0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05),
    *(0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
)
"""Shares of the variants that count: fine where rankings are made for."""


class Curves(NamedTuple):
    """Outputs of one network on the way between B people and their baseline.

    Attributes:
      fractions: float64 [S], from 0 to 1, of the variants that count.
      deletion: float64 [O + 1, B, S], outputs where the first variants of each order
        are set to the baseline; the last order is a random one.
      insertion: float64 [O + 1, B, S], where all others are.
      output: float64 [B], at the person.
      reference: float64 [B], at the baseline.
    """

    fractions: np.ndarray
    deletion: np.ndarray
    insertion: np.ndarray
    output: np.ndarray
    reference: np.ndarray


def deletion_insertion(
    front: LinearFront,
    dosages: Any,
    baseline: Any,
    importances: Sequence[Any],
    *,
    key: jax.Array,
    member: int,
    person_ids: Any,
    fractions: Sequence[float] = FRACTIONS,
    counted: Any = None,
) -> Curves:
    """Replaces variants by the baseline in the order of importance, and back.

    Both curves of an order come from one pass over the kernel per person. Ties are
    broken by a random order of the variants, the same for everybody. Variants that do
    not count come last in every order, the random one too, and are replaced with the
    last step: otherwise the random order alone would waste steps on what the network
    does not see, and every other order would gain on it for nothing.

    What this can NOT tell: half-replaced genotypes are none that anybody has, so the
    network is asked where it was never trained (Hooker et al.). Of two variants in LD
    the network may use either, so a steep curve shows that an order follows the
    network, never that the variants are causal. An order by |attribution| removes what
    raises and what lowers the output together, so a curve need not be monotone.

    Args:
      front: M networks.
      dosages: float [B, V], few people.
      baseline: float [V], dosages.
      importances: O arrays, each [B, V], or [V] for one order for all: most important
        is largest. |attributions| of the person or the mean score, for two.
      key: names the random order and the ties.
      member: which network.
      person_ids: uint32 [B], which key the random orders.
      fractions: ascending from 0 to 1; the nearest number of variants is taken.
      counted: bool [V], the variants that `fractions` are of (`Truth.typed`: those that
        networks are shown); all if left out.

    Returns:
      `Curves`.

    Raises:
      ValueError: shapes disagree, an importance that is NaN, such fractions, or
        no variant that counts.

    References:
      Petsiuk, Das & Saenko, "RISE: Randomized Input Sampling for Explanation of
      Black-box Models", 2018, https://arxiv.org/abs/1806.07421
      Samek et al., "Evaluating the Visualization of What a Deep Neural Network Has
      Learned", 2017, https://doi.org/10.1109/TNNLS.2016.2599820
      Hooker et al., "A Benchmark for Interpretability Methods in Deep Neural
      Networks", 2019, https://arxiv.org/abs/1806.10758
    """
    check_member(front, member)
    check_dosages(front, "dosages", dosages, 2)
    check_dosages(front, "baseline", baseline, 1)
    check_people(person_ids, len(dosages))
    given = [_importance(values, np.shape(dosages)) for values in importances]
    shares = checked_fractions(fractions)
    width, ids = variant_count(front), np.asarray(person_ids)
    shown = check_counted(front, counted)
    counts = np.rint(shares * np.count_nonzero(shown)).astype(np.int64)
    counts[-1] = width
    ties = generator(key, "faithfulness/ties").permutation(width)
    h = np.asarray(activations(front, member, dosages))
    end = np.asarray(activations(front, member, np.asarray(baseline)[None]))
    found = np.zeros((2, len(given) + 1, len(h), len(shares)))
    for person, x in enumerate(np.asarray(dosages)):
        drawn = generator(key, "faithfulness/order", int(ids[person]))
        orders = [_order(values[person], ties) for values in given]
        for place, order in enumerate([*orders, drawn.permutation(width)]):
            order = np.concatenate([order[shown[order]], order[~shown[order]]])
            chosen = _steps(order, counts)
            lost = replaced_changes(front, member, x, baseline, chosen)
            path = np.cumsum(lost, axis=0, dtype=np.float64)
            path = np.concatenate([np.zeros_like(path[:1]), path])
            points = np.stack([h[person] - path, end + path])
            found[:, place, person] = outputs(front, member, points)
    own, other = (outputs(front, member, rows) for rows in (h, end))
    return Curves(shares, found[0], found[1], own, np.broadcast_to(other, len(h)))


def _order(values: np.ndarray, ties: np.ndarray) -> np.ndarray:
    return ties[np.argsort(-values[ties], kind="stable")]


def _steps(order: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """bool [S - 1, V]: the variants that each step adds to those before."""
    chosen = np.zeros((len(counts) - 1, len(order)), bool)
    for step, (start, stop) in enumerate(pairwise(counts)):
        chosen[step, order[start:stop]] = True
    return chosen


def relative_curves(
    curves: Curves, outputs_on_the_way: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Curves on a scale from 0, the baseline's output, to 1, the person's.

    Given as a numerator and a denominator: a person's own curve is their quotient; that
    of several is the sum of numerators over the sum of denominators, which weighs
    people by |f(x) - f(x')|. The quotient of one person whose output is near the
    baseline's is mostly rounding, and here weighs next to nothing.

    Args:
      curves: which know the ends.
      outputs_on_the_way: float [.., B, S], a field of it.

    Returns:
      float64 [.., B, S], sign(f(x) - f(x')) (f - f(x')), and float64 [B],
      |f(x) - f(x')|.
    """
    change = curves.output - curves.reference
    moved = outputs_on_the_way - curves.reference[:, None]
    return np.sign(change)[:, None] * moved, np.abs(change)


def curve_areas(fractions: Any, curve: Any) -> np.ndarray:
    """Area under curves [.., S] over the share of variants, by trapezoids; [..].

    The axis is linear, as published: most of the area is of the many variants that
    matter little. Look at the curve itself for what the first thousandth does. For a
    deletion curve small is good, for an insertion curve large.
    """
    return np.trapezoid(np.asarray(curve, np.float64), np.asarray(fractions), axis=-1)


def _importance(values: Any, shape: tuple[int, ...]) -> np.ndarray:
    found = np.asarray(values)
    if found.shape not in (shape, shape[1:]) or np.isnan(found).any():
        raise ValueError(
            f"importances: found shape {found.shape}, or NaN; expected {shape} or "
            f"{shape[1:]}, without NaN"
        )
    return np.broadcast_to(found, shape)


def checked_fractions(fractions: Sequence[float]) -> np.ndarray:
    """Fractions float64 [S]; ValueError unless they ascend from 0 to 1."""
    shares = np.asarray(fractions, np.float64)
    ends = len(shares) > 1 and shares[0] == 0 and shares[-1] == 1
    if not ends or (np.diff(shares) <= 0).any():
        raise ValueError(
            f"fractions: found {list(fractions)}; expected them ascending, from 0 to 1"
        )
    return shares
