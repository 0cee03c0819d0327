"""The contract of an attribution method, and the table of those that are known."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax

__all__ = ["METHODS", "Attribution", "Method", "register"]

Attribution = Callable[..., jax.Array]
"""`method(f, x, *, baseline, key) -> multipliers`, pure, for ONE sample.

`f` maps float [D] to a scalar, `x` and `baseline` are float [D], `key` is a JAX key
(ignored by deterministic methods), the result is float [D], per unit of `x`. D is V for
a whole network and H behind its linear front: a method must not care, which holds for
every method whose multipliers obey the chain rule through a linear map. Batch, members,
draws and devices are added outside; times-input, noise and reduction compose around it.
"""


class Method(NamedTuple):
    """A method and what it claims.

    Attributes:
      name: as in tables.
      function: an `Attribution`.
      complete: claims sum(m * (x - x')) = f(x) - f(x').
      times_input: multiplied by x - x' when global attributions are asked for; False
        for a method that is always local, as saliency is published.
      uses_baseline: False if the multipliers do not depend on the baseline.
      one_draw: for a method that averages over draws, the function with a single draw;
        with several baselines each of `draws` draws then picks a baseline of its own.
      draws: how many draws `function` averages.
      parts: for a method that tells what raised a unit from what lowered it, and so
        needs both behind the linear front: `parts(head, h, h_baseline, positive,
        negative) -> (m_positive, m_negative)`, all float [H], with positive + negative
        = h - h_baseline. `function` is then for the whole network only, and neither
        draws. Without noise two V-wide products each way; with it, V numbers, 1 + R
        products forward and 2 R back per draw, R baselines: |x + eps - x'| |W| has no
        law in H dimensions.
    """

    name: str
    function: Attribution
    complete: bool = False
    times_input: bool = True
    uses_baseline: bool = True
    one_draw: Attribution | None = None
    draws: int = 1
    parts: Callable | None = None


METHODS: dict[str, Method] = {}
"""Every registered method by name; the benchmark runs those it is asked for."""


def register(
    name: str | Attribution | None = None,
    *,
    complete: bool = False,
    times_input: bool = True,
    uses_baseline: bool = True,
    one_draw: Attribution | None = None,
    draws: int = 1,
    parts: Callable | None = None,
) -> Callable:
    """Adds a method to `METHODS`: a decorator, with or without arguments.

    ```
    @register(complete=False)
    def gradient_at_baseline(f, x, *, baseline, key):
        return jax.grad(f)(baseline)
    ```

    Args:
      name: the name in tables; the function's own if left out.
      complete: see `Method`.
      times_input: see `Method`.
      uses_baseline: see `Method`.
      one_draw: see `Method`.
      draws: see `Method`.
      parts: see `Method`.

    Returns:
      The function, unchanged.

    Raises:
      ValueError: if the name is taken by another function.
    """
    if callable(name):
        return register()(name)

    def add(function: Attribution) -> Attribution:
        label = str(name or getattr(function, "__name__", repr(function)))
        if label in METHODS:
            raise ValueError(
                f"register: the method '{label}' exists already; give another name, "
                "as in @register('my_method')"
            )
        METHODS[label] = Method(
            label,
            function,
            complete=complete,
            times_input=times_input,
            uses_baseline=uses_baseline,
            one_draw=one_draw,
            draws=draws,
            parts=parts,
        )
        return function

    return add
