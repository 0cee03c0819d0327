"""Transposition and recoding against plain indexing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gxjax.genotypes import pack, to_bed, transpose_bed

# PLINK's 2-bit code of our code 0, 1, 2, missing.
PLINK = np.array([0b11, 0b10, 0b00, 0b01], np.uint8)


def bed_of(codes):
    return pack(np.ascontiguousarray(PLINK[codes].T))


@given(
    arrays.arrays(
        np.uint8,
        st.tuples(st.integers(1, 19), st.integers(1, 19)),
        elements=st.integers(0, 3),
    )
)
def test_transpose_bed__both_ways_equals_indexing(codes):
    bed = bed_of(codes)
    np.testing.assert_array_equal(transpose_bed(bed, codes.shape[0]), pack(codes))
    np.testing.assert_array_equal(to_bed(pack(codes), codes.shape[1]), bed)


@pytest.mark.parametrize("shape", [(1030, 1029), (5, 2049), (2051, 6)])
def test_transpose_bed__crosses_tiles(shape):
    codes = np.random.default_rng(0).integers(0, 4, shape, dtype=np.uint8)
    np.testing.assert_array_equal(transpose_bed(bed_of(codes), shape[0]), pack(codes))
    np.testing.assert_array_equal(to_bed(pack(codes), shape[1]), bed_of(codes))


def test_transpose_bed__joins_files_at_odd_counts(monkeypatch):
    monkeypatch.setattr("gxjax.genotypes.transpose._TILE_ROWS", 8)
    codes = np.random.default_rng(1).integers(0, 4, (7, 30), dtype=np.uint8)
    bed = bed_of(codes)
    joined = transpose_bed([bed[:3], bed[3:4], bed[4:22], bed[22:]], 7)
    np.testing.assert_array_equal(joined, pack(codes))


def test_transpose_bed__ignores_padding_bits():
    codes = np.array([[2], [0], [1]], np.uint8)
    bed = bed_of(codes) | np.uint8(0b11000000)
    np.testing.assert_array_equal(transpose_bed(bed, 3), pack(codes))


def test_transpose_bed__reports_progress(monkeypatch):
    monkeypatch.setattr("gxjax.genotypes.transpose._TILE_ROWS", 8)
    calls = []
    transpose_bed(np.zeros((20, 1), np.uint8), 4, lambda *done: calls.append(done[:2]))
    assert calls == [(8, 20), (16, 20), (20, 20)]
