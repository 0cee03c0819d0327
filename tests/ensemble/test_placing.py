"""Packed genotypes on the devices: what is read of them, and how much at once."""

import jax
import numpy as np
import pytest

from gxjax.ensemble import placing
from gxjax.ensemble.mesh import make_mesh
from gxjax.types import Block

PEOPLE, OCTETS, GRANULES = 3000, 4, 8
COUNT = 4 * 30 - 1
"""Columns: 30 bytes of the 32 that 8 granules of 4 hold."""

PACKED = np.random.default_rng(0).integers(0, 256, (PEOPLE, 30)).astype(np.uint8)
WIDE = np.pad(PACKED, ((0, 0), (0, 2))).reshape(PEOPLE, GRANULES, OCTETS)


class Counted:
    """A packed matrix that counts how often each byte is read, and how many at once."""

    def __init__(self):
        self.shape, self.dtype = PACKED.shape, PACKED.dtype
        self.times, self.largest = np.zeros(PACKED.shape, int), 0

    def __getitem__(self, index):
        rows, columns = index
        np.add.at(self.times, np.ix_(np.arange(PEOPLE)[rows], np.r_[columns]), 1)
        self.largest = max(self.largest, PACKED[index].nbytes)
        return PACKED[index]


@pytest.fixture
def block():
    rows = np.random.default_rng(1).permutation(PEOPLE).astype(np.int32)
    return Block(Counted(), rows, COUNT)


def mesh_of(shape, devices=None):
    return make_mesh(shape, members=2, granules=GRANULES, devices=devices)


MESHES = [(1, 1, 1), (2, 1, 1), (2, 1, 4), (1, 4, 2), (1, 1, 8)]


@pytest.mark.parametrize("shape", MESHES)
def test_place_matrix__reads_every_byte_once(block, shape):
    found = placing.place_matrix(block, GRANULES, OCTETS, mesh_of(shape))
    np.testing.assert_array_equal(found, WIDE)
    assert found.sharding.shard_shape(found.shape)[1] == GRANULES // shape[2]
    assert (block.packed.times == 1).all()


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 1, 4)])
def test_place_matrix__reads_a_piece_at_a_time(block, shape, monkeypatch):
    monkeypatch.setattr(placing, "_PIECE", 1200 * 32)
    found = placing.place_matrix(block, GRANULES, OCTETS, mesh_of(shape))
    np.testing.assert_array_equal(found, WIDE)
    # Down to a whole number of a store's shards, of 1024 people.
    assert block.packed.largest == 1024 * 30


def test_place_rows__reads_what_devices_share_once(block):
    people = np.array([5, 2999, 31, 700, 8, 9, 10, 11])
    for shape in MESHES:
        block.packed.times[:] = 0
        mesh = mesh_of(shape)
        found = placing.place_rows(
            block, GRANULES, OCTETS, people, mesh, axes=("sample",)
        )
        np.testing.assert_array_equal(found, WIDE[block.rows[people]])
        expected = np.zeros(PEOPLE, int)
        expected[block.rows[people]] = 1
        np.testing.assert_array_equal(block.packed.times, expected[:, None] + [0] * 30)


def test_place_rows__members_have_people_of_their_own(block):
    people = np.array([[5, 2999, 31, 700], [1, 2, 3, 4]])
    axes = ("member", "sample")
    mesh = mesh_of((2, 2, 2))
    found = placing.place_rows(block, GRANULES, OCTETS, people, mesh, axes)
    np.testing.assert_array_equal(found, WIDE[block.rows[people]])
    assert block.packed.times.max() == 1
    assert block.packed.times.sum() == people.size * 30


def test_place_matrix__devices_that_are_no_neighbours(block):
    """The granules of a mesh in an order of its own still get to their devices."""
    devices = jax.devices()[::-1]
    found = placing.place_matrix(block, GRANULES, OCTETS, mesh_of((1, 1, 8), devices))
    np.testing.assert_array_equal(found, WIDE)
    assert found.addressable_shards[0].data.shape == (PEOPLE, 1, OCTETS)
