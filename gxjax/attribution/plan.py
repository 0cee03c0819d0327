"""Which columns share what: a group runs its method once for all its statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gxjax.attribution.method import METHODS, Method
from gxjax.attribution.noise import NOISES, Parts, SmoothGrad, compose, split

__all__ = ["Group", "Plan", "make_plan"]


class Group(NamedTuple):
    """Columns of one method, all under noise or none: one set of multipliers.

    Attributes:
      method: a row of `METHODS`.
      parts: the attribution taken apart; its noise, if any, says draws and sigma.
      noises: keys of `NOISES`, one per column.
      columns: the place of each in the scores.
      merged: the draws of a person are merged by random signs.
    """

    method: Method
    parts: Parts
    noises: tuple[str, ...]
    columns: tuple[int, ...]
    merged: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether its attributions should sum to f(x) - f(x')."""
        plain = self.parts.noise is None and self.parts.times_input
        return self.method.complete and plain

    @property
    def statistics(self) -> tuple[str, ...]:
        """Of its columns, as `summarise` knows them."""
        return tuple(NOISES[noise] for noise in self.noises)

    @property
    def is_quadratic(self) -> bool:
        """Mean squares of local multipliers: sum_i (w . m_i)^2 = w S w, no tile."""
        linear = self.method.parts is None and not self.parts.times_input
        return linear and set(self.statistics) == {"mean_square"}

    @property
    def is_signed(self) -> bool:
        """Noisy, and in need of every variant's noise: it tells rises from falls."""
        return self.parts.noise is not None and self.method.parts is not None

    def baselines(self, count: int) -> int:
        """Of `count`, those it needs: a local method may not look at its baseline."""
        local = not self.parts.times_input and self.method.parts is None
        return 1 if local and not self.method.uses_baseline else count


class Plan(NamedTuple):
    """What a score computes; static under `jit`.

    Attributes:
      groups: of columns that share multipliers.
      reductions: names of what is kept of the attributions.
    """

    groups: tuple[Group, ...]
    reductions: tuple[str, ...]

    @property
    def noise(self) -> SmoothGrad | None:
        """Draws and sigma, the same for all; None if no column is noisy."""
        for group in self.groups:
            if group.parts.noise is not None:
                return group.parts.noise
        return None

    @property
    def is_signed(self) -> bool:
        """Whether any group draws the noise of every variant."""
        return any(group.is_signed for group in self.groups)

    @property
    def needs_law(self) -> bool:
        """Whether any group draws its noise behind the front."""
        noisy = [group for group in self.groups if group.parts.noise is not None]
        return not all(group.is_signed for group in noisy)

    @property
    def tiled(self) -> tuple[Group, ...]:
        """The groups that need products of people x variants."""
        return tuple(group for group in self.groups if not self._skips(group))

    @property
    def quadratic(self) -> tuple[Group, ...]:
        """The groups that need none."""
        return tuple(group for group in self.groups if self._skips(group))

    def _skips(self, group: Group) -> bool:
        return group.is_quadratic and "mean_square" not in self.reductions


def make_plan(
    columns: Sequence[tuple[str, str]],
    reductions: Sequence[str],
    *,
    baselines: int,
    multiply_by_inputs: bool,
    draws: int,
    sigma: float,
    methods: Mapping[str, Method] = METHODS,
    merge_draws: bool = False,
) -> Plan:
    """Groups columns (method, noise) by what they share.

    Args:
      columns: C pairs (name in `methods`, noise in `NOISES`).
      reductions: of `step.REDUCTIONS`.
      baselines: K.
      multiply_by_inputs: global attributions, of methods that have them.
      draws: draws of SmoothGrad.
      sigma: its noise, in input units.
      methods: by name.
      merge_draws: merge the draws of squared columns by random signs, where a product
        per draw would be needed and the draws share their baselines.

    Raises:
      ValueError: the mean of squared merged estimates, which would be too large.

    Returns:
      `Plan`. Squared local attributions are in a group of their own, whose sums over
      people need no product with the kernel per person; not those of a method that
      tells rises from falls (`Method.parts`), nor are its draws merged.
    """
    if merge_draws and "mean_square" in reductions:
        raise ValueError(
            "merge_draws with the reduction 'mean_square': the square of a merged "
            "estimate is too large in expectation; leave one of them out"
        )
    found: dict[tuple, list[tuple[str, int]]] = {}
    for place, (name, noise) in enumerate(columns):
        local = not (multiply_by_inputs and methods[name].times_input)
        alone = (local or merge_draws) and NOISES[noise] == "mean_square"
        alone = alone and methods[name].parts is None
        members = found.setdefault((name, noise != "none", alone), [])
        members.append((noise, place))
    groups = []
    for (name, _, alone), members in found.items():
        composed = compose(
            methods[name], members[0][0], baselines=baselines,
            multiply_by_inputs=multiply_by_inputs, draws=draws, sigma=sigma,
        )  # fmt: skip
        noises, places = zip(*members, strict=True)
        parts = split(composed)
        merged = merge_draws and alone and parts.times_input
        merged = merged and parts.over.draws is None
        groups.append(Group(methods[name], parts, noises, places, merged))
    return Plan(tuple(groups), tuple(reductions))
