"""Simes' p-values by definition, and the table of loci."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from gxjax.benchmark.locus_p import locus_p, locus_table
from gxjax.types import KINDS, Truth


def simes(values):
    ordered = sorted(values)
    return min(len(ordered) * p / (k + 1) for k, p in enumerate(ordered))


@given(st.integers(0, 10_000), st.integers(1, 6))
def test_locus_p__is_simes_of_each(seed, loci):
    generator = np.random.default_rng(seed)
    p = generator.random((2, 20)).round(2)
    p[generator.random(p.shape) < 0.1] = np.nan
    locus = generator.integers(-1, loci, 20)
    found = locus_p(p, locus)
    for row, tested in zip(p, found, strict=True):
        for label, value in enumerate(tested):
            inside = row[(locus == label) & ~np.isnan(row)]
            assert_allclose(value, simes(inside) if len(inside) else np.nan)


def test_locus_p__is_uniform_or_less_for_null_variants():
    """Under the null of independent variants Simes' p-value is exactly uniform."""
    p = np.random.default_rng(1).random((4000, 5))
    found = locus_p(p, np.zeros(5, int))[:, 0]
    assert abs((found < 0.1).mean() - 0.1) < 0.02


def test_locus_p__raises_on_shape_and_takes_no_locus():
    with pytest.raises(ValueError, match="locus: shape"):
        locus_p(np.ones((1, 3)), np.zeros(4, int))
    assert locus_p(np.ones((2, 3)), np.full(3, -1)).shape == (2, 0)


def table_of(kind, scores, p, locus, **options):
    variants = pd.DataFrame(
        {
            "CHROM": ["1", "1", "1", "2", "2"],
            "POS": [10, 20, 30, 5, 8],
            "ID": list("abcde"),
        }
    )
    nothing = np.full(5, np.nan, np.float32)
    kinds = np.array([KINDS.index(name) for name in kind], np.int8)
    truth = Truth(kinds, np.full(5, -1, np.int32), nothing, nothing)
    columns = [("saliency", "none")] * len(scores)
    return locus_table(
        np.array(scores), columns, np.array(p), locus, variants, truth, **options
    )


def test_locus_table__names_the_best_and_what_is_planted():
    kind = ["real", "dominant", "real", "real", "decoy"]
    locus = np.array([0, 0, -1, 1, 1])
    table = table_of(kind, [[3.0, 2, 9, 1, 7]], [[0.01, 0.4, 0.001, 0.5, 0.3]], locus)
    expected = pd.DataFrame(
        {
            "method": "saliency",
            "noise": "none",
            "#CHROM": ["1", "2"],
            "START": [10, 5],
            "END": [20, 8],
            "ID": ["a", "e"],
            "variants": 2,
            "score": [3.0, 7.0],
            "p": [0.02, 0.5],
            "q": [0.04, 0.5],
            "kind": ["dominant", "real"],
        }
    )
    pd.testing.assert_frame_equal(table, expected)
    assert len(table_of(kind, [[1.0] * 5] * 2, [[0.5] * 5] * 2, locus, most=1)) == 2


def test_locus_table__has_the_least_p_first_and_leaves_out_untested_loci():
    locus = np.array([2, 0, 0, 1, 1])
    p = [[0.2, 0.4, 0.3, np.nan, np.nan], [0.9, np.nan, 0.1, 0.5, np.nan]]
    table = table_of(["real"] * 5, [[1.0, 2, 3, 4, 5]] * 2, p, locus)
    assert list(table["ID"]) == ["a", "c", "c", "e", "a"]
    assert_allclose(table["p"], [0.2, 0.4, 0.1, 0.5, 0.9])
    assert_allclose(table["q"], [0.4, 0.4, 0.3, 0.75, 0.9])
    assert list(table["variants"]) == [1, 2, 2, 2, 1]


def test_locus_table__is_empty_without_loci():
    none = table_of(["real"] * 5, [[1.0] * 5], [[0.5] * 5], np.full(5, -1))
    assert list(none)[:3] == ["method", "noise", "#CHROM"]
    assert len(none) == 0
