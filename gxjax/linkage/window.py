"""Windows of adjacent variants, in variants or in kilobases, as PLINK gives them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from gxjax.genotypes.tables import HUMAN, normalise_chromosome

__all__ = ["ChromosomeRun", "Window", "chromosome_runs", "parse_window", "window_ends"]

_SLACK = 1 + 2.0**-44


@dataclass(frozen=True)
class Window:
    """Which variants are near each other; one of the two is given.

    Attributes:
      variants: so many adjacent variants of a chromosome, at least 2.
      kb: positions at most so many kilobases apart.

    Raises:
      ValueError: both or none are given, or one is out of range.
    """

    variants: int | None = None
    kb: float | None = None

    def __post_init__(self) -> None:
        if (self.variants is None) == (self.kb is None):
            raise ValueError(f"window: {self}; expected either variants or kb")
        if self.variants is not None and self.variants < 2:
            raise ValueError(f"window: {self.variants} variants; expected 2 at least")
        if self.kb is not None and not 0 < self.kb < np.inf:
            raise ValueError(f"window: {self.kb} kb; expected more than 0")


class ChromosomeRun(NamedTuple):
    """The adjacent rows of one chromosome in a variant table.

    Attributes:
      name: `1` to `22`, `X`, `Y`, `XY`, `MT`, `0`, or a contig.
      start: its first row.
      stop: the row behind its last.
    """

    name: str
    start: int
    stop: int


def parse_window(text: str) -> Window:
    """`50` is 50 variants, `200kb` 200 kilobases.

    Raises:
      ValueError: it is neither, or out of range.
    """
    number = text.strip().lower()
    try:
        if number.endswith("kb"):
            return Window(kb=float(number[:-2]))
        return Window(variants=int(number))
    except ValueError as error:
        raise ValueError(
            f"window {text!r}: expected a number of variants (2 at least), or of "
            "kilobases as 200kb"
        ) from error


def chromosome_runs(
    variants: pd.DataFrame, chr_set: int = HUMAN
) -> list[ChromosomeRun]:
    """Where each chromosome begins and ends.

    Args:
      variants: V rows with CHROM.
      chr_set: autosomes of the species.

    Raises:
      ValueError: a chromosome has rows in two places.
    """
    return list(_runs(normalise_chromosome(variants["CHROM"], chr_set).to_numpy()))


def _runs(names: np.ndarray) -> Iterator[ChromosomeRun]:
    edges = np.flatnonzero(names[1:] != names[:-1]) + 1
    bounds = [0, *edges.tolist(), len(names)]
    seen = set()
    for start, stop in itertools.pairwise(bounds):
        if start == stop:
            continue
        name = str(names[start])
        if name in seen:
            raise ValueError(
                f"chromosome {name} has variants in two places, again at variant "
                f"{start + 1}; expected its variants together: sort the files "
                "(plink2 --make-pgen --sort-vars, then --make-bed)"
            )
        seen.add(name)
        yield ChromosomeRun(name, start, stop)


def window_ends(
    variants: pd.DataFrame, run: ChromosomeRun, window: Window
) -> np.ndarray:
    """How far the window that begins at each variant of a chromosome reaches.

    Args:
      variants: V rows with POS.
      run: the chromosome.
      window: its size.

    Returns:
      increasing int64 [stop - start]: the row behind the last variant of the window.

    Raises:
      ValueError: the window is in kilobases and the positions are not sorted.
    """
    if window.variants is not None:
        ends = np.arange(run.start, run.stop) + window.variants
        return np.minimum(ends, run.stop)
    assert window.kb is not None
    positions = variants["POS"].to_numpy()[run.start : run.stop].astype(np.int64)
    back = np.flatnonzero(np.diff(positions) < 0)
    if back.size:
        first = run.start + int(back[0])
        raise ValueError(
            f"variants: {variants['ID'].iloc[first + 1]!r} lies before "
            f"{variants['ID'].iloc[first]!r}, the row above it, on chromosome "
            f"{run.name}; a window in kb needs sorted positions: sort the files "
            "(plink2 --make-pgen --sort-vars, then --make-bed)"
        )
    reach = positions + int(window.kb * 1000 * _SLACK)
    return run.start + np.searchsorted(positions, reach, side="right")
