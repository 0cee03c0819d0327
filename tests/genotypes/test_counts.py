"""Genotype counts against counting the unpacked codes."""

import numpy as np
import pytest

from gxjax.genotypes import count_codes, count_missing, pack
from gxjax.genotypes.packed import byte_codes


def naive(codes):
    return np.stack([(codes == code).sum(axis=0) for code in range(4)], axis=1)


def test_count_codes__equals_hand_computed():
    codes = np.array([[0, 3], [2, 3], [2, 1]], np.uint8)
    np.testing.assert_array_equal(
        count_codes(pack(codes), 2), [[1, 0, 2, 0], [0, 1, 0, 2]]
    )


@pytest.mark.parametrize("shape", [(1, 1), (254, 5), (255, 8), (256, 3), (1023, 13)])
def test_count_codes__equals_naive(shape):
    codes = np.random.default_rng(0).integers(0, 4, shape, dtype=np.uint8)
    np.testing.assert_array_equal(count_codes(pack(codes), shape[1]), naive(codes))


@pytest.mark.parametrize("code", range(4))
def test_count_codes__does_not_overflow(code):
    codes = np.full((700, 5), code, np.uint8)
    np.testing.assert_array_equal(count_codes(pack(codes), 5), naive(codes))


def test_count_codes__crosses_blocks_of_variants(monkeypatch):
    monkeypatch.setattr("gxjax.genotypes.counts._BYTES", 2)
    codes = np.random.default_rng(2).integers(0, 4, (9, 21), dtype=np.uint8)
    np.testing.assert_array_equal(count_codes(pack(codes), 21), naive(codes))


def test_count_codes__reads_strips_of_variants(monkeypatch):
    monkeypatch.setattr("gxjax.genotypes.counts._STRIP", 3)
    codes = np.random.default_rng(4).integers(0, 4, (300, 21), dtype=np.uint8)
    calls = []
    found = count_codes(pack(codes), 21, progress=lambda *call: calls.append(call[0]))
    np.testing.assert_array_equal(found, naive(codes))
    assert calls == [127, 150, 277, 300]


def test_count_codes__counts_only_the_people_named():
    codes = np.random.default_rng(1).integers(0, 4, (600, 6), dtype=np.uint8)
    people = np.array([5, 5, 599, *range(300)])
    found = count_codes(pack(codes), 6, people)
    np.testing.assert_array_equal(found, naive(codes[people]))
    assert not count_codes(pack(codes), 6, np.array([], int)).any()


def test_count_codes__raises_on_a_mask():
    with pytest.raises(AssertionError):
        count_codes(np.zeros((3, 1), np.uint8), 4, np.array([True, False, True]))


@pytest.mark.parametrize("count", [1, 4, 7])
def test_count_missing__equals_naive(count):
    codes = np.random.default_rng(3).integers(0, 4, (300, count), dtype=np.uint8)
    found = count_missing(pack(codes), count)
    np.testing.assert_array_equal(found, (codes == 3).sum(axis=1))


def test_count_codes__of_dosages_are_hard_calls_within_a_tenth():
    codes = np.arange(256, dtype=np.uint8)[:, None].repeat(3, axis=1)
    codes[:, 1] = 12
    codes[:, 2] = 13
    counts = count_codes(codes, 3, bits=8)
    # 0 to 12, 115 to 139, 242 to 254.
    np.testing.assert_array_equal(counts[0], [13, 25, 13, 205])
    np.testing.assert_array_equal(counts[1:], [[256, 0, 0, 0], [0, 0, 0, 256]])
    np.testing.assert_array_equal(
        count_missing(codes, 3, bits=8)[[0, 12, 13, 127, 255]], [1, 1, 2, 1, 2]
    )


def test_count_codes__of_hard_calls_of_eight_bits(random_codes):
    codes = random_codes(70, 33, missing=0.2)
    people = np.array([3, 3, 60, 9])
    np.testing.assert_array_equal(
        count_codes(byte_codes(codes), 33, people, bits=8),
        count_codes(pack(codes), 33, people),
    )
    np.testing.assert_array_equal(
        count_missing(byte_codes(codes), 33, bits=8), count_missing(pack(codes), 33)
    )
