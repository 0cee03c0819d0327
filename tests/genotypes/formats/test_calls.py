"""Called alleles to codes: every pair of alleles, and what is none."""

import numpy as np
import pytest

from gxjax.genotypes.formats.calls import (
    HALF,
    allele_codes,
    check_half_call,
    is_haploid,
)

PAIRS = [(0, 0), (0, 1), (1, 0), (1, 1), (-1, -1), (0, -2), (1, -2), (-1, -2), (-2, -2)]
HALVES = [(-1, 0), (0, -1), (-1, 1), (1, -1)]


@pytest.mark.parametrize("kind", [np.int8, np.int16, np.int32])
def test_allele_codes__pairs_and_single_alleles(kind):
    pairs = np.array(PAIRS, kind)
    assert allele_codes(pairs).tolist() == [0, 1, 1, 2, 3, 0, 2, 3, 3]
    assert is_haploid(pairs).tolist() == [False] * 5 + [True] * 4
    alone = np.array([[0], [1], [-1]], kind)
    assert allele_codes(alone).tolist() == [0, 2, 3]
    assert is_haploid(alone).all()


@pytest.mark.parametrize(
    ("half_call", "expected"),
    [
        ("error", [HALF] * 4),
        ("missing", [3] * 4),
        ("haploid", [0, 0, 2, 2]),
        ("reference", [0, 0, 1, 1]),
    ],
)
def test_allele_codes__half_calls(half_call, expected):
    assert allele_codes(np.array(HALVES), half_call).tolist() == expected


def test_allele_codes__raises_on_three_alleles_and_on_a_third():
    assert allele_codes(np.array([[0, 1, -2]])).tolist() == [1]
    with pytest.raises(ValueError, match="a call of 3 alleles"):
        allele_codes(np.array([[0, 1, 1]]))
    with pytest.raises(ValueError, match="allele 2 of a variant with two"):
        allele_codes(np.array([[0, 2]]))


def test_check_half_call__raises_on_another_word():
    with pytest.raises(ValueError, match="'h'; expected error, haploid"):
        check_half_call("h")
