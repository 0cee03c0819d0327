"""Associated variants gathered around the strongest among those in LD."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from gxjax.genotypes.bed_source import BedSource
from gxjax.linkage.copy_groups import founders
from gxjax.linkage.haplotype_r2 import haplotype_r2
from gxjax.linkage.pair_sums import PairSummer
from gxjax.linkage.window import ChromosomeRun, Window, chromosome_runs, window_ends
from gxjax.types import Progress, silent

__all__ = ["Clumps", "clump"]

_COLUMNS = 256
_SLACK = 1 - 2.0**-44
_BOUNDS = (0.05, 0.01, 0.001, 0.0001)
_COUNTS = ("NONSIG", *(f"S{bound:g}" for bound in _BOUNDS))


class Clumps(NamedTuple):
    """What `clump` finds.

    Attributes:
      table: a row per clump, smallest p first: `#CHROM POS ID NEG_LOG10_P TOTAL NONSIG
        S0.05 S0.01 S0.001 S0.0001 SP2`, as plink2's `.clumps` but for the logarithm.
      missing: ids of p at most p1 that the genotypes lack.
    """

    table: pd.DataFrame
    missing: list[str]


def clump(
    source: BedSource,
    associations: pd.DataFrame,
    *,
    p1: float = 1e-4,
    p2: float = 0.01,
    r2: float = 0.5,
    kb: float = 250,
    nonfounders: bool = False,
    progress: Progress = silent,
) -> Clumps:
    """Groups associated variants as PLINK 1.9's `--clump` does.

    The variant with the smallest p that is in no clump yet, and whose p is at most p1,
    begins a clump; all variants of the table that are in no clump, within kb and with
    r^2 of r2 at least join it. r^2 is `haplotype_r2` of founders; on X a man counts as
    one haplotype. On MT and Y heterozygous calls count as none, in PLINK 1.9 not so.

    A clump is no locus with one cause: strong signals leave clumps around them that
    r^2 below the threshold explains, and its index variant need not be causal.

    Args:
      source: N people, V variants; what is near an index variant is read, some hundred
        variants at a time.
      associations: table with ID and either P or NEG_LOG10_P (which tells p below
        1e-308 apart). Rows whose p is NaN, and ids that the genotypes lack, take no
        part.
      p1: largest p of an index variant.
      p2: SP2 lists what has a smaller p.
      r2: smallest r^2, above 0, to 1.
      kb: largest distance to the index variant, kilobases.
      nonfounders: whether those with parents count, too.
      progress: called with index variants done, and how many there may be.

    Returns:
      `Clumps`. TOTAL are the others of the clump, NONSIG to S0.0001 count them by p
      (S0.01: from 0.001 to below 0.01), SP2 names those of p below p2.

    Raises:
      ValueError: an argument is out of range, an id is twice in the table or in the
        genotypes, a p is outside 0 to 1, nobody counts, or positions are not sorted.
    """
    _check(p1, p2, r2)
    rows, height, missing = _match(source, associations, -np.log10(p1))
    people = np.ones(len(source.samples), bool)
    if not nonfounders:
        people = founders(source.samples)
    job = _Job(PairSummer(source, people), height, r2)
    runs = chromosome_runs(source.variants)
    reach = [window_ends(source.variants, run, Window(kb=kb)) for run in runs]
    index = rows[height[rows] >= -np.log10(p1)]
    index = index[np.argsort(-height[index], kind="stable")]
    stops = [run.stop for run in runs]
    found = []
    for done, one in enumerate(index.tolist(), 1):
        if not job.used[one]:
            which = int(np.searchsorted(stops, one, side="right"))
            found.append((one, job.members(one, runs[which], reach[which])))
        progress(done, len(index), "clumping")
    table = _table(source.variants, found, height, -np.log10(p2))
    return Clumps(table, missing)


def _check(p1: float, p2: float, r2: float) -> None:
    for name, value in (("p1", p1), ("p2", p2), ("r2", r2)):
        if not 0 < value <= 1:
            raise ValueError(f"{name}: {value}; expected above 0, to 1")


def _match(
    source: BedSource, associations: pd.DataFrame, least: float
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Rows of the source with a p, -log10 p [V] (NaN elsewhere), and ids not there."""
    ids = associations["ID"].astype(str)
    for name, each in (("associations", ids), ("genotypes", source.variants["ID"])):
        twice = each[each.duplicated() & each.isin(set(ids))]
        if len(twice):
            raise ValueError(
                f"{name}: id {twice.iloc[0]!r} is there twice; expected each variant "
                "once (one test per variant, and ids that tell variants apart)"
            )
    given = pd.Series(_height(associations), index=ids)
    here = given.index.isin(set(source.variants["ID"]))
    missing = given.index[~here & (given >= least).to_numpy()]
    height = given.reindex(source.variants["ID"]).to_numpy(np.float64)
    return np.flatnonzero(~np.isnan(height)), height, [str(each) for each in missing]


def _height(associations: pd.DataFrame) -> np.ndarray:
    """-log10 p; infinite where p is 0."""
    if "NEG_LOG10_P" in associations:
        height = associations["NEG_LOG10_P"].to_numpy(np.float64)
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            height = -np.log10(associations["P"].to_numpy(np.float64))
            height = np.where(associations["P"] < 0, -1, height)
    wrong = np.flatnonzero(height < 0)
    if wrong.size:
        name = associations["ID"].iloc[wrong[0]]
        raise ValueError(f"associations: the p of {name!r} is not between 0 and 1")
    return height


class _Job:
    """Who is in a clump already, and the r^2 that decides it."""

    def __init__(self, summer: PairSummer, height: np.ndarray, r2: float):
        self._summer, self._r2 = summer, r2 * _SLACK
        self.used = np.isnan(height)

    def members(self, index: int, run: ChromosomeRun, ends: np.ndarray) -> np.ndarray:
        """The rows that join a clump; marks them and the index variant as used."""
        self.used[index] = True
        place = index - run.start
        first = run.start + int(np.searchsorted(ends, index, side="right"))
        near = first + np.flatnonzero(~self.used[first : int(ends[place])])
        octets = self._summer.read(np.array([index]))
        parts = [np.empty(0, np.int64)]
        for start in range(0, len(near), _COLUMNS):
            columns = near[start : start + _COLUMNS]
            others = self._summer.read(columns)
            sums = self._summer.products(octets, others, run.name, both=True)
            parts.append(columns[haplotype_r2(sums)[0] >= self._r2])
        found = np.concatenate(parts)
        self.used[found] = True
        return found


def _table(
    variants: pd.DataFrame,
    clumps: list[tuple[int, np.ndarray]],
    height: np.ndarray,
    least: float,
) -> pd.DataFrame:
    index = np.array([each for each, _ in clumps], np.int64)
    ids = variants["ID"].to_numpy()
    bounds = -np.log10(_BOUNDS)
    counts = np.zeros((len(clumps), len(_COUNTS)), np.int64)
    listed = []
    for row, (_, members) in enumerate(clumps):
        place = np.searchsorted(bounds, height[members], side="left")
        counts[row] = np.bincount(place, minlength=len(_COUNTS))
        listed.append(",".join(ids[members[height[members] > least]]) or ".")
    return pd.DataFrame(
        {
            "#CHROM": variants["CHROM"].to_numpy()[index],
            "POS": variants["POS"].to_numpy()[index],
            "ID": ids[index],
            "NEG_LOG10_P": height[index],
            "TOTAL": counts.sum(axis=1),
            **dict(zip(_COUNTS, counts.T, strict=True)),
            "SP2": np.array(listed, object),
        }
    )
