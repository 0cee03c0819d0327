"""The layout: every column has one place, a granule whole bytes of every block."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gxjax.ensemble.layout import layout_of

blocks = st.lists(st.integers(1, 90), min_size=1, max_size=3).map(tuple)


@given(blocks, st.integers(1, 8))
def test_layout_of__gives_every_column_one_place(counts, granules):
    layout = layout_of(counts, granules)
    real = layout.columns[layout.columns >= 0]
    assert sorted(real) == list(range(sum(counts)))
    assert len(layout.columns) == 4 * granules * sum(layout.octets)


@given(blocks, st.integers(1, 8), st.integers(1, 3))
def test_layout__spreads_values_to_their_inputs(counts, granules, channels):
    layout = layout_of(counts, granules)
    values = np.arange(1, channels * sum(counts) + 1, dtype=np.float32)
    spread = layout.spread(values)
    inputs = layout.inputs(channels)
    np.testing.assert_array_equal(np.where(inputs < 0, 0, inputs + 1), spread)


def test_layout_of__cuts_every_block_alike():
    """Two blocks of 9 columns, 3 bytes each, in 2 granules of 2 bytes a block."""
    layout = layout_of((9, 9), 2)
    assert layout.octets == (2, 2)
    first = layout.columns[:16]
    assert first.tolist() == [*range(8), *range(9, 17)]
    second = layout.columns[16:]
    assert second[[0, 8]].tolist() == [8, 17]
    assert (np.delete(second, [0, 8]) == -1).all()


@pytest.mark.parametrize("granules", [1, 4])
def test_layout_of__one_column(granules):
    layout = layout_of((1,), granules)
    assert layout.columns[0] == 0


def test_layout_of__places_do_not_depend_on_bits():
    two, mixed = layout_of((9, 18), 2), layout_of((9, 18), 2, (8, 2))
    np.testing.assert_array_equal(mixed.columns, two.columns)
    assert (two.octets, mixed.octets) == ((2, 3), (8, 3))
    assert two.bits == 2
    assert mixed.bits == (8 * 16 + 2 * 24) / 40
