"""Networks forgotten layer by layer, from the output down to the genotypes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gxjax.rng import generator, named

__all__ = ["DRAWN_BY", "cascade", "randomise_layers", "randomised"]

DRAWN_BY = ("normal", "permute")
"""How the entries of a forgotten array are made."""


def cascade(parameters: Mapping[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    """The layers of a `gxjax.ensemble.MLP`, from the output down to the first.

    A norm is forgotten together with the product before it. `norms_0` follows `front`,
    `norms_i` follows `hidden_{i - 1}`.

    Args:
      parameters: pytree of an `Ensemble`, by the names that the model gives.

    Returns:
      Pairs (name of the layer, its keys of `parameters`), output first; the keys are
      those that are there, each exactly once.

    Raises:
      ValueError: a key that is none of an MLP: give `randomise_layers` your own layers.
    """
    depth: dict[str, int] = {}
    for name in parameters:
        found = re.fullmatch(
            r"(front|hidden|norms|output|output_bias)(?:_(\d+))?", name
        )
        if found is None:
            raise ValueError(
                f"parameters: found {name!r}; expected front, hidden_i, norms_i and "
                "output, or layers of your own"
            )
        number = int(found[2] or 0)
        kind = found[1]
        if kind in ("output", "output_bias"):
            depth[name] = len(parameters)
        elif kind == "hidden":
            depth[name] = number + 1
        else:
            depth[name] = number
    layers = []
    for level in sorted(set(depth.values()), reverse=True):
        keys = tuple(sorted(name for name, own in depth.items() if own == level))
        main = [name for name in keys if not name.startswith("norms")]
        layers.append(((main or list(keys))[0], keys))
    return layers


def randomise_layers(
    parameters: Mapping[str, Any],
    key: jax.Array,
    *,
    layers: Sequence[tuple[str, tuple[str, ...]]] | None = None,
    drawn_by: str = "normal",
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Forgets one more layer at a time: cascading parameter randomisation.

    An attribution that stays the same when the network forgets what it learned is one
    of the input alone: of allele frequencies, for genotypes. The caller rebuilds the
    networks (`dataclasses.replace(ensemble, parameters=...)`, `linear_front`), scores
    them and asks `rank_agreement`. Batch statistics are left as they were, so a hidden
    unit may be off its usual range, and in a deep network all units may close: scores
    are then 0, and have no rank agreement.

    What this can NOT tell: a method that fails here can not be trusted; one that passes
    need not be right. Agreement of squared or absolute scores with those of a forgotten
    network is above 0 already where they follow the spread of the genotype.

    Args:
      parameters: pytree of arrays with leading axis M, of an `Ensemble`; not changed.
      key: names the draws, by layer, array and member.
      layers: pairs (name, keys of `parameters`) in the order to be forgotten; those of
        `cascade` if left out.
      drawn_by: see `randomised`.

    Yields:
      The name of the layer forgotten last, and the parameters: all layers up to it are
      drawn anew, the others are the arrays given.

    Raises:
      ValueError: an unknown key or `drawn_by`.

    References:
      Adebayo et al., "Sanity Checks for Saliency Maps", 2018,
      https://arxiv.org/abs/1810.03292
    """
    current = dict(parameters)
    for name, keys in cascade(parameters) if layers is None else layers:
        current = randomised(current, keys, key, drawn_by=drawn_by)
        yield name, current


def randomised(
    parameters: Mapping[str, Any],
    keys: Sequence[str],
    key: jax.Array,
    *,
    drawn_by: str = "normal",
) -> dict[str, Any]:
    """The parameters with every array below some keys drawn anew, member by member.

    Args:
      parameters: pytree of arrays with leading axis M; not changed.
      keys: of `parameters`.
      key: names the draws.
      drawn_by: "normal" draws with the mean and standard deviation of the member's
        array, so of a bias that is 0 nothing changes; "permute" shuffles its entries
        on the host, which keeps heavy tails too.

    Returns:
      float32 arrays of the same structure and shapes.

    Raises:
      ValueError: an unknown key or `drawn_by`.
    """
    unknown = [name for name in keys if name not in parameters]
    if unknown or drawn_by not in DRAWN_BY:
        raise ValueError(
            f"keys {unknown or list(keys)}, drawn_by={drawn_by!r}: expected some of "
            f"{list(parameters)}, and one of {DRAWN_BY}"
        )
    found = dict(parameters)
    for name in keys:
        paths, structure = jax.tree_util.tree_flatten_with_path(parameters[name])
        arrays = [
            _drawn(array, key, name + jax.tree_util.keystr(path), drawn_by)
            for path, array in paths
        ]
        found[name] = jax.tree.unflatten(structure, arrays)
    return found


def _drawn(array: Any, key: jax.Array, path: str, drawn_by: str) -> jax.Array:
    name, members = f"faithfulness/forget/{path}", range(len(array))
    if drawn_by == "permute":
        shuffled = np.array(array)
        for member in members:
            generator(key, name, member).shuffle(shuffled[member].reshape(-1))
        return jnp.asarray(shuffled)
    keys = jax.vmap(lambda member: named(key, name, member))(jnp.arange(len(array)))
    return _normal(jnp.asarray(array), keys)


@jax.jit
def _normal(array: jax.Array, keys: jax.Array) -> jax.Array:
    def of_member(own, key):
        return own.mean() + own.std() * jax.random.normal(key, own.shape, own.dtype)

    return jax.vmap(of_member)(array, keys)
