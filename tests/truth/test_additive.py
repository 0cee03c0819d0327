"""Class means of y near a line, frequencies from the spectrum given."""

import numpy as np
import pytest

from gxjax.truth.additive import LINEARITY, draw_additive


@pytest.mark.parametrize("rho", [-0.3, 0.3])
def test_draw_additive__class_means_are_near_linear(rho):
    y = np.random.default_rng(1).standard_normal(5000)
    y = (y - y.mean()) / y.std()
    draft = draw_additive(np.random.default_rng(2), y, rho, np.array([0.3]))
    means = [y[draft.codes == dosage].mean() for dosage in range(3)]
    steps = np.diff(means)
    assert draft.violation <= 1
    assert abs(steps[1] - steps[0]) <= LINEARITY * np.abs(steps).max()
    assert (np.sign(steps) == np.sign(rho)).all()
    assert abs(draft.codes.mean() / 2 - 0.3) < 0.02


def test_draw_additive__keeps_the_best_when_no_try_meets_the_guard():
    # Two distant values among many equal ones: no class means are near linear.
    y = np.zeros(500)
    y[:2] = [30.0, -1.0]
    y = (y - y.mean()) / y.std()
    draft = draw_additive(np.random.default_rng(0), y, 0.4, np.array([0.1]))
    assert draft.violation > 1
    assert set(np.unique(draft.codes)) <= {0, 1, 2}
