"""Splits trained networks behind their first product, per dosage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np
from flax import traverse_util

from gxjax.channels import CHANNELS, DOSAGE, expand
from gxjax.types import Channels, Encoding, Ensemble, LinearFront

__all__ = ["FrontedModel", "linear_front", "linear_front_of"]

_PROBES = 4
"""People of random dosages on whom a front must give what its network gives."""


@runtime_checkable
class FrontedModel(Protocol):
    """A Flax module that says which linear layer it begins with.

    `apply(variables, x [B, D])` is its output [B], or [B, P] of P phenotypes, in
    inference, without any further argument, and equals
    `apply(variables, x @ weights + bias, method="head")`.
    """

    def front_parameters(self, variables: Any) -> tuple[jax.Array, jax.Array]:
        """Weights [D, H] and bias [H] of the first layer, out of the variables."""

    def head(self, h: jax.Array) -> jax.Array:
        """Maps first-layer outputs [B, H] to outputs [B] or [B, P]."""


def linear_front(ensemble: Ensemble, *, output: int = 0) -> LinearFront:
    """The ensemble as `head(x @ kernel + bias)` of dosages x, the encoding folded in.

    What the networks see of a dosage, the ensemble knows: its model's `channels`.

    Args:
      ensemble: M trained networks.
      output: which phenotype, where they predict several.

    Returns:
      `LinearFront` with kernel float32 [M, L V, H] and bias float32 [M, H].

    Raises:
      TypeError, ValueError: as `linear_front_of`.
    """
    variables = {"params": ensemble.parameters, **ensemble.statistics}
    name = getattr(ensemble.model, "channels", "dosage")
    channels = None if name == "dosage" else CHANNELS[name]
    return linear_front_of(
        ensemble.model, variables, ensemble.encoding, channels, output=output
    )


def linear_front_of(
    model: Any,
    variables: Any,
    encoding: Encoding | None = None,
    channels: Channels | None = None,
    *,
    output: int = 0,
) -> LinearFront:
    """M networks, wherever they were trained, as `head(x @ kernel + bias)`.

    A network that saw (x - mean) * scale gets the kernel `scale * W` and the bias
    `b - (mean * scale) @ W`: attributions are per dosage, of the very network that was
    trained. The head runs in float32 whatever type the training computed in. A few
    random dosages check that front and head together give what the network gives.

    Args:
      model: a `FrontedModel`; its field `dtype`, if any, is set to float32.
      variables: its variables, `{"params": .., ..}`, with leading axis M.
      encoding: of the D inputs, one per channel of each variant; `fill` is not used.
        None where the network sees dosages, or their channels, as they are.
      channels: the L numbers that the network sees of a dosage, those of a variant
        beside each other, D = V L; None for the dosage itself.
      output: which phenotype, where the network predicts several. One at a time: a
        score is of one phenotype, and several need several fronts.

    Returns:
      `LinearFront` with kernel float32 [M, D, H] and bias float32 [M, H]. Its tail is
      those variables that the head reads.

    Raises:
      TypeError: the model is no `FrontedModel`.
      ValueError: shapes disagree, there is no such output, or the first layer is not
        what it is said to be.
    """
    _check_protocol(model)
    if hasattr(model, "dtype"):
        model = model.clone(dtype=jnp.float32)
    variables = jax.tree.map(jnp.asarray, dict(variables))
    members = _members(variables)
    kernel, bias = (
        array.astype(jnp.float32)
        for array in jax.vmap(model.front_parameters)(variables)
    )
    _check_shapes(kernel, bias, members, encoding, channels)
    seen = kernel
    if encoding is not None:
        scale = jnp.asarray(encoding.scale)
        centre = jnp.asarray(encoding.mean) * scale
        bias = bias - jnp.einsum("d,mdh->mh", centre, kernel, precision="highest")
        seen = kernel * scale[None, :, None]
    chosen = _chooser(model, variables, kernel.shape[1], output)

    def head(tail: Any, h: jax.Array) -> jax.Array:
        return chosen(model.apply(tail, h[None], method="head"))[0]

    tail = _read_by_head(model, variables, bias)
    front = LinearFront(seen, bias, head, tail, channels)
    _probe(model, variables, front, encoding, chosen)
    return front


def _chooser(model: Any, variables: Any, inputs: int, output: int) -> Callable:
    """A function that takes one output of [B] or [B, P]; it leaves other shapes."""
    one = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape[1:], a.dtype), variables)
    x = jax.ShapeDtypeStruct((_PROBES, inputs), jnp.float32)
    shape = jax.eval_shape(model.apply, one, x).shape
    count = shape[1] if len(shape) == 2 else 1
    if not 0 <= output < count:
        raise ValueError(
            f"output: found {output}, but the network has {count} outputs; expected "
            f"0 to {count - 1}"
        )
    return lambda found: found[:, output] if found.ndim == 2 else found


def _check_protocol(model: Any) -> None:
    missing = [
        name
        for name in ("front_parameters", "head", "apply")
        if not callable(getattr(model, name, None))
    ]
    if missing:
        raise TypeError(
            f"model: {type(model).__name__} has no method {missing[0]!r}; expected a "
            "Flax module with front_parameters(variables) -> (weights [D, H], bias "
            "[H]) and head(h [B, H]) -> [B] or [B, P], see FrontedModel"
        )


def _members(variables: Any) -> int:
    """M, the leading axis of every variable."""
    shapes = [jnp.shape(leaf) for leaf in jax.tree.leaves(variables)]
    counts = {shape[0] if shape else 0 for shape in shapes}
    if len(counts) != 1 or 0 in counts:
        raise ValueError(
            f"variables: found leading axes {sorted(counts)}; expected one number of "
            "members M in every array (for one network, add an axis of 1)"
        )
    return counts.pop()


def _check_shapes(kernel, bias, members: int, encoding, channels) -> None:
    inputs = kernel.shape[1] if kernel.ndim == 3 else None
    if inputs is None or bias.shape != (members, kernel.shape[2]):
        raise ValueError(
            f"front_parameters: found weights {kernel.shape[1:]} and bias "
            f"{bias.shape[1:]} per network; expected [D, H] and [H]"
        )
    count = 1 if channels is None else len(channels.functions)
    if inputs % count:
        raise ValueError(
            f"channels: {count} per variant, but the weights have {inputs} rows; "
            "expected a multiple, one row per channel of every variant"
        )
    if encoding is not None:
        for name in ("mean", "scale"):
            found = np.shape(getattr(encoding, name))
            if found != (inputs,):
                raise ValueError(
                    f"encoding.{name}: found shape {found}, expected ({inputs},), one "
                    "entry per input of the network"
                )


def _read_by_head(model: Any, variables: Any, bias: jax.Array) -> Any:
    """The variables that the head reads: not the first layer's, which are large."""
    flat = traverse_util.flatten_dict(variables)

    def head(flat, h):
        return model.apply(traverse_util.unflatten_dict(flat), h, method="head")

    one = {path: jax.ShapeDtypeStruct(a.shape[1:], a.dtype) for path, a in flat.items()}
    h = jax.ShapeDtypeStruct((1, bias.shape[1]), bias.dtype)
    jaxpr = jax.make_jaxpr(head)(one, h).jaxpr
    read = {id(v) for equation in jaxpr.eqns for v in equation.invars}
    read |= {id(v) for v in jaxpr.outvars}
    # Leaves of a dictionary are in the order of its sorted keys.
    places = zip(sorted(flat), jaxpr.invars, strict=False)
    kept = {path: flat[path] for path, variable in places if id(variable) in read}
    return traverse_util.unflatten_dict(kept)


def _probe(model: Any, variables: Any, front: LinearFront, encoding, chosen) -> None:
    """Raises ValueError where the front does not give what its networks give."""
    channels = front.channels or DOSAGE
    variants = front.kernel.shape[1] // len(channels.functions)
    dosages = np.random.default_rng(0).uniform(0, 2, (_PROBES, variants))
    inputs = expand(channels, jnp.asarray(dosages, jnp.float32))
    encoded = inputs
    if encoding is not None:
        mean, scale = jnp.asarray(encoding.mean), jnp.asarray(encoding.scale)
        encoded = (inputs - mean[None]) * scale[None]

    @jax.vmap
    def outputs(variables, kernel, bias, tail):
        whole = chosen(model.apply(variables, encoded))
        h = inputs @ kernel + bias[None]
        return whole, jax.vmap(front.head, (None, 0))(tail, h)

    with jax.default_matmul_precision("highest"):
        whole, split = jax.jit(outputs)(variables, front.kernel, front.bias, front.tail)
    _check_same(np.asarray(whole), np.asarray(split))


def _check_same(whole: np.ndarray, split: np.ndarray) -> None:
    """Of outputs [M, B]; a network that gives NaN is for the score to refuse."""
    for found, name in ((whole, "model"), (split, "head")):
        if found.shape != (len(whole), _PROBES):
            raise ValueError(
                f"model: found outputs {found.shape[1:]} of the {name} for {_PROBES} "
                f"inputs; expected ({_PROBES},), or a column per phenotype"
            )
    size = np.abs(whole).max(axis=1, keepdims=True)
    allowed = 1e-3 * np.ptp(whole, axis=1, keepdims=True) + 1e-5 * size + 1e-6
    wrong = np.isfinite(whole) & ~(np.abs(split - whole) <= allowed)
    if wrong.any():
        member, person = np.argwhere(wrong)[0]
        raise ValueError(
            f"model: on random dosages network {member} gives {whole[member, person]}"
            f", its head behind x @ weights + bias gives {split[member, person]}; "
            "expected the same: the first layer must be linear, and head all behind it"
        )
