"""Ensembles come back from files as they were, whole or in part, or say why not."""

import dataclasses
import json
import shutil

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

from gxjax.ensemble import MLP, load_ensemble, save_ensemble
from gxjax.ensemble.network_input import inputs_per_variant
from gxjax.types import Encoding, Ensemble

V, MEMBERS = 6, 5
MODELS = (
    MLP((5, 4), "silu", 0.25, momentum=0.5),
    MLP((5, 4, 3), norm="layer", wide=True, outputs=2, channels="indicators"),
    MLP((), norm="none", dtype=jnp.bfloat16),
)


def make_ensemble(model=MODELS[0], trait="quantitative"):
    """Untrained members with statistics, encoding and history of their own."""
    width = V * inputs_per_variant(model.channels)
    start = lambda k: model.init(k, jnp.zeros((2, width)))  # noqa: E731
    keys = jax.random.split(jax.random.key(0), MEMBERS)
    variables = dict(jax.jit(jax.vmap(start))(keys))
    variables = jax.tree.map(lambda leaf: 0.3 * leaf + 0.2, variables)
    parameters = variables.pop("params")
    draw = np.random.default_rng(0)
    mean, scale = draw.uniform(0.1, 1.5, (2, width)).astype(np.float32)
    encoding = Encoding(mean, scale, draw.uniform(0, 2, V).astype(np.float32))
    rows = {"member": [*range(MEMBERS)] * 2, "epoch": np.repeat([1, 2], MEMBERS)}
    history = pd.DataFrame(rows).assign(validation_score=draw.normal(size=2 * MEMBERS))
    return Ensemble(model, parameters, variables, encoding, trait, history)


@pytest.fixture(scope="module")
def saved_once(tmp_path_factory):
    ensemble, directory = make_ensemble(), tmp_path_factory.mktemp("saved") / "ensemble"
    save_ensemble(ensemble, directory)
    return ensemble, directory


@pytest.fixture
def saved(saved_once, tmp_path):
    """An ensemble and a directory of the test's own that it was saved in."""
    ensemble, directory = saved_once
    return ensemble, shutil.copytree(directory, tmp_path / "ensemble")


@pytest.mark.parametrize(
    ("model", "trait"),
    [*zip(MODELS, ["quantitative", "binary", "binary"], strict=True)],
)
def test_save_ensemble__round_trip(tmp_path, model, trait):
    ensemble = make_ensemble(model, trait)
    save_ensemble(ensemble, tmp_path / "ensemble")
    loaded = load_ensemble(tmp_path / "ensemble")
    assert loaded.model == model
    assert loaded.trait == trait
    chex.assert_trees_all_equal(loaded.parameters, ensemble.parameters)
    chex.assert_trees_all_equal(loaded.statistics, ensemble.statistics)
    chex.assert_trees_all_equal(loaded.encoding, ensemble.encoding)
    pd.testing.assert_frame_equal(loaded.history, ensemble.history)


def test_save_ensemble__names_every_field_of_the_network(saved):
    found = json.loads((saved[1] / "model.json").read_text())
    fields = {field.name for field in dataclasses.fields(MLP) if field.compare}
    assert found.keys() == fields - {"parent", "name"} | {"trait"}


def test_save_ensemble__raises_where_there_is_one(saved):
    with pytest.raises(FileExistsError, match="holds a trained ensemble"):
        save_ensemble(*saved)


@pytest.mark.parametrize("left", ["parameters", "model.json"])
def test_save_ensemble__replaces_what_a_killed_save_left(saved, left):
    ensemble, directory = saved
    for name in {"parameters", "model.json"} - {left}:
        directory.joinpath(name).rename(directory / "elsewhere")
    with pytest.raises(FileNotFoundError):
        load_ensemble(directory)
    save_ensemble(ensemble, directory)
    loaded = load_ensemble(directory)
    chex.assert_trees_all_equal(loaded.parameters, ensemble.parameters)


def test_save_ensemble__raises_on_a_network_of_one_s_own(saved, tmp_path):
    own = dataclasses.replace(saved[0], model="a network")
    with pytest.raises(TypeError, match="found str; expected an MLP"):
        save_ensemble(own, tmp_path / "other")
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ("3:5", slice(3, 5)),
        (":2", slice(2)),
        (" 4 : ", slice(4, 5)),
        (slice(0, 1), slice(1)),
        (slice(1, None), slice(1, 5)),
        (":", slice(5)),
    ],
)
def test_load_ensemble__restores_some_members(saved, members, expected):
    ensemble, directory = saved
    some = load_ensemble(directory, members)
    cut = lambda tree: jax.tree.map(lambda leaf: leaf[expected], tree)  # noqa: E731
    chex.assert_trees_all_equal(some.parameters, cut(ensemble.parameters))
    chex.assert_trees_all_equal(some.statistics, cut(ensemble.statistics))
    chex.assert_trees_all_equal(some.encoding, ensemble.encoding)
    leaves = jax.tree.leaves([some.parameters, some.statistics])
    assert all(isinstance(leaf, jax.Array) for leaf in leaves)
    trained = [*range(MEMBERS)][expected]
    assert list(some.history["member"]) == trained * 2
    assert list(some.history.index) == [*range(2 * len(trained))]


@pytest.mark.parametrize(
    "members",
    [
        *("3", "a:b", "-1:2", "1:3:2", "", "2:2", "4:3", "5:", "0:6"),
        *(slice(0, 4, 2), slice(-2, None), slice(3, 3)),
    ],
)
def test_load_ensemble__raises_on_members_there_are_not(saved, members):
    with pytest.raises(ValueError, match=r"members: found .*expected START:STOP"):
        load_ensemble(saved[1], members)


def test_load_ensemble__raises_on_an_empty_directory(tmp_path):
    with pytest.raises(FileNotFoundError, match="no trained ensemble"):
        load_ensemble(tmp_path)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda text: text[:40], "model.json: damaged, not JSON"),
        (lambda text: "[1]", "model.json: found list; expected"),
        (lambda text: text.replace("norm", "batch_norm"), "of another version"),
        (lambda text: text.replace("silu", "sine"), "activation: found 'sine'"),
        (lambda text: text.replace("float32", "float31"), "float31"),
        (lambda text: text.replace("quantitative", "odd"), "trait: found 'odd'"),
    ],
)
def test_load_ensemble__raises_on_a_damaged_description(saved, change, match):
    description = saved[1] / "model.json"
    text = description.read_text()
    assert change(text) != text
    description.write_text(change(text))
    with pytest.raises(ValueError, match=match) as raised:
        load_ensemble(saved[1])
    assert str(description) in str(raised.value)
