"""An array at both ends of a secant, with its tangent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp

__all__ = ["Pair", "Point", "Root", "quotient"]


class Root(NamedTuple):
    """A varying array that elementwise functions are taken of: its ends and tangent."""

    value: Any
    reference: Any
    tangent: Any


class Pair(NamedTuple):
    """An operand as a rule sees it; `tangent` is None where it does not vary."""

    value: Any
    reference: Any
    tangent: Any


class Point(NamedTuple):
    """An array at both ends, as an elementwise function of its root.

    `root` is None for a constant; `local` is d value / d root at the input.
    """

    value: Any
    reference: Any
    root: Root | None = None
    local: Any = None

    @property
    def varies(self) -> bool:
        return self.root is not None

    @classmethod
    def constant(cls, value: Any) -> Point:
        return cls(value, value)

    @classmethod
    def of_root(cls, root: Root) -> Point:
        if root.tangent is None:
            return cls(root.value, root.reference)
        return cls(root.value, root.reference, root, jnp.ones_like(root.value))

    @classmethod
    def stack(cls, points: Sequence[Point]) -> Point:
        value = jnp.stack([point.value for point in points])
        if not any(point.varies for point in points):
            return cls.constant(value)
        reference = jnp.stack([point.reference for point in points])
        tangent = jnp.stack([point.tangent_or_zero() for point in points])
        return cls.of_root(Root(value, reference, tangent))

    def at(self, index: int) -> Point:
        if not self.varies:
            return Point.constant(self.value[index])
        ends = self.value[index], self.reference[index]
        return Point.of_root(Root(*ends, self.tangent()[index]))

    def tangent(self) -> Any:
        if self.root is None:
            return None
        if self.value is self.root.value:
            return self.root.tangent
        # A cast changes the type within one elementwise whole.
        return (self._slope() * self.root.tangent).astype(self.value.dtype)

    def tangent_or_zero(self) -> Any:
        tangent = self.tangent()
        return jnp.zeros_like(self.value) if tangent is None else tangent

    def pair(self) -> Pair:
        discrete = not jnp.issubdtype(jnp.result_type(self.value), jnp.floating)
        return Pair(self.value, self.reference, None if discrete else self.tangent())

    def _slope(self) -> Any:
        root = self.root
        assert root is not None
        change = jnp.asarray(self.value) - jnp.asarray(self.reference)
        local = jnp.zeros_like(change) if self.local is None else self.local
        return quotient(change, root.value, root.reference, local)


def quotient(change: Any, value: Any, reference: Any, derivative: Any) -> Any:
    """change / (value - reference), or `derivative` where that difference vanishes."""
    delta = value - reference
    kind = jnp.result_type(delta)
    eps = 1e-10 if kind == jnp.float64 else max(1e-6, 8 * float(jnp.finfo(kind).eps))
    size = jnp.maximum(jnp.maximum(jnp.abs(value), jnp.abs(reference)), 1)
    tiny = jnp.abs(delta) < eps * size
    return jnp.where(tiny, derivative, change / jnp.where(tiny, 1, delta))
