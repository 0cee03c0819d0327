"""Dosages for attribution: of those asked for, from anywhere, cut over any mesh."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.attribution import allowance, score
from gxjax.ensemble import dosage_source
from gxjax.ensemble.mesh import make_mesh
from gxjax.genotypes import open_store, write_store
from gxjax.genotypes.packed import unpack
from gxjax.types import Block, LinearFront

PEOPLE = np.array([5, 600, 5, 31, 639, 0, 17, 100], np.int32)
MESHES = [(1, 1, 1), (1, 1, 8), (1, 2, 4), (2, 2, 2), (1, 1, 5)]


def mesh_of(shape):
    return make_mesh(shape, members=2, granules=16)


def expected(arm, people):
    codes = [
        unpack(block.packed, block.count)[block.rows[people]] for block in arm.blocks
    ]
    codes = np.concatenate(codes, axis=1)
    return np.where(codes == 3, arm.encoding.fill[None], codes.astype(np.float32))


@pytest.mark.parametrize("shape", MESHES)
def test_dosage_source__equals_plain_decoding(arm, shape):
    """42 columns: 8 devices have 6 each, the last ones some that are not there."""
    source, mesh = dosage_source(arm).fetch, mesh_of(shape)
    decoded = jax.jit(source.decode)
    found = np.asarray(decoded(source.read(PEOPLE, mesh)))
    assert found.shape[1] % shape[2] == 0
    np.testing.assert_array_equal(found[:, :42], expected(arm, PEOPLE))
    assert not found[:, 42:].any()


@pytest.mark.parametrize("shape", MESHES)
def test_read__puts_on_a_device_what_it_says(arm, shape):
    source, mesh = dosage_source(arm).fetch, mesh_of(shape)
    placed = source.read(PEOPLE, mesh)
    for device in mesh.devices.flat:
        held = [
            shard.data.nbytes
            for array in jax.tree.leaves(placed)
            for shard in array.addressable_shards
            if shard.device == device
        ]
        assert sum(held) == source.size(len(PEOPLE), mesh)
    whole = source.size(len(PEOPLE), mesh_of((1, 1, 1)))
    assert source.size(len(PEOPLE), mesh) * np.prod(shape[1:]) < 2 * whole


def test_decode__needs_no_word_between_devices(arm):
    source, mesh = dosage_source(arm).fetch, mesh_of((1, 2, 4))
    placed = source.read(PEOPLE, mesh)
    layout = jax.sharding.NamedSharding(
        mesh, jax.sharding.PartitionSpec("sample", "variant")
    )
    compiled = jax.jit(source.decode, out_shardings=layout).lower(placed).compile()
    text = compiled.as_text()
    for word in ("all-gather", "all-reduce", "all-to-all", "collective-permute"):
        assert word not in text


class Watched:
    """A packed matrix that notes what is read of it."""

    def __init__(self, packed):
        self.packed, self.read = packed, []

    def __getitem__(self, index):
        self.read.append(index)
        return self.packed[index]


def test_read__asks_once_for_the_people_wanted_and_no_others(arm):
    """Two members' devices have the same part; 16 of them would read it twice."""
    blocks = tuple(Block(Watched(b.packed), b.rows, b.count) for b in arm.blocks)
    source = dosage_source(replace(arm, blocks=blocks)).fetch
    assert not any(block.packed.read for block in blocks)
    source.read(PEOPLE, mesh_of((2, 2, 2)))
    for block in blocks:
        ((rows, _),) = block.packed.read
        np.testing.assert_array_equal(rows, block.rows[PEOPLE])


@pytest.mark.parametrize("wrong", [-1, 640])
def test_read__raises_on_people_that_are_not_there(arm, wrong):
    source, people = dosage_source(arm), np.array([3, wrong])
    with pytest.raises(ValueError, match=rf"people: found .*{wrong}.*, 0 to 639"):
        source.fetch.read(people, mesh_of((1, 1, 1)))
    with pytest.raises(ValueError, match=rf"people: found .*{wrong}.*, 0 to 639"):
        source.fetch(source.arrays, people)


def test_fetch__gives_dosages_outside_of_a_step_and_inside(arm):
    source = dosage_source(arm)
    for fetch in (source.fetch, jax.jit(source.fetch)):
        found = fetch(source.arrays, jnp.asarray(PEOPLE))
        np.testing.assert_array_equal(found, expected(arm, PEOPLE))


@pytest.fixture
def scored(key):
    """`scored(source, people, **settings)`: two networks, and the plan announced."""
    keys = jax.random.split(key, 3)
    front = LinearFront(
        jax.random.normal(keys[0], (2, 42, 4)),
        jax.random.normal(keys[1], (2, 4)),
        lambda tail, h: tail @ jnp.tanh(h),
        jax.random.normal(keys[2], (2, 4)),
    )

    def run(source, people, **settings):
        plans = []
        found = score(
            front,
            source,
            people,
            people.astype(np.uint32),
            np.ones((1, 42), np.float32),
            [("deeplift", "none")],
            key=key,
            batch_size=8,
            announce=plans.append,
            **settings,
        )
        return found, plans[0]

    return run


def test_score__of_a_store_that_exceeds_the_device_streams_it(
    arm, scored, tmp_path, monkeypatch
):
    """Packed genotypes of more bytes than the device has; the scores are the same."""
    people = np.tile(PEOPLE, 150)
    expected_scores, plan = scored(dosage_source(arm), people)
    assert plan.residency == "resident"
    write_store(arm.blocks[0].packed, tmp_path / "x.zarr")
    store = open_store(tmp_path / "x.zarr")
    blocks = tuple(Block(store, block.rows, block.count) for block in arm.blocks)
    limit = plan.genotypes - 1
    monkeypatch.setattr(allowance, "device_limit", lambda mesh: limit)
    found, plan = scored(dosage_source(replace(arm, blocks=blocks)), people)
    assert plan.residency == "streamed"
    assert plan.total <= plan.limit == limit
    for name, values in expected_scores.reductions.items():
        np.testing.assert_array_equal(found.reductions[name], values)


@pytest.mark.parametrize("shape", [(1, 1, 8), (2, 1, 4), (1, 8, 1)])
def test_score__is_the_same_on_any_mesh_and_streamed(arm, scored, shape):
    people = np.arange(560, 601, dtype=np.int32)
    one, _ = scored(dosage_source(arm), people)
    mesh = mesh_of(shape)
    many, resident = scored(dosage_source(arm), people, mesh=mesh, resident=True)
    again, streamed = scored(dosage_source(arm), people, mesh=mesh, resident=False)
    np.testing.assert_allclose(many.values, one.values, rtol=1e-4)
    np.testing.assert_array_equal(again.values, many.values)
    assert streamed.genotypes < resident.genotypes
    assert (resident.residency, streamed.residency) == ("resident", "streamed")
