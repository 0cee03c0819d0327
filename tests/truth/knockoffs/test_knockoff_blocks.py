"""Cuts fall between stretches of LD."""

import itertools

import numpy as np
import pytest

from gxjax.truth.knockoffs.ld_blocks import cut_where_ld_is_least


def test_cut__falls_between_stretches_of_ld():
    random = np.random.default_rng(0)
    lengths = [13, 17, 11, 19, 15, 12]
    columns = [
        random.standard_normal((400, 1)) + 0.3 * random.standard_normal((400, n))
        for n in lengths
    ]
    values = np.hstack(columns)
    values = (values - values.mean(0)[None]) / values.std(0)[None]
    found = cut_where_ld_is_least(lambda a, b: values[:, a:b], sum(lengths), 21)
    edges = np.cumsum([0, *lengths])
    expected = list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
    assert found == expected


@pytest.mark.parametrize("count", [1, 2, 9, 10, 11, 15, 16, 40])
def test_cut__leaves_no_column_out_and_no_block_too_large(count):
    values = np.random.default_rng(1).standard_normal((50, count))
    found = cut_where_ld_is_least(lambda a, b: values[:, a:b], count, 10)
    assert found[0][0] == 0
    assert found[-1][1] == count
    assert all(a[1] == b[0] for a, b in itertools.pairwise(found))
    assert all(right - left <= 10 for left, right in found)
    assert all(right - left >= 5 for left, right in found[:-1])
