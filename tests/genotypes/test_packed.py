"""Packing against hand-written bytes, and round trips at odd sizes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gxjax.genotypes import decode, gather_codes, pack, select_variants, unpack
from gxjax.genotypes.packed import Bits, byte_codes, dosage_table

CODES = arrays.arrays(
    np.uint8,
    st.tuples(st.integers(1, 9), st.integers(1, 13)),
    elements=st.integers(0, 3),
)


def test_pack__equals_hand_computed_bytes():
    codes = np.array([[0, 1, 2, 3, 2], [3, 3, 0, 0, 1]], np.uint8)
    np.testing.assert_array_equal(
        pack(codes), np.array([[0b11100100, 0b10], [0b00001111, 0b01]], np.uint8)
    )


@given(CODES)
def test_unpack__inverts_pack(codes):
    np.testing.assert_array_equal(unpack(pack(codes), codes.shape[1]), codes)


@given(CODES)
def test_pack__leaves_padding_zero(codes):
    packed = pack(codes)
    padding = unpack(packed, 4 * packed.shape[1])[:, codes.shape[1] :]
    assert not padding.any()


@settings(deadline=None, max_examples=20)
@given(CODES)
def test_decode__equals_unpack(codes):
    decoded = decode(jnp.asarray(pack(codes)), codes.shape[1])
    assert decoded.dtype == jnp.uint8
    np.testing.assert_array_equal(decoded, codes)


@given(CODES, st.data())
def test_select_variants__equals_indexing(codes, data):
    count = codes.shape[1]
    indices = data.draw(st.lists(st.integers(0, count - 1), max_size=9))
    selected = select_variants(pack(codes), count, np.array(indices, int))
    np.testing.assert_array_equal(selected, pack(codes[:, indices]))


def test_select_variants__crosses_blocks_of_people(monkeypatch):
    monkeypatch.setattr("gxjax.genotypes.packed._CODES_PER_BLOCK", 9)
    codes = np.random.default_rng(0).integers(0, 4, (11, 7), dtype=np.uint8)
    selected = select_variants(pack(codes), 7, np.array([6, 0, 0]))
    np.testing.assert_array_equal(unpack(selected, 3), codes[:, [6, 0, 0]])


@pytest.mark.parametrize("index", [-1, 5])
def test_select_variants__raises_on_index_out_of_range(index):
    with pytest.raises(IndexError, match="expected 0 to 4"):
        select_variants(np.zeros((2, 2), np.uint8), 5, np.array([0, index]))


def test_unpack__raises_on_wrong_width():
    with pytest.raises(AssertionError):
        unpack(np.zeros((2, 2), np.uint8), 9)


def test_gather_codes__reads_each_block_through_its_rows():
    random = np.random.default_rng(1)
    real = random.integers(0, 4, (6, 5), dtype=np.uint8)
    extra = random.integers(0, 4, (6, 3), dtype=np.uint8)
    rows = np.arange(6, dtype=np.int32)
    shuffled = np.array([2, 0, 1, 5, 3, 4], np.int32)
    people = np.array([4, 0, 4], np.int32)
    blocks = [(real, rows), (extra, rows), (real, shuffled)]
    arrays_ = [
        (jnp.asarray(pack(codes)), jnp.asarray(order)) for codes, order in blocks
    ]
    gather = jax.jit(gather_codes, static_argnums=1)
    found = gather(arrays_, (5, 3, 5), jnp.asarray(people))
    expected = np.concatenate(
        [real[people], extra[people], real[shuffled[people]]], axis=1
    )
    assert found.dtype == jnp.uint8
    np.testing.assert_array_equal(found, expected)


def test_decode__of_either_kind_into_eight_bits():
    calls = np.array([[0, 1, 2, 3, 1]], np.uint8)
    found = decode(jnp.asarray(pack(calls)), 5, into=8)
    np.testing.assert_array_equal(found, [[0, 127, 254, 255, 127]])
    np.testing.assert_array_equal(byte_codes(calls), found)
    np.testing.assert_array_equal(decode(found, 5, 8, 8), found)


def test_dosage_table__of_hard_calls_is_exact():
    two, eight = dosage_table(2), dosage_table(8)
    np.testing.assert_array_equal(eight[[0, 127, 254, 255]], two)
    np.testing.assert_allclose(eight[:255], np.arange(255) / 127, rtol=1e-7)


def test_bits__are_no_leaf_and_static():
    assert jax.tree.leaves((3, Bits(8))) == [3]
    traced = []

    @jax.jit
    def width(pair):
        traced.append(pair[1])
        return pair[0] * (8 // pair[1])

    assert [int(width((jnp.int32(3), Bits(bits)))) for bits in (2, 8, 2)] == [12, 3, 12]
    assert traced == [2, 8]


def test_select_variants__of_eight_bits():
    codes = np.random.default_rng(0).integers(0, 256, (5, 9), np.uint8)
    chosen = np.array([8, 1, 1, 4])
    found = select_variants(codes, 9, chosen, 8)
    np.testing.assert_array_equal(found, codes[:, chosen])
