"""Permutations that keep the split."""

import jax
import numpy as np
from numpy.testing import assert_array_equal

from gxjax.truth import permute_within_split, shuffle_phenotype

SPLIT = np.random.default_rng(0).choice(3, 500, p=[0.8, 0.1, 0.1]).astype(np.int8)


def test_permute_within_split__permutes_and_keeps_the_split(key):
    permutation = permute_within_split(key, SPLIT)
    assert permutation.dtype == np.int32
    assert_array_equal(np.sort(permutation), np.arange(500))
    assert_array_equal(SPLIT[permutation], SPLIT)
    assert (permutation == np.arange(500)).mean() < 0.05


def test_permute_within_split__depends_on_the_key(key):
    first = permute_within_split(key, SPLIT)
    assert_array_equal(first, permute_within_split(key, SPLIT))
    assert (first != permute_within_split(jax.random.key(1), SPLIT)).any()


def test_shuffle_phenotype__deals_anew_within_each_split(key):
    y = np.arange(500, dtype=np.float32)
    shuffled = shuffle_phenotype(key, y, SPLIT)
    assert shuffled.dtype == np.float32
    for part in range(3):
        people = np.flatnonzero(np.equal(SPLIT, part))
        assert_array_equal(np.sort(shuffled[people]), y[people])
    assert (shuffled != y[permute_within_split(key, SPLIT)]).any()
    assert abs(np.corrcoef(y, shuffled)[0, 1]) < 0.2
