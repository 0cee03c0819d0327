"""How the two halves of a change pass a primitive that is no elementwise function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax.numpy as jnp

from gxjax.attribution.secant_point import Pair
from gxjax.attribution.secant_rules import UnknownPrimitiveError, linear

__all__ = ["RULES", "Halves", "Operand"]


class Halves(NamedTuple):
    """A change, or a direction, as what raises an array and what lowers it."""

    positive: Any
    negative: Any

    def total(self) -> Any:
        return self.positive + self.negative


class Operand(NamedTuple):
    """An operand as a rule sees it.

    Attributes:
      value: its value at the input.
      sign: of its whole change, 0 within rounding; None where it does not vary.
      moved: the `Halves` that the rule carries on; None where it does not vary.
    """

    value: Any
    sign: Any = None
    moved: Halves | None = None


Rule = Callable[[Callable, Sequence[Operand]], Halves]


def dense(bind, operands) -> Halves:
    """A weighted sum sorts its terms anew, by the sign of weight times whole change.

    A term without change goes to both halves alike. With d the change, t what is moved
    and w the weights: (t w +- sign(d) t |w|) / 2.
    """
    direct, crossed = [], []
    for value, sign, moved in operands:
        if moved is None:
            direct.append(value)
            crossed.append(jnp.abs(value))
        else:
            direct.append(moved.total())
            crossed.append(sign * moved.total())
    if sum(operand.moved is not None for operand in operands) > 1:
        raise UnknownPrimitiveError("a product of two varying operands")
    [plain], [signed] = bind(*direct), bind(*crossed)
    return Halves((plain + signed) / 2, (plain - signed) / 2)


def structural(bind, operands, *, positions: Sequence[int] | None = None) -> Halves:
    """Moves or copies elements: each half by itself."""

    def one(half: int) -> Any:
        pairs = [Pair(o.value, o.value, o.moved and o.moved[half]) for o in operands]
        return linear(bind, pairs, None, positions=positions)[0]

    return Halves(one(0), one(1))


def addition(bind, operands) -> Halves:
    (a, b) = (operand.moved for operand in operands)
    return Halves(a.positive + b.positive, a.negative + b.negative)


def subtraction(bind, operands) -> Halves:
    (a, b) = (operand.moved for operand in operands)
    return Halves(a.positive - b.negative, a.negative - b.positive)


_STRUCTURAL = """
    broadcast_in_dim concatenate copy copy_p expand_dims optimization_barrier pad
    reshape rev sharding_constraint slice squeeze stack tile transpose
"""
_POSITIONS = {"gather": (0,), "dynamic_slice": (0,), "select_n": range(1, 99)}

RULES: dict[str, Rule] = {
    **{name: structural for name in _STRUCTURAL.split()},
    **{n: partial(structural, positions=p) for n, p in _POSITIONS.items()},
    **dict.fromkeys(("dot_general", "conv_general_dilated"), dense),
    **dict.fromkeys(("reduce_sum", "reduce_window_sum", "cumsum"), dense),
    **dict.fromkeys(("add", "add_any"), addition),
    "sub": subtraction,
}
"""Rules by the primitive's name."""
