"""Genotypes for steps: resident or streamed, on one device or many, the same inputs."""

import jax
import numpy as np
import pytest

from gxjax.cohort.encoding import encode
from gxjax.ensemble.layout import layout_of
from gxjax.ensemble.mesh import make_mesh
from gxjax.ensemble.network_input import fit_input_encoding
from gxjax.ensemble.residency import encoded, make_feed
from gxjax.genotypes.packed import unpack

PEOPLE = [np.array([5, 600, 5, 31], np.int32), np.array([1, 2, 3, 639], np.int32)]


@pytest.fixture
def inputs(arm):
    """Encoded inputs of batches, in the order of the arm's columns."""

    def compute(shape, *, resident, order, channels="dosage"):
        layout = layout_of(tuple(block.count for block in arm.blocks), 8)
        mesh = make_mesh(shape, members=2, granules=8)
        encoding = fit_input_encoding(channels, arm.encoding, arm.counts)
        feed = make_feed(arm, encoding, layout, mesh, resident=resident)
        one = jax.jit(lambda arm, batch: encoded(arm, batch, channels))
        own = jax.jit(
            lambda arm, batch: jax.vmap(lambda b: encoded(arm, b, channels))(batch)
        )
        fetch = one if order[0].ndim == 1 else own
        found = [np.asarray(fetch(feed.arm, batch)) for batch in feed.batches(order)]
        places = layout.inputs(found[0].shape[-1] // len(layout.columns))
        return [x[..., places >= 0][..., places[places >= 0].argsort()] for x in found]

    return compute


def expected(arm, people):
    codes = [
        unpack(block.packed, block.count)[block.rows[people]] for block in arm.blocks
    ]
    return np.asarray(encode(np.concatenate(codes, axis=1), arm.encoding))


@pytest.mark.parametrize("resident", [True, False])
@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 2, 4), (2, 1, 2)])
def test_encoded__equals_plain_decoding(inputs, arm, shape, resident):
    for found, people in zip(
        inputs(shape, resident=resident, order=PEOPLE), PEOPLE, strict=True
    ):
        np.testing.assert_allclose(found, expected(arm, people), atol=1e-6)


@pytest.mark.parametrize("resident", [True, False])
def test_encoded__members_have_their_own_batches(inputs, arm, resident):
    order = [np.stack(PEOPLE)]
    (found,) = inputs((2, 2, 2), resident=resident, order=order)
    for row, people in zip(found, PEOPLE, strict=True):
        np.testing.assert_allclose(row, expected(arm, people), atol=1e-6)


def test_encoded__indicator_channels_lie_beside_each_other(inputs, arm):
    (found,) = inputs((1, 1, 4), resident=True, order=PEOPLE[:1], channels="indicators")
    dosage = found[:, ::3]
    np.testing.assert_allclose(dosage, expected(arm, PEOPLE[0]), atol=1e-6)
    # Two values of an indicator of a hard call, further ones where calls are missing.
    assert len(np.unique(found[:, 1].round(4))) <= 3


def test_make_feed__decoys_are_on_the_devices_once(arm):
    layout = layout_of(tuple(block.count for block in arm.blocks))
    feed = make_feed(
        arm, arm.encoding, layout, make_mesh(members=1, granules=16), resident=True
    )
    assert feed.arm.packed[0] is feed.arm.packed[1]


def test_batches__of_a_failing_reader_raise(arm):
    """An error of the thread that reads ahead reaches the training loop."""
    layout = layout_of(tuple(block.count for block in arm.blocks))
    mesh = make_mesh((1, 1, 1), members=1, granules=16)
    feed = make_feed(arm, arm.encoding, layout, mesh, resident=False)
    with pytest.raises(IndexError):
        list(feed.batches([np.array([10_000_000])]))
