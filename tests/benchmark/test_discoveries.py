"""Right and wrong discoveries by hand."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from gxjax.benchmark.discoveries import (
    causal,
    false_discoveries,
    realised_fdr,
    tagged,
)
from gxjax.types import KINDS, Neighbours, Truth


@pytest.fixture
def truth():
    kinds = ["real", "polygenic", "three_way", "decoy", "gene_by_sex", "knockoff"]
    nothing = np.full(6, np.nan, np.float32)
    codes = np.array([KINDS.index(kind) for kind in kinds], np.int8)
    return Truth(codes, np.full(6, -1, np.int32), nothing, nothing)


def test_false_discoveries__are_neither_planted_nor_polygenic(truth):
    assert_array_equal(causal(truth), [0, 0, 1, 0, 1, 0])
    assert_array_equal(false_discoveries(truth), [1, 0, 0, 1, 0, 1])


def test_false_discoveries__do_not_tag_a_planted_variant(truth):
    starts = np.array([0, 2, 3, 4, 5, 5, 5])
    columns = np.array([1, 2, 0, 0, 4])
    r2 = np.array([0.9, 0.4, 0.9, 0.4, 0.6], np.float32)
    neighbours = Neighbours(starts, columns, r2)
    assert_array_equal(false_discoveries(truth, neighbours), [1, 0, 0, 0, 0, 1])
    assert_array_equal(false_discoveries(truth, neighbours, 0.4), [0, 0, 0, 0, 0, 1])
    with pytest.raises(ValueError, match="neighbours: of 2 columns"):
        false_discoveries(truth, Neighbours(starts[:3], columns, r2))


def test_realised_fdr__is_0_where_nothing_is_selected():
    selected = np.array([[1, 1, 0], [0, 0, 0], [0, 1, 1]], bool)
    assert_allclose(
        realised_fdr(selected, np.array([True, False, True])), [0.5, 0, 0.5]
    )


def test_tagged__holds_a_flagged_variant():
    labels = np.array([0, 2, 2, -1])
    flags = np.array([False, True, False, True])
    assert_array_equal(tagged(flags, labels, 4), [0, 0, 1, 0])
