import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from gxjax.comparator.gram import gram, solve_ridge

module = sys.modules["gxjax.comparator.gram"]


@pytest.mark.parametrize("tile", [4, 100])
def test_gram__equals_a_product(monkeypatch, tile):
    monkeypatch.setattr(module, "_TILE", tile)
    rows = np.random.default_rng(0).normal(size=(11, 30)).astype(np.float32)
    found = gram([rows[:, :14], rows[:, 14:28], rows[:, 28:]], 11)
    assert found.dtype == np.float64
    assert found.flags.f_contiguous
    assert_allclose(found, rows.astype(float) @ rows.T.astype(float), atol=1e-5)
    assert_array_equal(found, found.T)


@pytest.mark.parametrize("tile", [4, 100])
def test_solve_ridge__equals_solve_and_keeps_the_matrix(monkeypatch, tile):
    monkeypatch.setattr(module, "_TILE", tile)
    draw = np.random.default_rng(1)
    rows = draw.normal(size=(11, 5))
    matrix, right = np.asfortranarray(rows @ rows.T), draw.normal(size=11)
    kept, penalties = matrix.copy(), [0.1, 3.0, 50.0]
    found = solve_ridge(matrix, right, penalties)
    assert_allclose(matrix, kept, rtol=1e-15)
    for place, penalty in enumerate(penalties):
        expected = np.linalg.solve(kept + penalty * np.eye(11), right)
        assert_allclose(found[:, place], expected, rtol=1e-8)


def test_solve_ridge__raises_on_a_singular_matrix():
    matrix = np.asfortranarray(np.ones((3, 3)))
    with pytest.raises(ValueError, match="singular"):
        solve_ridge(matrix, np.ones(3), [-1.0])
    assert_array_equal(matrix, np.ones((3, 3)))
