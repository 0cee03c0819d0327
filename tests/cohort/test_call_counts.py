import numpy as np
import pytest

from gxjax.cohort.call_counts import (
    allele_counts,
    count_calls,
    founder_rows,
    hardy_counts,
    hardy_p,
)
from gxjax.cohort.chromosome import AUTOSOMAL, CHR_X, CHR_Y, DIPLOID, HAPLOID
from gxjax.cohort.hardy_weinberg import exact_test
from gxjax.types import silent

# Two men, two women, one of unknown sex; the same calls on every kind of chromosome.
SEX = np.array([1, 1, 2, 2, 0], np.int8)
CALLS = np.array([2, 1, 1, 3, 2])
KIND = np.array([AUTOSOMAL, DIPLOID, CHR_X, CHR_Y, HAPLOID], np.int8)


@pytest.fixture
def counts(make_genotypes):
    genotypes = make_genotypes(np.repeat(CALLS[:, None], 5, axis=1), SEX=SEX)
    people, variants = np.arange(5), np.arange(5)
    return count_calls(genotypes, [people], variants, KIND, silent)[0]


def test_count_calls__by_copies(counts):
    every = [0, 2, 2, 1]
    np.testing.assert_array_equal(
        counts.diploid, [every, every, [0, 1, 1, 1], [0] * 4, [0] * 4]
    )
    np.testing.assert_array_equal(
        counts.haploid, [[0] * 4, [0] * 4, [0, 1, 1, 0], [0, 1, 1, 0], every]
    )
    np.testing.assert_array_equal(counts.sexless.sum(axis=1), [0, 0, 1, 0, 0])
    # On Y nobody but men could be missing.
    np.testing.assert_array_equal(counts.missing, [1, 1, 1, 0, 1])
    np.testing.assert_array_equal(counts.people, [5, 5, 5, 2, 5])


def test_allele_counts__halves_of_haploid_heterozygotes(counts):
    copies, total = allele_counts(counts)
    np.testing.assert_array_equal(copies, [6, 6, 1.5 + 3, 1.5, 3])
    np.testing.assert_array_equal(total, [8, 8, 2 + 4, 2, 4])


def test_hardy_counts__of_women_and_homozygous_men(counts):
    two, males = hardy_counts(counts)
    np.testing.assert_array_equal(two[2], [0, 1, 0])
    np.testing.assert_array_equal(males, [[0, 0], [0, 0], [0, 1], [0, 0], [0, 0]])
    found = hardy_p(counts)
    assert found[0] == found[1] == exact_test(np.array([[0, 2, 2]]))[0]
    np.testing.assert_array_equal(found[3:], 1)


def test_founder_rows__of_some_people(make_genotypes):
    pat, mat = ["0", "p", "0", "0", "i0"], ["0", "0", "m", "0", "i1"]
    samples = make_genotypes(np.zeros((5, 1)), PAT=pat, MAT=mat).samples
    found = founder_rows(samples, np.array([1, 2, 3, 4]))
    np.testing.assert_array_equal(found, [3])


@pytest.mark.parametrize("kinds", [(CHR_X,), (CHR_Y, HAPLOID), (AUTOSOMAL, CHR_X)])
def test_count_calls__groups_are_counted_apart(make_genotypes, random_codes, kinds):
    codes = random_codes(60, len(kinds), missing=0.2)
    sex = np.random.default_rng(1).integers(0, 3, 60).astype(np.int8)
    genotypes = make_genotypes(codes, SEX=sex)
    groups = [np.arange(60), np.arange(5, 60, 3)]
    columns, kind = np.arange(len(kinds)), np.array(kinds, np.int8)
    found = count_calls(genotypes, groups, columns, kind, silent)
    for group, counts in zip(groups, found, strict=True):
        alone = count_calls(genotypes, [group], columns, kind, silent)[0]
        for one, other in zip(counts, alone, strict=True):
            np.testing.assert_array_equal(one, other)
        on_y = kind == CHR_Y
        expected = np.where(on_y, (sex[group] == 1).sum(), len(group))
        np.testing.assert_array_equal(counts.people, expected)
