"""Measured parts of a long job, what they are multiplied by, and the hours in all."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

__all__ = ["Part", "as_rows", "as_table", "per_block"]


class Part(NamedTuple):
    """One part of an arm.

    Attributes:
      arm: of `ARMS`.
      name: what is done.
      seconds: as measured.
      measured: what took them.
      factors: (number, its reason); the seconds are multiplied by all of them.
    """

    arm: str
    name: str
    seconds: float
    measured: str
    factors: tuple[tuple[float, str], ...]

    @property
    def factor(self) -> float:
        """The product of the factors."""
        return math.prod(number for number, _ in self.factors)

    @property
    def scaled_by(self) -> str:
        """The factors in words."""
        return " x ".join(words for _, words in self.factors) or "once"

    @property
    def hours(self) -> float:
        """Of the whole part."""
        return self.seconds * self.factor / 3600


def per_block(short: tuple[int, float], long: tuple[int, float]) -> tuple[float, float]:
    """(seconds per block, seconds besides) from two runs of (blocks, seconds).

    Where noise leaves the long run no longer than the short one, everything is counted
    as blocks of the long run: at least as much as it can be.
    """
    (few, of_few), (many, of_many) = short, long
    block = (of_many - of_few) / (many - few)
    if block <= 0:
        return of_many / many, 0.0
    return block, max(of_many - many * block, 0.0)


def as_rows(parts: Iterable[Part]) -> list[dict[str, Any]]:
    """For JSON: every part with its factor and hours."""
    derived = ("factor", "scaled_by", "hours")
    return [
        {name: getattr(part, name) for name in (*part._fields[:4], *derived)}
        for part in parts
    ]


def as_table(parts: Sequence[Part]) -> str:
    """Markdown: every part, the sum of every arm, and the total."""
    lines = ["| arm | part | seconds | of | scaled by | hours |", "|---" * 6 + "|"]
    for part in parts:
        lines.append(
            f"| {part.arm} | {part.name} | {part.seconds:.4g} | {part.measured} | "
            f"{part.scaled_by} | {part.hours:.4f} |"
        )
    for arm in dict.fromkeys(part.arm for part in parts):
        hours = sum(part.hours for part in parts if part.arm == arm)
        lines.append(f"| {arm} | all | | | | {hours:.3f} |")
    lines.append(f"| total | | | | | {sum(part.hours for part in parts):.3f} |")
    return "\n".join(lines)
