import numpy as np
import pytest

from gxjax.linkage.block_krylov import block_krylov


def spectrum(people, largest, seed=0):
    """A symmetric matrix with these eigenvalues above a bulk of 0 to 1."""
    draw = np.random.default_rng(seed)
    turn = np.linalg.qr(draw.normal(size=(people, people)))[0]
    values = draw.uniform(0, 1, people)
    values[: len(largest)] = largest
    return (turn * values[None, :]) @ turn.T, turn


@pytest.mark.parametrize("people", [300, 700])
def test_block_krylov__finds_separated_eigenpairs(people):
    matrix, turn = spectrum(people, [9, 7, 6.5, 3])
    start = np.random.default_rng(1).normal(size=(people, 14))
    found = block_krylov(lambda block: matrix @ block, start, 4)
    np.testing.assert_allclose(found.values, [9, 7, 6.5, 3], rtol=1e-4)
    along = np.abs((found.vectors * turn[:, :4]).sum(axis=0))
    assert (along > 0.9999).all()
    assert found.products == (1 if people == 300 else found.products) < 9


def test_block_krylov__residuals_are_true():
    matrix, _ = spectrum(700, [1.3, 1.2])
    start = np.random.default_rng(1).normal(size=(700, 9))
    found = block_krylov(lambda block: matrix @ block, start, 6, most=4)
    assert found.products == 4
    off = matrix @ found.vectors - found.vectors * found.values[None, :]
    np.testing.assert_allclose(np.linalg.norm(off, axis=0), found.residuals, atol=1e-5)
    assert (found.residuals > 1e-3).any()


def test_block_krylov__ends_where_no_direction_is_left():
    start = np.random.default_rng(1).normal(size=(600, 150))
    found = block_krylov(lambda block: 2 * block, start, 3)
    np.testing.assert_allclose(found.values, 2, rtol=1e-6)
    assert np.isfinite(found.vectors).all()
