"""Training: it learns, counts its steps, resumes exactly, and keeps the best epoch."""

import importlib

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.ensemble import MLP, TrainingConfig, TrainingStopped, predict, train
from gxjax.ensemble.loss import r_squared
from gxjax.ensemble.member import optimiser
from gxjax.ensemble.mesh import make_mesh
from gxjax.ensemble.training_config import Hyperparameters
from gxjax.types import TEST, VALIDATION

MODEL = MLP((16, 8), dropout=0.1)
CONFIG = TrainingConfig(epochs=4, batch_size=32, learning_rate=3e-3)


@pytest.fixture
def run(key, arm, phenotype, split):
    """Trains with the defaults of this file, changed by keyword."""

    def call(**changes):
        one_device = make_mesh((1, 1, 1), members=1, granules=1)
        defaults = {"model": MODEL, "config": CONFIG, "members": 2, "mesh": one_device}
        arguments = {**defaults, **changes}
        y = arguments.pop("phenotype", phenotype)
        parts = arguments.pop("split", split)
        return train(key, arm, y, parts, **arguments)

    return call


def stop_after(last):
    """Arguments of `train` that stop it after a step."""
    seen = []
    return {
        "progress": lambda done, total, note: seen.append(done),
        "stop": lambda: seen[-1] == last,
    }


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


@pytest.mark.parametrize("changes", [{}, {"data_order": "own"}, {"accumulate": 4}])
def test_train__resumes_bit_identical(run, tmp_path, changes):
    """Stopped in the middle of an epoch, at its end, and in the next."""
    config = TrainingConfig(epochs=4, batch_size=32, learning_rate=3e-3, **changes)
    folder = tmp_path / "run"
    for last in (7, 30, 37):
        with pytest.raises(TrainingStopped) as stopped:
            run(config=config, checkpoints=folder, **stop_after(last))
        assert stopped.value.step == last
    resumed = run(config=config, checkpoints=folder)
    straight = run(config=config)
    chex.assert_trees_all_equal(resumed.parameters, straight.parameters)
    chex.assert_trees_all_equal(resumed.statistics, straight.statistics)
    assert resumed.history.equals(straight.history)


def test_train__streamed_genotypes_give_the_same_networks(run):
    resident, streamed = run(), run(resident=False)
    chex.assert_trees_all_equal(resident.parameters, streamed.parameters)


def test_train__accumulates_the_gradient_of_a_batch(run):
    """Without batch norm and dropout the parts of a batch add up to the whole."""
    model = MLP((16, 8), norm="layer")
    settings = {"epochs": 2, "batch_size": 32, "learning_rate": 1e-3}
    whole = run(model=model, config=TrainingConfig(**settings))
    parts = run(model=model, config=TrainingConfig(**settings, accumulate=4))
    chex.assert_trees_all_close(whole.parameters, parts.parameters, atol=2e-4)


def test_train__own_order_and_bootstrap_are_other_networks(run):
    shared, own, resampled = (
        run(config=TrainingConfig(epochs=2, batch_size=32, **changes))
        for changes in (
            {},
            {"data_order": "own"},
            {"data_order": "own", "bootstrap": True},
        )
    )
    kernels = [ensemble.parameters["front"]["kernel"] for ensemble in (shared, own)]
    assert not np.allclose(*kernels, atol=1e-5)
    assert not np.allclose(kernels[1], resampled.parameters["front"]["kernel"])


def test_train__a_sweep_is_an_ensemble(run):
    """A member of many rates and penalties is what it is alone with its own."""
    sweep = TrainingConfig(
        epochs=2, batch_size=32, learning_rate=(1e-3, 1e-2), l1=(0, 1e-3), l2=(0.1, 0)
    )
    both = run(config=sweep)
    alone = run(
        config=TrainingConfig(epochs=2, batch_size=32, learning_rate=1e-3, l2=0.1),
        members=1,
    )
    first = jax.tree.map(lambda leaf: leaf[:1], both.parameters)
    chex.assert_trees_all_close(first, alone.parameters, atol=1e-5)


def test_train__raises_on_a_sweep_of_another_length(run):
    with pytest.raises(ValueError, match="learning_rate: 3 numbers for 2 members"):
        run(config=TrainingConfig(batch_size=32, learning_rate=(1e-3, 1e-2, 1e-1)))


def test_train__a_stopped_member_stays_as_it_is(run):
    """Its last parameters are its best ones however long the other goes on."""
    config = TrainingConfig(
        epochs=30,
        batch_size=32,
        learning_rate=(1e-3, 3e-1),
        cosine=False,
        patience=2,
    )
    history = run(config=config).history
    stopped = history[history["stopped"]]
    quick = stopped[stopped["member"] == 1]
    assert len(quick) > 2
    # Evaluated again and again, the same network has the same score.
    assert quick["validation_score"].nunique() == 1


def test_train__several_phenotypes_with_missing_values(run, phenotype):
    other = np.random.default_rng(5).normal(size=len(phenotype)).astype(np.float32)
    other[::7] = np.nan
    both = np.stack([phenotype, other], axis=1)
    config = TrainingConfig(epochs=12, batch_size=32, learning_rate=3e-3)
    ensemble = run(phenotype=both, model=MLP((16, 8), outputs=2), config=config)
    chex.assert_tree_all_finite(ensemble.parameters)
    assert np.isfinite(ensemble.history["validation_score"]).all()


@pytest.mark.parametrize(
    "model",
    [
        MLP(()),
        MLP((16,), channels="indicators", wide=True),
        MLP((16, 16, 8, 8), activation="gelu", norm="layer"),
        MLP((16, 8), norm="none", activation="silu"),
    ],
)
def test_train__every_architecture_learns(run, arm, phenotype, split, model):
    config = TrainingConfig(epochs=25, batch_size=32, learning_rate=3e-3)
    ensemble = run(model=model, config=config)
    people = np.flatnonzero(split == TEST)
    score = r_squared(predict(ensemble, arm, people), phenotype[people])
    assert score.mean() > 0.2


def test_train__bfloat16_moments_learn_too(run, arm, phenotype, split):
    config = TrainingConfig(
        epochs=25, batch_size=32, learning_rate=3e-3, bfloat16_moments=True
    )
    ensemble = run(config=config)
    people = np.flatnonzero(split == TEST)
    score = r_squared(predict(ensemble, arm, people), phenotype[people])
    assert (score > 0.2).all()


@pytest.mark.parametrize("shape", [(2, 1, 4), (1, 2, 4)])
def test_train__devices_change_nothing_but_rounding(run, shape):
    """Eight simulated devices and one."""
    config = TrainingConfig(epochs=2, batch_size=32, learning_rate=1e-3)
    one = run(config=config)
    eight = run(config=config, mesh=make_mesh(shape, members=2, granules=16))
    losses = [ensemble.history["train_loss"] for ensemble in (one, eight)]
    np.testing.assert_allclose(*losses, rtol=1e-4)
    chex.assert_trees_all_close(one.parameters, eight.parameters, atol=2e-3)


def test_train__resumes_on_other_devices(run, tmp_path):
    config = TrainingConfig(epochs=3, batch_size=32, learning_rate=1e-3)
    with pytest.raises(TrainingStopped):
        run(
            config=config,
            checkpoints=tmp_path / "run",
            mesh=make_mesh((2, 1, 4), members=2, granules=16),
            **stop_after(20),
        )
    resumed = run(config=config, checkpoints=tmp_path / "run")
    straight = run(config=config)
    losses = [ensemble.history["train_loss"] for ensemble in (resumed, straight)]
    np.testing.assert_allclose(*losses, rtol=1e-4)


def test_train__is_traced_once(run, monkeypatch):
    """Other people, other epochs, stopped members: one compiled step."""
    from gxjax.ensemble import training_run

    counted = []
    build = training_run.build_program

    def counting(*arguments, **keywords):
        program = build(*arguments, **keywords)
        counted.append(program.step)
        return program

    monkeypatch.setattr(training_run, "build_program", counting)
    run()
    (step,) = counted
    assert step._cache_size() == 1


def test_train__lets_moments_go_before_it_gathers_the_best(run, monkeypatch, tmp_path):
    """Of a run, and of one whose checkpoint is that of its last step."""
    module = importlib.import_module("gxjax.ensemble.train")
    finish, alive = module.finish, []

    def count(*arguments):
        # A width that no other test has: two members' first layers, [D, M, H].
        kernels = [leaf for leaf in jax.live_arrays() if leaf.shape == (128, 2, 11)]
        alive.append(len({kernel.unsafe_buffer_pointer() for kernel in kernels}))
        return finish(*arguments)

    monkeypatch.setattr(module, "finish", count)
    settings = {"model": MLP((11,)), "config": TrainingConfig(epochs=1, batch_size=32)}
    for _ in range(2):
        run(**settings, checkpoints=tmp_path / "run", checkpoint_steps=15)
    assert alive == [1, 1]


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
    own = Hyperparameters(jnp.ones(()), jnp.zeros(()), jnp.zeros(()))
    transform = optimiser(config, 10, own)
    parameters = {"kernel": jnp.zeros((2, 2))}
    gradient = {"kernel": jnp.full((2, 2), 100.0)}
    state = transform.init(parameters)
    _, state = transform.update(gradient, state, parameters)
    # Adam's first moment is 0.1 of the clipped gradient, whose norm is 1.
    moment = jax.tree.leaves(state)[1]
    np.testing.assert_allclose(moment, 0.1 * 0.5, rtol=1e-5)


def test_train__bfloat16_compute_keeps_float32_parameters(run, optimised):
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


def test_train__raises_on_labels_that_are_no_cases_and_controls(run, phenotype):
    coded = np.where(phenotype > 0, 2, 1).astype(np.float32)
    with pytest.raises(ValueError, match="values other than 0"):
        run(phenotype=coded, trait="binary")


@pytest.mark.parametrize(("shape", "outputs"), [((1,), 1), ((3,), 2), ((), 2)])
def test_train__raises_on_phenotypes_that_are_not_the_outputs(
    run, phenotype, shape, outputs
):
    several = np.broadcast_to(
        phenotype.reshape(-1, *[1] * len(shape)), (len(phenotype), *shape)
    )
    with pytest.raises(ValueError, match=f"for a model of {outputs} outputs"):
        run(phenotype=several, model=MLP((4,), outputs=outputs))


def test_train__raises_on_an_unknown_trait(run):
    with pytest.raises(ValueError, match="trait is 'quant'"):
        run(trait="quant")


@pytest.mark.parametrize("setting", ["epochs", "patience", "batch_size"])
def test_training_config__raises_on_nothing_to_do(setting):
    with pytest.raises(ValueError, match=f"{setting} is 0"):
        TrainingConfig(**{setting: 0})


def test_train__says_which_members_diverged(run):
    told = []
    config = TrainingConfig(epochs=2, batch_size=32, learning_rate=(1e-3, 1e38))
    with np.errstate(all="ignore"):
        run(config=config, model=MLP((4,), norm="none"), warn=told.append)
    assert "members [1] never had a finite validation score" in told[0]


def test_predict__does_not_depend_on_devices_or_batches(run, arm, split):
    ensemble = run()
    people = np.flatnonzero(split == TEST)[:37]
    one = predict(
        ensemble, arm, people, mesh=make_mesh((1, 1, 1), members=2, granules=1)
    )
    eight = make_mesh((2, 2, 2), members=2, granules=16)
    many = predict(ensemble, arm, people, batch_size=8, mesh=eight)
    assert one.shape == (2, 37)
    np.testing.assert_allclose(one, many, atol=1e-5)


@pytest.mark.parametrize(
    ("people", "found"), [([], "none"), ([-1], "-1 to -1"), ([0, 5000], "0 to 5000")]
)
def test_predict__raises_on_people_who_are_not_there(run, arm, people, found):
    with pytest.raises(ValueError, match=f"people: found {found}; expected rows"):
        predict(run(), arm, np.array(people, np.int32))
