"""Attributions of a few people, kept person by person instead of averaged."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gxjax.attribution.front import NoiseLaw
from gxjax.attribution.method import METHODS, Method
from gxjax.attribution.noise import NOISES, compose, split
from gxjax.faithfulness.fronted import by_front, member_noise_law
from gxjax.faithfulness.network import (
    activations,
    check_dosages,
    check_member,
    check_people,
)
from gxjax.faithfulness.whole_network import by_whole_network
from gxjax.rng import named
from gxjax.types import LinearFront

__all__ = ["person_attributions"]


def person_attributions(
    front: LinearFront,
    dosages: Any,
    baseline: Any,
    column: tuple[str, str],
    *,
    key: jax.Array,
    member: int,
    person_ids: Any,
    methods: Mapping[str, Method] | None = None,
    multiply_by_inputs: bool = True,
    draws: int = 5,
    sigma: float = 1.0,
    batch_size: int = 8,
    law: NoiseLaw | None = None,
) -> np.ndarray:
    """Signed attributions of B people by one column and one network.

    What `gxjax.attribution.score` averages the absolute values of: the same, where
    nothing but the method is random; under noise with other draws, of the same law. A
    method that tells rises from falls (`Method.parts`) runs on the whole network, one
    person at a time, so it holds several arrays [V, H]: for it, V is not unlimited.

    For few people: the result is [B, V]. What attributions can not tell is said of
    each method; with squared noise they have neither a sign nor the unit of the output.

    Args:
      front: M networks.
      dosages: float [B, V], copies of A1, missing calls filled.
      baseline: float [K, V], dosages; attributions are averaged over K > 1 rows.
      column: (name in `methods`, noise in `NOISES`).
      key: JAX key, the one that `score` had.
      member: which network.
      person_ids: uint32 [B], a lasting number per person, which keys all draws.
      methods: by name; `METHODS` if left out.
      multiply_by_inputs: times x - x' instead of local, of methods that have both.
      draws: draws of noise, K.
      sigma: its standard deviation, in dosages.
      batch_size: people at a time; changes nothing but memory and rounding.
      law: `member_noise_law` of this member, where many calls share it.

    Returns:
      float32 [B, V], in units of the output; per copy of A1 where local.

    Raises:
      ValueError: shapes disagree, there is no such member, method or noise, or there is
        something not finite in dosages, baseline or the result.
    """
    methods = METHODS if methods is None else methods
    _check(front, dosages, baseline, column, member, person_ids, methods, batch_size)
    rows = jnp.asarray(baseline, front.kernel.dtype)
    method = methods[column[0]]
    attribution = compose(
        method, column[1], baselines=len(rows), multiply_by_inputs=multiply_by_inputs,
        draws=draws, sigma=sigma,
    )  # fmt: skip
    child = named(named(key, "m", member), f"attribution/{column[0]}")
    if method.parts is None:
        if split(attribution).noise is not None and law is None:
            law = member_noise_law(front, member)
        ends = activations(front, member, rows)
        run = partial(by_front, front, member, attribution, law, rows, ends)
    else:
        batch_size = 1
        run = partial(by_whole_network, front, member, attribution, rows)
    found = np.concatenate(
        [
            np.asarray(run(x, ids, child))[:count]
            for x, ids, count in _batches(dosages, person_ids, batch_size)
        ]
    )
    _check_found(found, column, member, person_ids)
    return found


def _batches(dosages, person_ids, batch_size: int):
    """Blocks of one shape, the last filled up with its last person: one program."""
    dosages, ids = np.asarray(dosages), np.asarray(person_ids, np.uint32)
    size = min(batch_size, len(dosages))
    for start in range(0, len(dosages), size):
        rows = np.minimum(np.arange(start, start + size), len(dosages) - 1)
        yield dosages[rows], ids[rows], min(size, len(dosages) - start)


def _check(front, dosages, baseline, column, member, ids, methods, batch_size) -> None:
    check_member(front, member)
    check_dosages(front, "dosages", dosages, 2)
    check_dosages(front, "baseline", baseline, 2)
    check_people(ids, len(dosages))
    if batch_size < 1:
        raise ValueError(f"batch_size: found {batch_size}; expected 1 or more")
    name, noise = column
    if name not in methods or noise not in NOISES:
        raise ValueError(
            f"column: found ({name!r}, {noise!r}); expected a method among "
            f"{', '.join(sorted(methods))} and a noise among {', '.join(NOISES)}"
        )


def _check_found(found, column, member, ids) -> None:
    broken = np.flatnonzero(~np.isfinite(found).all(axis=1))
    if len(broken):
        raise ValueError(
            f"attributions: method {column[0]}, noise {column[1]}, member {member}: "
            f"not finite for person {np.asarray(ids)[broken[0]]}; look for diverged "
            "weights"
        )
