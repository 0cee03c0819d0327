"""The shipped panel: shape, order, frequencies, and its storage order undone."""

from importlib import resources

import numpy as np
import pytest

from gxjax.genotypes import founder_panel
from gxjax.genotypes.founder_panel import _undo_prefix_order


def test_founder_panel__has_what_its_docstring_says():
    panel = founder_panel()
    assert panel.haplotypes.shape == (1000, 20000)
    assert set(np.unique(panel.haplotypes)) == {0, 1}
    frequency = panel.haplotypes.mean(axis=0)
    assert frequency.min() >= 0.01
    assert frequency.max() <= 0.5
    assert (panel.alleles[:, 0] != panel.alleles[:, 1]).all()
    for name in ("1", "2", "6", "11", "19"):
        positions = panel.positions[panel.chromosomes == name]
        assert len(positions) == 4000
        assert (np.diff(positions) > 0).all()


def test_founder_panel__is_small_and_read_only():
    resource = resources.files("gxjax.genotypes") / "founder_panel.npz"
    assert len(resource.read_bytes()) < 1_000_000
    with pytest.raises(ValueError, match="read-only"):
        founder_panel().haplotypes[0, 0] = 1


def test_undo_prefix_order__equals_hand_computed():
    # Stored: column 0 as is; column 1 with the founders that had 0 first.
    stored = np.array([[1, 0, 1, 0], [1, 0, 0, 1]], np.uint8)
    expected = [[1, 0, 1, 0], [0, 1, 1, 0]]
    np.testing.assert_array_equal(_undo_prefix_order(stored), expected)
