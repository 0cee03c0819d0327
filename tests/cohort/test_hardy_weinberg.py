from fractions import Fraction
from math import comb, factorial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gxjax.cohort.hardy_weinberg import exact_test


def enumerate_p(homozygous, heterozygous, other):
    """The definition, in exact fractions."""
    people = homozygous + heterozygous + other
    alleles = 2 * homozygous + heterozygous

    def probability(het):
        first = (alleles - het) // 2
        arrangements = factorial(people) // (
            factorial(first) * factorial(het) * factorial(people - het - first)
        )
        return Fraction(arrangements * 2**het, comb(2 * people, alleles))

    possible = range(alleles % 2, min(alleles, 2 * people - alleles) + 1, 2)
    observed = probability(heterozygous)
    return float(sum(p for p in map(probability, possible) if p <= observed))


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((0, 0, 0), 1.0),
        ((5, 0, 0), 1.0),
        # One minor allele: only one arrangement.
        ((0, 1, 9), 1.0),
        # Two people, two alleles each: P(2 het) = 2/3, P(0 het) = 1/3.
        ((1, 0, 1), 1 / 3),
        ((0, 2, 0), 1.0),
        # Three people, two minor alleles: P(2 het) = 4/5, P(0 het) = 1/5.
        ((1, 0, 2), 1 / 5),
    ],
)
def test_exact_test__known(counts, expected):
    found = exact_test(np.array([counts]))[0]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@given(st.tuples(*[st.integers(0, 60)] * 3))
def test_exact_test__equals_enumeration(counts):
    found = exact_test(np.array([counts, counts[::-1]]))
    np.testing.assert_allclose(found, enumerate_p(*counts), rtol=1e-9)


def test_exact_test__far_tail_keeps_relative_precision():
    found = exact_test(np.array([[300, 100, 600]]))[0]
    np.testing.assert_allclose(found, enumerate_p(300, 100, 600), rtol=1e-9)
    assert 0 < found < 1e-100


def test_exact_test__no_variants():
    assert exact_test(np.zeros((0, 3), int)).shape == (0,)


def test_exact_test__uniform_or_above_under_the_null():
    generator = np.random.default_rng(0)
    frequency = generator.uniform(0.1, 0.5, 2000)
    p = [frequency**2, 2 * frequency * (1 - frequency), (1 - frequency) ** 2]
    counts = generator.multinomial(2000, np.stack(p, axis=1))
    assert 0.03 < (exact_test(counts) < 0.05).mean() < 0.06


def test_exact_test__equals_plink2(make_genotypes, write_fileset, random_codes, plink2):
    codes = random_codes(300, 80)
    codes[:, 0] = 1
    codes[:, 1] = np.arange(300) % 2 * 2
    genotypes = make_genotypes(codes)
    prefix = write_fileset(genotypes, codes)
    plink2("--bfile", prefix, "--hardy", "--out", prefix)
    table = pd.read_csv(prefix.with_suffix(".hardy"), sep="\t")
    counts = np.stack([(codes == code).sum(0) for code in (0, 1, 2)], axis=1)
    np.testing.assert_allclose(exact_test(counts), table["P"], rtol=1e-5)
