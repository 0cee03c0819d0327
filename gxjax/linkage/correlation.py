"""r^2 between variants: squared correlation of dosages, over people called at both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from gxjax.genotypes.bed_source import BedSource
from gxjax.genotypes.tables import HUMAN
from gxjax.linkage.copy_groups import founders, is_diploid
from gxjax.linkage.packed_source import PackedSource
from gxjax.linkage.pair_sums import PairSummer, PairSums
from gxjax.linkage.window import ChromosomeRun, Window, chromosome_runs, window_ends
from gxjax.types import Progress, silent

__all__ = ["R2Block", "pair_r2", "r2_of", "r2_to", "window_r2"]

_ROWS, _COLUMNS = 64, 256


class R2Block(NamedTuple):
    """r^2 of adjacent variants with adjacent variants.

    Attributes:
      first_row: number of the first row's variant.
      first_column: number of the first column's variant.
      r2: float64 [R, C]; NaN where there is no r^2.
    """

    first_row: int
    first_column: int
    r2: np.ndarray


def r2_of(sums: PairSums) -> np.ndarray:
    """Squared Pearson correlations from sums; NaN where a variant does not vary."""
    covariance = sums.n * sums.xy - sums.x * sums.y
    variances = [
        sums.n * (2 * copies - het) - copies * copies
        for copies, het in ((sums.x, sums.het_x), (sums.y, sums.het_y))
    ]
    product = np.where((variances[0] > 0) & (variances[1] > 0), 1, np.nan)
    product = product * variances[0] * variances[1]
    return covariance * covariance / product


def window_r2(
    source: BedSource | PackedSource,
    window: Window,
    *,
    nonfounders: bool = False,
    chr_set: int = HUMAN,
    progress: Progress = silent,
) -> Iterator[R2Block]:
    """r^2 of every variant with those behind it in its window, block by block.

    The measure of plink2's `--indep-pairwise`: the squared Pearson correlation of the
    dosages of founders called at both variants. On X a man counts half of a woman, on Y
    men alone count, and a heterozygous call of who has one copy is no call.

    It measures what one variant says linearly of another in these people: not D', not
    the phase, and of a few dozen people mostly noise (its mean is 1 / (n - 1) without
    any LD).

    Args:
      source: N people, V variants; read block by block.
      window: how far to look.
      nonfounders: whether those with parents count, too.
      chr_set: autosomes of the species.
      progress: called with variants done, V.

    Yields:
      `R2Block`s of at most 64 x 256, NaN for pairs whose column is not behind the row,
      is beyond the window, and where a variant does not vary.

    Raises:
      ValueError: nobody counts, a chromosome lies in two places, or positions are not
        sorted.
    """
    summer = PairSummer(source, _counted(source, nonfounders))
    for run in chromosome_runs(source.variants, chr_set):
        ends = window_ends(source.variants, run, window)
        for start in range(run.start, run.stop, _ROWS):
            stop = min(start + _ROWS, run.stop)
            yield from _band(summer, run, start, ends[start - run.start :][:_ROWS])
            progress(stop, len(source.variants), "r2")


def _band(
    summer: PairSummer, run: ChromosomeRun, start: int, ends: np.ndarray
) -> Iterator[R2Block]:
    rows = np.arange(start, start + len(ends))
    octets = summer.read(rows)
    for left in range(start, int(ends[-1]), _COLUMNS):
        columns = np.arange(left, min(left + _COLUMNS, int(ends[-1])))
        found = r2_of(summer.products(octets, summer.read(columns), run.name))
        near = (columns > rows[:, None]) & (columns < ends[:, None])
        yield R2Block(start, left, np.where(near, found, np.nan))


def pair_r2(
    source: BedSource,
    first: np.ndarray,
    second: np.ndarray,
    *,
    nonfounders: bool = False,
) -> np.ndarray:
    """r^2 of named pairs of variants of humans, as of `window_r2`.

    Args:
      source: N people, V variants.
      first: integers [P], rows of `source.variants`.
      second: integers [P].
      nonfounders: whether those with parents count, too.

    Returns:
      float64 [P]; NaN where a variant does not vary.

    Raises:
      ValueError: a number is not 0 to V - 1, or a pair lies on two chromosomes of which
        one is X, Y or MT: men count differently on both.
    """
    one, other = np.asarray(first, np.int64), np.asarray(second, np.int64)
    total = len(source.variants)
    for name, given in (("first", one), ("second", other)):
        if given.size and not (given.min() >= 0 and given.max() < total):
            raise ValueError(f"{name}: expected numbers of variants, 0 to {total - 1}")
    names = _names(source)
    mixed = np.flatnonzero(names[one] != names[other])
    for pair in mixed:
        left, right = names[one[pair]], names[other[pair]]
        if not (is_diploid(left) and is_diploid(right)):
            raise ValueError(
                f"pair {pair}: on chromosomes {left} and {right}; expected two "
                "autosomes, or one chromosome"
            )
    summer = PairSummer(source, _counted(source, nonfounders))
    found = np.full(len(one), np.nan)
    for name in pd.unique(names[one]):
        of_name = np.flatnonzero(names[one] == name)
        for start in range(0, len(of_name), _ROWS):
            here = of_name[start : start + _ROWS]
            octets = _read_any(summer, one[here]), _read_any(summer, other[here])
            found[here] = r2_of(summer.pairs(*octets, name))
    return found


def r2_to(
    source: BedSource,
    targets: np.ndarray,
    window: Window,
    threshold: float,
    *,
    nonfounders: bool = False,
    progress: Progress = silent,
) -> pd.DataFrame:
    """The variants that are in LD with some, on both sides of each.

    Args:
      source: N people, V variants.
      targets: integers [T], rows of `source.variants`; each once.
      window: how far to look on either side.
      threshold: the smallest r^2 wanted, 0 to 1; as of `window_r2`.
      nonfounders: whether those with parents count, too.
      progress: called with targets done, T.

    Returns:
      Table `target variant r2`, numbers of variants, in this order; a target is not its
      own neighbour.

    Raises:
      ValueError: as of `window_r2`, or a target is not 0 to V - 1.
    """
    wanted = np.unique(np.asarray(targets, np.int64))
    total = len(source.variants)
    if wanted.size and not (wanted[0] >= 0 and wanted[-1] < total):
        raise ValueError(f"targets: expected numbers of variants, 0 to {total - 1}")
    summer = PairSummer(source, _counted(source, nonfounders))
    parts, done = [np.empty((0, 3))], 0
    for run in chromosome_runs(source.variants):
        here = wanted[(wanted >= run.start) & (wanted < run.stop)]
        ends = window_ends(source.variants, run, window)
        starts = run.start + np.searchsorted(ends, np.arange(run.start, run.stop) + 1)
        # A pair is near if the window of its first variant holds the second one.
        for group in _overlapping(here, starts, ends, run.start):
            parts += _near(summer, run, group, (starts, ends), threshold)
            done += len(group)
            progress(done, len(wanted), "r2")
    found = np.concatenate(parts)
    table = pd.DataFrame(found, columns=["target", "variant", "r2"])
    table = table.astype({"target": np.int64, "variant": np.int64})
    return table.sort_values(["target", "variant"], ignore_index=True)


def _overlapping(
    targets: np.ndarray, starts: np.ndarray, ends: np.ndarray, first: int
) -> Iterator[np.ndarray]:
    """Adjacent targets whose windows overlap, at most `_ROWS` together."""
    begin = 0
    for place in range(1, len(targets) + 1):
        apart = place == len(targets) or (
            starts[targets[place] - first] >= ends[targets[place - 1] - first]
        )
        if apart or place - begin == _ROWS:
            yield targets[begin:place]
            begin = place


def _near(
    summer: PairSummer,
    run: ChromosomeRun,
    rows: np.ndarray,
    reach: tuple[np.ndarray, np.ndarray],
    threshold: float,
) -> Iterator[np.ndarray]:
    """float64 [., 3]: target, variant, r^2."""
    starts, ends = (each[rows - run.start] for each in reach)
    octets = summer.read(rows)
    for left in range(int(starts[0]), int(ends[-1]), _COLUMNS):
        columns = np.arange(left, min(left + _COLUMNS, int(ends[-1])))
        found = r2_of(summer.products(octets, summer.read(columns), run.name))
        near = (columns >= starts[:, None]) & (columns < ends[:, None])
        near &= columns != rows[:, None]
        row, column = np.nonzero(near & (found >= threshold))
        yield np.column_stack([rows[row], columns[column], found[row, column]])


def _counted(source: BedSource | PackedSource, nonfounders: bool) -> np.ndarray:
    if nonfounders:
        return np.ones(len(source.samples), bool)
    return founders(source.samples)


def _names(source: BedSource) -> np.ndarray:
    names = np.empty(len(source.variants), object)
    for run in chromosome_runs(source.variants):
        names[run.start : run.stop] = run.name
    return names


def _read_any(summer: PairSummer, variants: np.ndarray) -> np.ndarray:
    """As `read`, of variants in any order."""
    unique, places = np.unique(variants, return_inverse=True)
    return summer.read(unique)[places]
