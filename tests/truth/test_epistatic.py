"""The product carries the signed target, neither member does."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from gxjax.truth.epistatic import draw_epistatic_pair, main_effect_bound


def _phenotype(kind):
    y = np.random.default_rng(1).standard_normal(6000)
    y = (y > 1.0).astype(float) if kind == "cases" else y
    return (y - y.mean()) / y.std()


@pytest.mark.parametrize("kind", ["normal", "cases"])
@pytest.mark.parametrize("target", [-0.15, 0.15])
def test_draw_epistatic_pair__meets_the_signed_target_only_jointly(kind, target):
    y = _phenotype(kind)
    first, second = draw_epistatic_pair(np.random.default_rng(3), y, target)
    a, b = (draft.codes - draft.codes.mean() for draft in (first, second))
    achieved = np.corrcoef(y, a * b)[0, 1]
    assert abs(achieved - target) < 0.004
    assert_allclose([first.achieved, second.achieved], achieved, atol=1e-9)
    for member in (a, b):
        assert abs(np.corrcoef(y, member)[0, 1]) <= main_effect_bound(6000)
    assert first.violation <= 1


def test_main_effect_bound__is_published_in_large_cohorts():
    assert main_effect_bound(320_000) == 0.010
    assert_allclose(main_effect_bound(10_000), 0.02)
