"""Training: it learns, counts its steps, resumes exactly, and keeps the best epoch."""

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.ensemble import MLP, TrainingConfig, predict, train
from gxjax.ensemble.loss import r_squared
from gxjax.ensemble.member import optimiser
from gxjax.types import TEST, VALIDATION

MODEL = MLP((16, 8), dropout=0.1)
CONFIG = TrainingConfig(epochs=4, batch_size=32, learning_rate=3e-3)


@pytest.fixture
def run(key, arm, phenotype, split):
    """Trains with the defaults of this file, changed by keyword."""

    def call(**changes):
        arguments = {"model": MODEL, "config": CONFIG, "members": 2, **changes}
        y = arguments.pop("phenotype", phenotype)
        parts = arguments.pop("split", split)
        return train(key, arm, y, parts, **arguments)

    return call


def test_train__learns_and_predicts_people_not_seen(run, arm, phenotype, split):
    config = TrainingConfig(epochs=30, batch_size=32, learning_rate=3e-3)
    ensemble = run(config=config)
    people = np.flatnonzero(split == TEST)
    score = r_squared(predict(ensemble, arm, people), phenotype[people])
    assert (score > 0.2).all()


def test_train__takes_every_step_of_every_epoch(run):
    seen = []
    config = TrainingConfig(epochs=4, batch_size=33)
    run(config=config, progress=lambda done, total, _: seen.append((done, total)))
    # 480 people in batches of 33: 14 whole batches, 4 epochs.
    assert seen == [(step, 56) for step in range(1, 57)]


def test_train__members_are_what_they_are_alone_and_differ(run):
    """Member 0 of two equals member 0 of one: the member axis is only a vmap."""
    alone, both = run(members=1), run(members=2)
    first = jax.tree.map(lambda leaf: leaf[:1], both.parameters)
    chex.assert_trees_all_close(alone.parameters, first, atol=1e-5)
    kernel = both.parameters["front"]["kernel"]
    assert not np.allclose(kernel[0], kernel[1])


def test_train__resumes_bit_identical(run, tmp_path):
    class Killed(Exception):
        pass

    def kill(done, total, note):
        if done == 37:
            raise Killed

    with pytest.raises(Killed):
        run(checkpoints=tmp_path / "run", progress=kill)
    resumed = run(checkpoints=tmp_path / "run")
    straight = run()
    chex.assert_trees_all_equal(resumed.parameters, straight.parameters)
    chex.assert_trees_all_equal(resumed.statistics, straight.statistics)
    assert resumed.history.equals(straight.history)


def test_train__keeps_the_best_epoch(run, arm, phenotype, split):
    config = TrainingConfig(epochs=25, batch_size=32, learning_rate=2e-2, cosine=False)
    ensemble = run(config=config)
    people = np.flatnonzero(split == VALIDATION)
    score = r_squared(predict(ensemble, arm, people), phenotype[people])
    trained = ensemble.history[~ensemble.history["stopped"]]
    best = trained.groupby("member")["validation_score"].max()
    np.testing.assert_allclose(score, best, atol=1e-5)


def test_train__stops_early_per_member(run):
    config = TrainingConfig(
        epochs=60, batch_size=32, learning_rate=5e-2, cosine=False, patience=3
    )
    history = run(config=config).history
    assert history["epoch"].max() < 60
    for _, rows in history.groupby("member"):
        stopped = rows[rows["stopped"]]
        first = stopped["epoch"].iloc[0]
        assert first == stopped["best_epoch"].iloc[0] + 3
        assert stopped["best_epoch"].nunique() == 1


def test_train__binary_trait_reports_auroc(run, phenotype):
    case = (phenotype > np.quantile(phenotype, 0.8)).astype(np.float32)
    config = TrainingConfig(epochs=20, batch_size=32, learning_rate=3e-3)
    history = run(phenotype=case, trait="binary", config=config).history
    assert set(history["score_name"]) == {"auroc"}
    assert history["validation_score"].max() > 0.65


def mean_weight(ensemble):
    return float(jnp.abs(ensemble.parameters["front"]["kernel"]).mean())


@pytest.mark.parametrize("penalty", [{"l1": 0.01}, {"l2": 10.0}])
def test_train__penalties_shrink_weights(run, penalty):
    settings = {"epochs": 8, "batch_size": 32, "learning_rate": 3e-3}
    plain = run(config=TrainingConfig(**settings))
    shrunk = run(config=TrainingConfig(**settings, **penalty))
    assert mean_weight(shrunk) < 0.95 * mean_weight(plain)


def test_optimiser__clips_the_gradient_of_a_member():
    config = TrainingConfig(clip_norm=1.0, cosine=False)
    transform = optimiser(config, 10)
    parameters = {"kernel": jnp.zeros((2, 2))}
    gradient = {"kernel": jnp.full((2, 2), 100.0)}
    state = transform.init(parameters)
    _, state = transform.update(gradient, state, parameters)
    # Adam's first moment is 0.1 of the clipped gradient, whose norm is 1.
    moment = jax.tree.leaves(state)[1]
    np.testing.assert_allclose(moment, 0.1 * 0.5, rtol=1e-5)


def test_train__bfloat16_compute_keeps_float32_parameters(run):
    ensemble = run(model=MODEL.clone(dtype=jnp.bfloat16))
    for leaf in jax.tree.leaves(ensemble.parameters):
        assert leaf.dtype == jnp.float32
    chex.assert_tree_all_finite(ensemble.parameters)


def test_train__raises_on_fewer_people_than_a_batch(run):
    with pytest.raises(ValueError, match="480 people, fewer than one batch"):
        run(config=TrainingConfig(batch_size=481))


def test_train__raises_on_no_members(run):
    with pytest.raises(ValueError, match="members is 0"):
        run(members=0)


def test_train__raises_on_an_empty_validation_split(run, split):
    with pytest.raises(ValueError, match="VALIDATION split has 0 people"):
        run(split=np.where(split == VALIDATION, TEST, split))


def test_train__raises_on_one_class(run, phenotype):
    with pytest.raises(ValueError, match="only one class"):
        run(phenotype=np.zeros_like(phenotype), trait="binary")
