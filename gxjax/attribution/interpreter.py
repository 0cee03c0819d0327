"""Walks a jaxpr with values of our own: what the secant and RevealCancel share.

A *point* is what a walk carries for an array. It has a `value`; `varies`, whether the
array depends on the input; and, while it is an elementwise function of ONE varying
array, that array's `root` and `local`, the derivative of the value with respect to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.extend.core as jex
import jax.numpy as jnp

__all__ = [
    "CALLS",
    "binder",
    "called",
    "interpret",
    "is_float",
    "local_derivative",
    "own_derivative",
    "shared_root",
]

CALLS = {
    **dict.fromkeys(("jit", "pjit", "remat", "remat2", "checkpoint"), "jaxpr"),
    **dict.fromkeys(("closed_call", "core_call"), "call_jaxpr"),
    **dict.fromkeys(("custom_jvp_call", "custom_vjp_call"), "call_jaxpr"),
}
"""Primitives that are entered, and the parameter that holds their jaxpr."""

Rule = Callable[[jex.JaxprEqn, list], list]
Constant = Callable[[Any], Any]


def interpret(
    jaxpr: Any, constants: Sequence, points: Sequence, constant: Constant, rule: Rule
) -> list:
    """Evaluates a jaxpr on points.

    Args:
      jaxpr: a jaxpr that is not closed.
      constants: the values of its constants.
      points: one per argument.
      constant: makes a point of a value that does not vary.
      rule: `(equation, points) -> points`, one per output of the equation.

    Returns:
      A list of points, one per result.
    """
    environment: dict = {}

    def read(atom):
        return (
            constant(atom.val) if isinstance(atom, jex.Literal) else environment[atom]
        )

    fixed = [constant(value) for value in constants]
    for names, values in ((jaxpr.constvars, fixed), (jaxpr.invars, points)):
        environment.update(zip(names, values, strict=True))
    for equation in jaxpr.eqns:
        outputs = rule(equation, [read(atom) for atom in equation.invars])
        environment.update(zip(equation.outvars, outputs, strict=True))
    return [read(atom) for atom in jaxpr.outvars]


def called(inner: Any, points: Sequence, constant: Constant, rule: Rule) -> list:
    """`interpret` of a jaxpr that a primitive holds, closed or not."""
    held = getattr(inner, "consts", ())
    return interpret(getattr(inner, "jaxpr", inner), held, points, constant, rule)


def binder(equation: jex.JaxprEqn) -> Callable:
    """The equation as a function of arrays that returns a list of arrays."""
    bound = equation.primitive.get_bind_params(equation.params)
    # A pair (functions, parameters) in some versions of jax.
    subfunctions, parameters = bound if isinstance(bound, tuple) else ((), bound)

    def bind(*operands):
        out = equation.primitive.bind(*subfunctions, *operands, **parameters)
        return list(out) if equation.primitive.multiple_results else [out]

    return bind


def own_derivative(name: str, bind: Callable, points: Sequence, outputs: list) -> list:
    """A custom derivative (relu at 0) holds where an elementwise whole has no delta."""
    root = shared_root(points, [point.value for point in outputs])
    whole = len(outputs) == 1 and root is not None and outputs[0].root is root
    if name != "custom_jvp_call" or not whole:
        return outputs
    local = local_derivative(bind, points, outputs[0].value)
    return [outputs[0]._replace(local=local)]


def shared_root(points: Sequence, values: Sequence) -> Any:
    """The one varying array that all operands are elementwise functions of, or None."""
    roots = [point.root for point in points if point.root is not None]
    shape = jnp.shape(values[0])
    same = all(root is roots[0] and jnp.shape(root.value) == shape for root in roots)
    return roots[0] if roots and same and len(values) == 1 else None


def local_derivative(bind: Callable, points: Sequence, value: Any) -> Any:
    """The ordinary derivative of an elementwise output with respect to its root."""
    moving = [i for i, p in enumerate(points) if p.varies and is_float(p.value)]
    if not moving or not is_float(value):
        return None

    def of_moving(*operands):
        full = [point.value for point in points]
        for position, operand in zip(moving, operands, strict=True):
            full[position] = operand
        return bind(*full)[0]

    primals = [points[i].value for i in moving]
    tangents = [
        jnp.zeros_like(points[i].value) if points[i].local is None else points[i].local
        for i in moving
    ]
    return jax.jvp(of_moving, primals, tangents)[1]


def is_float(value: Any) -> bool:
    return jnp.issubdtype(jnp.result_type(value), jnp.floating)
