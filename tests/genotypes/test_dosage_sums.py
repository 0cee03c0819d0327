"""Sums over a matrix of dosages, in memory or in a store, are those of its columns."""

import numpy as np
import pytest

from gxjax.genotypes import dosage_sums, write_store
from gxjax.genotypes.dosage_sums import DosageSums, sum_dosages, sums_of


@pytest.fixture
def codes():
    found = np.random.default_rng(1).integers(0, 256, (90, 33), np.uint8)
    found[:, 3], found[:, 4] = 255, 128
    return found


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(dosage_sums, "_STRIP", 10)
    monkeypatch.setattr(dosage_sums, "_PEOPLE", 16)


@pytest.mark.parametrize("stored", [False, True])
def test_sum_dosages__of_some_people(codes, tmp_path, stored):
    people = np.flatnonzero(np.arange(90) % 7)
    packed = write_store(codes, tmp_path / "s", bits=8) if stored else codes
    done = []
    found = sum_dosages(packed, 33, people, lambda *step: done.append(step[:2]))
    for ours, expected in zip(found, sums_of(codes[people], 0), strict=True):
        np.testing.assert_array_equal(ours, expected)
        assert ours.dtype == expected.dtype
    assert done == sorted(done)
    assert done[-1] == (len(people), len(people))
    assert not found.varies[3:5].any()
    assert found.varies[[0, 1, 2, 5]].all()
    assert found.mean[3] == 0


def test_sums_of__hand_computed():
    codes = np.array([[0, 255], [127, 255], [254, 255], [255, 255]], np.uint8)
    found = sums_of(codes, 0)
    np.testing.assert_array_equal(found.copies, [3, 0])
    np.testing.assert_array_equal(found.called, [3, 0])
    np.testing.assert_array_equal(found.mean, [1, 0])
    np.testing.assert_array_equal(found.varies, [True, False])


def test_dosage_sums__join_people_and_variants(codes):
    down = sums_of(codes[:40], 0).plus(sums_of(codes[40:], 0))
    across = DosageSums.joined([sums_of(codes[:, :5], 0), sums_of(codes[:, 5:], 0)])
    for first, second, whole in zip(down, across, sums_of(codes.T, 1), strict=True):
        np.testing.assert_array_equal(first, whole)
        np.testing.assert_array_equal(second, whole)
