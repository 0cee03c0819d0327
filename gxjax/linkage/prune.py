"""Variants of which no two near each other are in strong LD."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from gxjax.genotypes.bed_source import BedSource
from gxjax.linkage.allele_frequency import allele_frequency
from gxjax.linkage.copy_groups import founders
from gxjax.linkage.correlation import r2_of
from gxjax.linkage.pair_sums import PairSummer
from gxjax.linkage.window import ChromosomeRun, Window, chromosome_runs, window_ends
from gxjax.types import Progress, silent

__all__ = ["Pruned", "prune"]

_SLACK = 1 + 2.0**-44
_FEWEST_NEW, _OLD = 64, 128
_FEWEST = 50


class Pruned(NamedTuple):
    """Variants by what pruning says of them; those of chromosome 0 are in neither.

    Attributes:
      kept: increasing int64, rows of `source.variants`.
      removed: increasing int64.
    """

    kept: np.ndarray
    removed: np.ndarray


def prune(
    source: BedSource,
    window: Window,
    step: int = 1,
    r2: float = 0.5,
    *,
    nonfounders: bool = False,
    bad_ld: bool = False,
    progress: Progress = silent,
) -> Pruned:
    """Removes one of any two variants in a window whose r^2 is above a threshold.

    What `plink2 --indep-pairwise` (v2.00a3.5) keeps. In each window the variants are
    gone through from the left: the first one behind a variant that is in LD with it is
    removed, or the variant itself, whichever has the smaller minor allele frequency,
    and, of equals, the one on the right; again until no pair is left, then the window
    moves on. Variants that do not vary are removed. r^2 is that of `window_r2`.

    What is kept depends on the order and the start of the windows: it is one of many
    sets in approximate equilibrium, not the largest, and pairs further apart than a
    window may be in LD. It is no choice of causal variants.

    Args:
      source: N people, V variants; read a few megabytes at a time. Of the pairs in LD
        only those of the current window are held.
      window: a number of variants, or of kilobases.
      step: variants that the window moves on by; 1 for kilobases.
      r2: the threshold, 0 to below 1.
      nonfounders: whether those with parents count, too.
      bad_ld: go on with fewer than 50 people.
      progress: called with variants done, V.

    Returns:
      `Pruned`.

    Raises:
      ValueError: step or r2 is out of range, fewer than 50 people count, a chromosome
        lies in two places, or positions are not sorted.
    """
    _check(window, step, r2)
    total = len(source.variants)
    people = np.ones(len(source.samples), bool)
    if not nonfounders:
        people = founders(source.samples)
    if people.sum() < _FEWEST and not bad_ld:
        raise ValueError(
            f"people: r^2 of {people.sum()} founders; expected {_FEWEST} at least. "
            "Count those with parents, too (nonfounders), take LD from a larger "
            "cohort, or go on all the same (bad_ld)"
        )
    frequency, varies = allele_frequency(source, people)
    major = np.maximum(frequency, 1 - frequency)
    summer, alive = PairSummer(source, people), varies.copy()
    placed = np.ones(total, bool)
    for run in chromosome_runs(source.variants):
        if run.name == "0":
            placed[run.start : run.stop] = False
            continue
        ends = window_ends(source.variants, run, window)
        windows = _Windows.of(run, ends, step)
        for done in _prune_run(summer, run, windows, r2 * _SLACK, major, alive):
            progress(done, total, "pruning")
    return Pruned(np.flatnonzero(placed & alive), np.flatnonzero(placed & ~alive))


def _check(window: Window, step: int, r2: float) -> None:
    if not 0 <= r2 < 1:
        raise ValueError(f"r2: {r2}; expected 0 to below 1")
    most = 1 if window.variants is None else window.variants
    if not 1 <= step <= most:
        raise ValueError(
            f"step: {step}; expected 1 to the variants of a window, and 1 where the "
            "window is in kb"
        )


class _Windows(NamedTuple):
    """The windows of a chromosome: int64 [W] rows where each begins and ends."""

    starts: np.ndarray
    ends: np.ndarray

    @classmethod
    def of(cls, run: ChromosomeRun, ends: np.ndarray, step: int) -> _Windows:
        """Those at every `step`, up to the first that reaches the end."""
        starts, ends = np.arange(run.start, run.stop)[::step], ends[::step]
        count = int(np.searchsorted(ends, run.stop)) + 1
        return cls(starts[:count], ends[:count])


def _prune_run(
    summer: PairSummer,
    run: ChromosomeRun,
    windows: _Windows,
    threshold: float,
    major: np.ndarray,
    alive: np.ndarray,
) -> Iterator[int]:
    """Updates `alive`; yields how many variants are behind.

    r^2 is computed for some new variants with what earlier windows have left, so that
    of strong LD little is computed at all.
    """
    left: dict[int, np.ndarray] = {}
    turn, top = 0, run.start
    while top < run.stop:
        first = windows.starts[np.searchsorted(windows.ends, top, side="right")]
        bottom = min(top + _new(int(alive[first:top].sum())), run.stop)
        old = first + np.flatnonzero(alive[first:bottom])
        new = top + np.flatnonzero(alive[top:bottom])
        left.update(_neighbours(summer, run.name, old, new, threshold))
        while turn < len(windows.ends) and windows.ends[turn] <= bottom:
            here = slice(int(windows.starts[turn]), int(windows.ends[turn]))
            before = int(windows.ends[turn - 1]) if turn else run.start
            _prune_window(left, here, before, major, alive)
            turn += 1
        for done in [each for each in left if turn and each < windows.ends[turn - 1]]:
            del left[done]
        yield bottom
        top = bottom


def _new(old: int) -> int:
    """How many new variants are taken together with so many before them.

    Few pairs are computed in vain where they are no more than the old ones, and the
    old ones are read less often where they are many.
    """
    return min(max(_FEWEST_NEW, 1 << old.bit_length() >> 1), _OLD)


def _neighbours(
    summer: PairSummer,
    chromosome: str,
    old: np.ndarray,
    new: np.ndarray,
    threshold: float,
) -> dict[int, np.ndarray]:
    """Per new variant the ones before it whose r^2 with it is above a threshold."""
    if not new.size:
        return {}
    found: dict[int, list[np.ndarray]] = defaultdict(list)
    columns = np.empty((0, 0), np.uint8)
    # The new ones are the last of the old ones, too: from behind they are read once.
    for stop in range(len(old), 0, -_OLD):
        rows = old[max(stop - _OLD, 0) : stop]
        octets = summer.read(rows)
        if stop == len(old):
            columns = octets[len(octets) - len(new) :]
        r2 = r2_of(summer.products(octets, columns, chromosome))
        place, row = np.nonzero(((rows[:, None] < new[None, :]) & (r2 > threshold)).T)
        for variant, near in _grouped(new[place], rows[row]):
            found[variant].append(near)
    return {variant: np.concatenate(parts) for variant, parts in found.items()}


def _grouped(keys: np.ndarray, values: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """The values of each of increasing keys."""
    edges = np.flatnonzero(keys[1:] != keys[:-1]) + 1
    for first, part in zip([0, *edges.tolist()], np.split(values, edges), strict=True):
        if part.size:
            yield int(keys[first]), part


def _prune_window(
    left: dict[int, np.ndarray],
    window: slice,
    first_new: int,
    major: np.ndarray,
    alive: np.ndarray,
) -> None:
    """Removes until no pair of a window is left; older pairs were resolved before."""
    right: dict[int, list[int]] = defaultdict(list)
    for new in range(max(first_new, window.start), window.stop):
        if new in left and alive[new]:
            for old in left[new].tolist():
                if old >= window.start and alive[old]:
                    right[old].append(new)
    active = sorted(right)
    while active:
        again = []
        for one in active:
            other = next((each for each in right[one] if alive[each]), None)
            if not alive[one] or other is None:
                continue
            if major[one] > major[other] * _SLACK:
                alive[one] = False
            else:
                alive[other] = False
                again.append(one)
        active = again
