"""Which devices must not have several programs in flight, and that they have not."""

from types import SimpleNamespace

import jax
import numpy as np
import pytest

from gxjax.simulated_devices import one_at_a_time, settled


def mesh_of(platform, count):
    device = SimpleNamespace(platform=platform)
    return SimpleNamespace(devices=np.full((1, count), device), size=count)


@pytest.mark.parametrize(
    ("platform", "count", "expected"),
    [("cpu", 1, False), ("cpu", 2, True), ("gpu", 1, False), ("gpu", 8, False)],
)
def test_one_at_a_time__several_devices_of_a_processor(platform, count, expected):
    assert one_at_a_time(mesh_of(platform, count)) is expected


def test_one_at_a_time__takes_a_mesh_of_jax():
    for count in (1, 2):
        devices = np.asarray(jax.devices()[:count])
        assert one_at_a_time(jax.sharding.Mesh(devices, "x")) is (count == 2)


@pytest.mark.parametrize("count", [1, 2])
def test_settled__waits_where_it_must(count):
    waited = []
    array = SimpleNamespace(block_until_ready=lambda: waited.append(True))
    tree = {"sums": [array, array]}
    assert settled(tree, mesh_of("cpu", count)) is tree
    assert len(waited) == 2 * (count == 2)
