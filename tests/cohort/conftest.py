"""Cohorts as they are mixed."""

import numpy as np
import pytest


@pytest.fixture
def mixed_cohort(make_genotypes):
    """`(people, each, missing, seed, names) -> genotypes, codes` as cohorts are mixed.

    `each` variants of every chromosome; men, women, people of unknown sex, nonfounders;
    heterozygous men on X, too, and women on Y.
    """

    def make(people, each, missing=0.05, seed=0, names=("1", "22", *"XY", "XY", "MT")):
        generator = np.random.default_rng(seed)
        count = each * len(names)
        frequency = generator.uniform(0.01, 0.6, count)
        codes = generator.binomial(2, frequency[None, :], (people, count))
        absent = generator.uniform(0, missing, people)[:, None]
        absent = absent + generator.exponential(missing / 2, count)[None, :]
        codes[generator.random(codes.shape) < absent] = 3
        sex = generator.choice([0, 1, 2], people, p=[0.1, 0.45, 0.45])
        on_x = np.repeat(names, each) == "X"
        mended = (sex == 1)[:, None] & on_x[None, :] & (codes == 1)
        mended &= generator.random(codes.shape) < 0.9
        codes[mended] = 2
        parents = np.where(generator.random((2, people)) < 0.1, "p", "0")
        return make_genotypes(
            codes,
            CHROM=np.repeat(names, each),
            SEX=sex.astype(np.int8),
            PAT=parents[0],
            MAT=parents[1],
        ), codes.astype(np.uint8)

    return make


@pytest.fixture
def write(tmp_path):
    """`text -> path` of a file in a folder with an awkward name."""

    def write_text(text):
        path = tmp_path / "a cohort [1].pheno"
        path.write_bytes(text.encode())
        return path

    return write_text
