import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from gxjax.comparator import ld_score, maf_score, random_score
from gxjax.types import Neighbours


def test_random_score__depends_on_the_key_alone(key):
    first = random_score(key, 50)
    assert_array_equal(first, random_score(key, 50))
    assert (first != random_score(jax.random.key(1), 50)).all()
    assert len(np.unique(first)) == 50


def test_maf_score__folds_the_allele_frequency():
    counts = [[50, 40, 10, 3], [10, 40, 50, 0], [0, 0, 7, 0], [0, 0, 0, 9]]
    assert_allclose(maf_score(counts), [0.3, 0.3, 0.0, -np.inf])


def test_maf_score__raises_on_a_shape():
    with pytest.raises(ValueError, match=r"counts: shape \(4,\)"):
        maf_score(np.zeros(4))


def test_ld_score__is_one_and_the_row_sums_of_r2():
    r2 = np.array(
        [[1, 0.5, 0, 0.25], [0.5, 1, 0, 0], [0, 0, 1, 0], [0.25, 0, 0, 1]], np.float32
    )
    other = r2 - np.eye(4, dtype=np.float32)
    rows, columns = np.nonzero(other)
    starts = np.searchsorted(rows, np.arange(5))
    neighbours = Neighbours(starts, columns.astype(np.int32), other[rows, columns])
    assert_allclose(ld_score(neighbours, 4), r2.sum(axis=1))
    assert_allclose(ld_score(neighbours, 6), [*r2.sum(axis=1), 1, 1])
    with pytest.raises(ValueError, match="of 4 columns; expected at most 3"):
        ld_score(neighbours, 3)


def test_ld_score__no_pairs():
    none = Neighbours(np.zeros(4, np.int64), np.zeros(0, np.int32), np.zeros(0))
    assert_array_equal(ld_score(none, 3), np.ones(3))
