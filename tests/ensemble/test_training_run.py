"""A run's steps: one launch each, and the loss of an epoch added up inside it."""

from functools import partial

import jax
import numpy as np
import pytest

from gxjax.ensemble import MLP, TrainingConfig
from gxjax.ensemble.mesh import make_mesh
from gxjax.ensemble.training_run import begin, no_loss, start, take_step


@pytest.fixture
def run(key, arm, phenotype, split):
    return begin(
        key,
        arm,
        phenotype,
        split,
        model=MLP((8,)),
        config=TrainingConfig(epochs=2, batch_size=32),
        members=3,
        trait="quantitative",
        mesh=make_mesh((1, 1, 1), members=3, granules=16),
        resident=True,
    )


def test_take_step__is_one_launch(run):
    """What a step asks of JAX is one compiled function and nothing beside it."""
    batch = next(iter(run.feed.batches(run.order.batches(0))))
    step = partial(take_step, run, batch=batch)
    traced = jax.make_jaxpr(step)(start(run))
    assert [equation.params.get("name") for equation in traced.eqns] == ["step"]


def test_take_step__adds_its_share_of_the_loss_of_an_epoch(run):
    (batch,) = run.feed.batches([next(iter(run.order.batches(0)))])
    share = np.asarray(take_step(run, start(run), batch).loss)
    assert (share > 0).all()
    begun = start(run)._replace(loss=no_loss(run) + 2)
    np.testing.assert_allclose(take_step(run, begun, batch).loss, share + 2, rtol=1e-6)
