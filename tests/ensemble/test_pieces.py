"""Arrays of many devices come to the host whole, and never whole to a device."""

import jax
import numpy as np
import pytest
from jax.sharding import NamedSharding, PartitionSpec

from gxjax.ensemble import pieces
from gxjax.ensemble.mesh import from_host, make_mesh

BOUND = 2**9
VALUES = np.random.default_rng(0).normal(size=(24, 4, 5)).astype(np.float32)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(pieces, "PIECE", BOUND)


def placed(shape, *axes):
    mesh = make_mesh(shape, members=4, granules=8)
    return from_host(VALUES, mesh, PartitionSpec(*axes))


def put_together(found):
    whole = np.full(VALUES.shape, np.nan, np.float32)
    for index, part in found:
        whole[index] = part
    return whole


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((1, 1, 1), ()),
        ((2, 1, 4), ()),
        ((2, 1, 4), ("variant", "member")),
        ((4, 1, 2), (None, "member")),
        ((1, 2, 4), ("variant",)),
        ((2, 1, 2), (("member", "variant"),)),
    ],
)
def test_pieces__are_the_whole(shape, axes):
    array = placed(shape, *axes)
    np.testing.assert_array_equal(put_together(pieces.pieces(array)), VALUES)
    # The way of several hosts, whose devices are here those of one.
    if any(axes):
        found = put_together(pieces._of_all_hosts(array))
        np.testing.assert_array_equal(found, VALUES)


@pytest.mark.parametrize("take", [pieces.pieces, pieces._of_all_hosts])
def test_pieces__are_small_on_every_device(take):
    array = placed((2, 1, 4), "variant", "member")
    before = {id(found) for found in jax.live_arrays()}
    largest, count = 0, 0
    for _, part in take(array):
        news = [a for a in jax.live_arrays() if id(a) not in before]
        shards = [s.data.nbytes for a in news for s in a.addressable_shards]
        largest = max(largest, part.nbytes, *shards)
        count += 1
    assert largest <= BOUND
    assert count >= VALUES.nbytes / BOUND


def test_pieces__of_one_process_need_no_mesh():
    array = jax.device_put(VALUES, jax.devices()[3])
    assert not isinstance(array.sharding, NamedSharding)
    np.testing.assert_array_equal(put_together(pieces.pieces(array)), VALUES)
