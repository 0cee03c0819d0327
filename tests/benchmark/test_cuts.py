"""Cuts, and many estimates at once."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from gxjax.benchmark import cuts
from gxjax.benchmark.cuts import Cut, cuts_at, estimate_cuts
from gxjax.benchmark.resampling import Ratio, estimate


def test_cuts_at__of_every_replicate():
    found = cuts_at((0.9, 0.95), (10, 50, 5, 90), (100, 80))
    assert found == [
        Cut(0.9, (10, 8)),
        Cut(0.95, (5, 4)),
        Cut(0.5, (50, 50)),
    ]
    with pytest.raises(ValueError, match="ks: found -1"):
        cuts_at((), (-1,), (100,))


@pytest.mark.parametrize("at_once", [1, 1 << 24])
@pytest.mark.parametrize("same", [True, False])
def test_estimate_cuts__is_one_estimate_after_the_other(
    key, same, at_once, monkeypatch
):
    monkeypatch.setattr(cuts, "_NUMBERS_AT_ONCE", at_once)
    generator = np.random.default_rng(0)
    ratios = []
    for _ in range(3):
        below = [np.ones((1, 1, 9)) if same else generator.random((2, 4, 9))] * 2
        above = generator.random((2, 2, 4, 9))
        ratios.append([Ratio(*each) for each in zip(above, below, strict=True)])
    found = estimate_cuts(ratios, key, draws=20)
    for one, replicates in zip(found, ratios, strict=True):
        expected = estimate(replicates, key, draws=20)
        for part, other in zip(one, expected, strict=True):
            assert_allclose(part, other, rtol=1e-5)
    assert estimate_cuts([], key) == []
    none = Ratio(np.zeros((0, 2, 9)), np.ones((1, 1, 9)))
    with pytest.raises(ValueError, match="ratios: no score column"):
        estimate_cuts([[none]], key)
