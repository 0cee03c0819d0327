"""Cohorts in LD with awkward variants, as files."""

import numpy as np
import pytest
from scipy.stats import norm

from gxjax.genotypes import open_bed_source


@pytest.fixture
def linked_codes():
    """`(people, count, missing, seed) -> uint8 [N, V]`, adjacent variants in LD."""

    def draw(people, count, missing=0.03, seed=0, strength=0.9):
        generator = np.random.default_rng(seed)
        bounds = norm.ppf(generator.uniform(0.02, 0.5, count))
        hidden = generator.normal(size=2 * people)
        codes = np.empty((people, count), np.uint8)
        for column, bound in enumerate(bounds):
            fresh = generator.normal(size=2 * people)
            hidden = strength * hidden + np.sqrt(1 - strength**2) * fresh
            alleles = hidden < bound
            codes[:, column] = alleles[::2].astype(np.uint8) + alleles[1::2]
        codes[generator.random(codes.shape) < missing] = 3
        return codes

    return draw


CHROMOSOMES = {"0": 10, "1": 60, "2": 40, "X": 30, "Y": 20, "MT": 20, "GL1": 20}


@pytest.fixture
def cohort(make_genotypes, write_fileset, linked_codes):
    """`(seed, chromosomes, ...) -> (BedSource, codes)`: sexes, ties, constant variants.

    Positions repeat here and there, and 15 % are nonfounders unless `founders`.
    """

    def build(seed, chromosomes=None, people=150, founders=False, **options):
        generator = np.random.default_rng(1000 + seed)
        sizes = CHROMOSOMES if chromosomes is None else chromosomes
        total = sum(sizes.values())
        codes = linked_codes(people, total, seed=seed, **options)
        codes[:, generator.integers(0, total, 4)] = [[0, 1, 2, 3]]
        twins = generator.integers(0, total - 1, 8)
        codes[:, twins] = codes[:, twins + 1]
        steps = [generator.integers(0, 3000, size) for size in sizes.values()]
        genotypes = make_genotypes(
            codes,
            CHROM=np.repeat(list(sizes), list(sizes.values())),
            POS=np.concatenate([1 + np.cumsum(each) for each in steps]),
            SEX=generator.integers(0, 3, people).astype(np.int8),
            PAT=np.where((generator.random(people) < 0.15) & (not founders), "p", "0"),
        )
        return open_bed_source(write_fileset(genotypes, codes)), codes

    return build


def _sums(codes, weight):
    """float64 [V, V] each: n, x, y, het_x, het_y, xy, het_xy of weighted people."""
    called = (codes < 3).astype(float)
    copies, het = np.where(codes < 3, codes, 0).astype(float), (codes == 1) * 1.0
    weighted = [each * weight[:, None] for each in (called, copies, het)]
    n, x, het_x = (each.T @ called for each in weighted)
    _, y, het_y = (weighted[0].T @ each for each in (called, copies, het))
    return n, x, y, het_x, het_y, weighted[1].T @ copies, weighted[2].T @ het


@pytest.fixture
def sums():
    """The sums of `PairSums` in plain float64, of people with weights."""
    return _sums


@pytest.fixture
def plain_r2():
    """`codes [N, V] -> [V, V]`, pairwise complete."""

    def r2(codes):
        n, x, y, het_x, het_y, xy, _ = _sums(codes, np.ones(len(codes)))
        spread = (n * (2 * x - het_x) - x * x) * (n * (2 * y - het_y) - y * y)
        spread[spread <= 0] = np.nan
        return (n * xy - x * y) ** 2 / spread

    return r2
