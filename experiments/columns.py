"""Which score columns the flags ask for, and the methods that make them."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp

from experiments.configuration import AttributionFlags, Configuration
from gxjax.attribution import (
    METHODS,
    NOISES,
    Method,
    integrated_gradients,
    integrated_gradients_to,
    register,
)
from gxjax.attribution.reduction import REDUCTIONS
from gxjax.types import COMPARATORS

__all__ = ["check_reductions", "method_table", "score_columns"]


def score_columns(configuration: Configuration) -> list[tuple[str, str]]:
    """Pairs (method, noise) of --methods and --noise.

    A method given as module:function is imported and registered.

    Raises:
      ValueError: an unknown name, module, function or noise.
    """
    flags = configuration.attribution
    for noise in flags.noise:
        if noise not in NOISES:
            raise ValueError(
                f"--noise: found {noise!r}; expected some of {', '.join(NOISES)}"
            )
    names = []
    for word in flags.methods:
        module_name, colon, attribute = word.partition(":")
        if not colon and word not in METHODS:
            raise ValueError(
                f"--methods: no method is called {word!r}; there are "
                f"{', '.join(sorted(METHODS))}; your own is module:function"
            )
        names.append(_import_method(module_name, attribute) if colon else word)
    noises = dict.fromkeys(flags.noise)
    return [(name, noise) for name in dict.fromkeys(names) for noise in noises]


def method_table(flags: AttributionFlags) -> dict[str, Method]:
    """`METHODS` with integrated gradients as the flags want them."""
    if flags.integration_tolerance > 0:
        path = integrated_gradients_to(flags.integration_tolerance)
    else:
        path = partial(integrated_gradients, steps=flags.integration_steps)
    known = METHODS["integrated_gradients"]
    return METHODS | {"integrated_gradients": known._replace(function=path)}


def check_reductions(flags: AttributionFlags) -> None:
    """Raises ValueError for a reduction that is unknown or has no merged estimate."""
    unknown = [name for name in flags.reductions if name not in REDUCTIONS]
    if unknown:
        raise ValueError(
            f"--reductions: found {unknown[0]!r}; expected some of "
            f"{', '.join(REDUCTIONS)}"
        )
    if flags.merge_draws and "mean_square" in flags.reductions:
        raise ValueError(
            "--merge_draws with --reductions mean_square: the square of a merged "
            "estimate is too large in expectation; leave one of them out"
        )


def _import_method(module_name: str, attribute: str) -> str:
    try:
        function = getattr(importlib.import_module(module_name), attribute)
    except Exception as error:  # a module of the user's can raise anything
        raise ValueError(
            f"--methods: importing {module_name}:{attribute}: "
            f"{type(error).__name__}: {error}"
        ) from error
    if not callable(function):
        raise ValueError(
            f"--methods: {module_name}:{attribute} is no function but {function!r}"
        )
    if attribute in COMPARATORS:
        raise ValueError(
            f"--methods: {module_name}:{attribute} has the name of a comparator, and "
            "would be compared with, not judged; give the function another name than "
            f"{', '.join(COMPARATORS)}"
        )
    _try_method(f"{module_name}:{attribute}", function)
    for name, method in METHODS.items():
        if method.function is function:
            return name
    register(function)
    return attribute


def _try_method(word: str, function: Callable[..., jax.Array]) -> None:
    """Raises ValueError if the method fails on a toy: not after hours of training."""
    point = jax.ShapeDtypeStruct((5,), jnp.float32)

    def trial(x: jax.Array, key: jax.Array) -> jax.Array:
        return function(lambda z: jnp.sum(z**2), x, baseline=0 * x, key=key)

    try:
        found = jax.eval_shape(trial, point, jax.random.key(0))
    except Exception as error:  # whatever the user's function raises
        text = str(error).partition("\n")[0]
        raise ValueError(
            f"--methods: {word}, tried on a sum of squares, raises "
            f"{type(error).__name__}: {text}"
        ) from error
    if getattr(found, "shape", None) != point.shape:
        raise ValueError(
            f"--methods: {word} returns {found} for x of shape {point.shape}; expected "
            "multipliers, one for each entry of x"
        )
