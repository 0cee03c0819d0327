"""Blocks of LD by hand and by their definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy.sparse import coo_array

from gxjax.benchmark.ld_blocks import ld_blocks
from gxjax.types import Neighbours


def neighbours_of(count, pairs):
    """Both triangles of `(i, j, r2)`."""
    both = [(i, j, r2) for i, j, r2 in pairs] + [(j, i, r2) for i, j, r2 in pairs]
    rows, columns, values = np.array(both).reshape(-1, 3).T
    matrix = coo_array((values, (rows, columns)), (count, count)).tocsr()
    return Neighbours(
        matrix.indptr.astype(np.int64),
        matrix.indices.astype(np.int32),
        matrix.data.astype(np.float32),
    )


def test_ld_blocks__are_cut_where_no_pair_lies_across():
    pairs = [(0, 2, 0.6), (3, 4, 0.9), (4, 5, 0.3)]
    neighbours = neighbours_of(7, pairs)
    assert_array_equal(ld_blocks(neighbours), [0, 0, 0, 1, 1, 2, 3])
    assert_array_equal(ld_blocks(neighbours, 0.2), [0, 0, 0, 1, 1, 1, 2])
    assert_array_equal(ld_blocks(neighbours_of(3, []), 0.2), [0, 1, 2])
    assert len(ld_blocks(Neighbours(np.zeros(1, int), np.zeros(0), np.zeros(0)))) == 0


@given(st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=8))
def test_ld_blocks__are_the_finest_that_part_no_pair(found):
    pairs = sorted({(min(a, b), max(a, b)) for a, b in found if a != b})
    blocks = ld_blocks(neighbours_of(10, [(a, b, 0.8) for a, b in pairs]))
    for cut in range(1, 10):
        crossed = any(a < cut <= b for a, b in pairs)
        assert (blocks[cut] == blocks[cut - 1]) == crossed


def test_ld_blocks__raises_on_r2():
    with pytest.raises(ValueError, match="r2: found 0"):
        ld_blocks(neighbours_of(3, []), 0)
