"""r^2 between haplotypes that are not seen: the likeliest frequencies, as PLINK has."""

from __future__ import annotations

import numpy as np
from scipy.special import xlogy

from gxjax.linkage.pair_sums import PairSums

__all__ = ["haplotype_r2"]

_TINY = 1e-9


def haplotype_r2(sums: PairSums) -> np.ndarray:
    """Squared correlation of alleles on a haplotype, at the most likely phase.

    Under Hardy-Weinberg equilibrium a pair of variants has four haplotypes, whose
    allele frequencies the counts fix; only people heterozygous at both leave open which
    they carry. The stationary points of the likelihood are the roots of a cubic in the
    frequency of A1 A1, and the likeliest is taken. This is the r^2 of `--clump` in
    PLINK 1.9. Reference: Gaunt, Rodriguez, Day, "Cubic exact solutions for the
    estimation of pairwise haplotype frequencies", 2007,
    https://doi.org/10.1186/1471-2105-8-428.

    It can not tell the phase of a person, and it is biased where genotypes are far from
    Hardy-Weinberg equilibrium, as in a mixture of populations.

    Args:
      sums: of any shape, with `het_xy`.

    Returns:
      float64 of that shape; NaN where a variant does not vary.
    """
    shape = np.shape(sums.n)
    n, x, y, _, _, xy, open_ = (np.ravel(each) for each in sums)
    known = (xy - open_) / 2
    varies = (x > 0) & (x < 2 * n) & (y > 0) & (y < 2 * n)
    counts = np.stack([known, x - known - open_, y - known - open_, open_, 2 * n])
    seen = counts[:, varies]
    total = seen[4]
    first, second = (seen[0] + seen[each] + seen[3] for each in (1, 2))
    first, second = first / total, second / total
    pairs = _likeliest(first, second, seen)
    excess = pairs - first * second
    found = np.full(n.shape, np.nan)
    found[varies] = excess**2 / (first * (1 - first) * second * (1 - second))
    return found.reshape(shape)


def _likeliest(first: np.ndarray, second: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Frequencies [P] of A1 A1.

    Args:
      first: float64 [P], frequency of A1 at the first variant.
      second: the same at the second.
      counts: float64 [5, P]: haplotypes seen that are A1 A1, A1 A2 and A2 A1, people
        heterozygous at both, and all haplotypes.
    """
    known, open_ = counts[0] / counts[4], counts[3] / counts[4]
    rest, product = 1 - first - second, first * second
    # (f - known) (f (rest + f) + (first - f) (second - f)) = open_ f (rest + f), in
    # powers of f.
    linear = rest - first - second
    squares = linear - 2 * known - open_
    ones = product - known * linear - open_ * rest
    roots = _roots(np.full_like(known, 2.0), squares, ones, -known * product)
    ends = np.stack([known, known + open_], axis=1)
    inside = np.clip(roots, ends[:, :1], ends[:, 1:])
    candidates = np.concatenate([inside, ends], axis=1)
    best = _log_likelihood(candidates, first, second, counts).argmax(axis=1)
    return np.take_along_axis(candidates, best[:, None], axis=1)[:, 0]


def _roots(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Real parts [P, 3] of the roots of a f^3 + b f^2 + c f + d, polished."""
    companion = np.zeros((len(a), 3, 3))
    companion[:, 0] = -np.stack([b, c, d], axis=1) / a[:, None]
    companion[:, 1, 0] = companion[:, 2, 1] = 1
    roots = np.linalg.eigvals(companion).real if len(a) else np.empty((0, 3))
    a, b, c, d = (each[:, None] for each in (a, b, c, d))
    for _ in range(2):
        value = ((a * roots + b) * roots + c) * roots + d
        slope = (3 * a * roots + 2 * b) * roots + c
        steady = np.abs(slope) > _TINY
        roots = roots - np.where(steady, value, 0) / np.where(steady, slope, 1)
    return roots


def _log_likelihood(
    both: np.ndarray, first: np.ndarray, second: np.ndarray, counts: np.ndarray
) -> np.ndarray:
    """Of frequencies [P, .] of A1 A1; the rest as of `_likeliest`."""
    left, right = first[:, None] - both, second[:, None] - both
    parts = [both, left, right, 1 - first[:, None] - right]
    known, one, other, open_, total = counts
    seen = [known, one, other, total - known - one - other - 2 * open_]
    # A count of 0 is exact, a part may be 0 only nearly, on either side.
    parts = [np.maximum(each, 0) for each in parts]
    terms = [xlogy(c[:, None], part) for c, part in zip(seen, parts, strict=True)]
    phases = parts[0] * parts[3] + parts[1] * parts[2]
    return np.stack([*terms, xlogy(open_[:, None], phases)]).sum(axis=0)
