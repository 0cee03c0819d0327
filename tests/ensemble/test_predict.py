"""Predictions inside a run: the same numbers however members lie, and little memory."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.ensemble import MLP, TrainingConfig
from gxjax.ensemble.mesh import make_mesh
from gxjax.ensemble.residency import Batch
from gxjax.ensemble.training_run import begin, start
from gxjax.ensemble.training_shapes import bytes_per_device, call_shapes

MEMBERS, WIDTH, PEOPLE, PLACES = 4, 600, 4, 128
KNOWN = {}


@pytest.fixture
def made(key, arm, phenotype, split):
    """A run of wide first layers, in the order and on the mesh that is asked for."""

    def call(order, shape):
        if (order, shape) not in KNOWN:
            KNOWN[order, shape] = begin(
                key,
                arm,
                phenotype,
                split,
                model=MLP((WIDTH, 8)),
                config=TrainingConfig(batch_size=32, data_order=order),
                members=MEMBERS,
                trait="quantitative",
                mesh=make_mesh(shape, members=MEMBERS, granules=16),
                resident=True,
            )
        return KNOWN[order, shape]

    return call


@pytest.fixture
def compiled(made, arm, optimised):
    """`predict` of `PEOPLE` people, compiled, and the bytes of all first layers."""

    def call(order, shape):
        run = made(order, shape)
        mesh, config = run.feed.mesh, run.config
        shapes = partial(call_shapes, run.program, arm, run.encoding, run.placed)
        calls = shapes(run.layout, mesh, config, True)
        people = calls.predict[-1].people
        few = jax.ShapeDtypeStruct((PEOPLE,), jnp.int32, sharding=people.sharding)
        given = *calls.predict[:-1], Batch(few, None)
        kernel = calls.predict[0]["front"]["kernel"]
        return run.program.predict.lower(*given).compile(), bytes_per_device(kernel)

    return call


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 1, 4)])
@pytest.mark.parametrize("order", ["shared", "own"])
def test_predict_batch__copies_no_first_layers(compiled, order, shape):
    """On each device a copy of one member's is there at a time, and no more."""
    program, kernels = compiled(order, shape)
    here = MEMBERS // shape[0]
    activations = PEOPLE * (here * WIDTH + PLACES // shape[2]) * 4
    most = kernels / here + 2 * activations
    assert most < kernels
    assert program.memory_analysis().temp_size_in_bytes < most


@pytest.mark.parametrize("order", ["shared", "own"])
def test_predict_batch__moves_no_first_layer_between_devices(compiled, order):
    program, _ = compiled(order, (2, 1, 4))
    text = program.as_text()
    assert "all-reduce" in text
    moved = [
        line
        for line in text.splitlines()
        if "all-gather" in line or "all-to-all" in line or "collective-permute" in line
    ]
    # The outputs of half of the members, on all devices; never a granule's weights.
    assert not [line for line in moved if f",{WIDTH}]" in line or f"[{PLACES}" in line]


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 2, 2)])
def test_predict_batch__of_members_in_turn_is_that_of_all_at_once(made, shape):
    """Own order's layout and shared order's, of the same weights."""
    own, shared = made("own", shape), made("shared", shape)
    networks = start(own).state, start(shared).state
    kernels = [np.asarray(s.parameters["front"]["kernel"]) for s in networks]
    np.testing.assert_array_equal(kernels[0], np.moveaxis(kernels[1], 1, 0))
    found = []
    for run, state in zip((own, shared), networks, strict=True):
        batch = next(iter(run.feed.batches([np.arange(PEOPLE, dtype=np.int32)])))
        given = state.parameters, state.statistics, run.feed.arm, batch
        found.append(run.program.predict(*given))
    assert found[0].shape == (MEMBERS, PEOPLE)
    np.testing.assert_allclose(*found, rtol=1e-5, atol=1e-6)
    assert len(np.unique(np.asarray(found[0])[:, 0])) == MEMBERS
