import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

from gxjax.attribution import score
from gxjax.ensemble import MLP, linear_front
from gxjax.faithfulness import cascade, randomise_layers, randomised, rank_agreement
from gxjax.types import DosageSource, Encoding, Ensemble

V, MEMBERS = 60, 3


def _parameters(model):
    def one(key):
        return model.init(key, jnp.zeros((2, V)))

    return jax.jit(jax.vmap(one))(jax.random.split(jax.random.key(1), MEMBERS))


@pytest.mark.parametrize(
    ("model", "names", "first"),
    [
        (
            MLP((8, 4, 3)),
            ["output", "hidden_1", "hidden_0", "front"],
            ("front", "norms_0"),
        ),
        (MLP((4,), norm="none"), ["output", "front"], ("front",)),
        (MLP((4, 2), wide=True, norm="layer"), ["output", "hidden_0", "front"], None),
        (MLP(()), ["output_bias", "front"], ("front",)),
    ],
)
def test_cascade__goes_from_the_output_to_the_front(model, names, first):
    parameters = jax.eval_shape(lambda: _parameters(model))["params"]
    layers = cascade(parameters)
    assert [name for name, _ in layers] == names
    assert sorted(key for _, keys in layers for key in keys) == sorted(parameters)
    assert first is None or layers[-1][1] == first


def test_cascade__of_twelve_layers_is_in_the_order_of_their_numbers():
    layers = cascade({f"hidden_{i}": 0 for i in range(12)} | {"front": 0})
    assert [name for name, _ in layers] == [
        *(f"hidden_{i}" for i in reversed(range(12))),
        "front",
    ]


def test_cascade__raises_on_a_network_that_it_does_not_know():
    with pytest.raises(ValueError, match="found 'Dense_0'"):
        cascade({"Dense_0": {}})


@pytest.mark.parametrize("drawn_by", ["normal", "permute"])
def test_randomise_layers__forgets_one_more_at_a_time(drawn_by, key):
    parameters = _parameters(MLP((8, 4)))["params"]
    before = jax.tree.map(np.array, parameters)
    names, forgotten = [], set()
    for name, found in randomise_layers(parameters, key, drawn_by=drawn_by):
        names.append(name)
        forgotten.add(name)
        for layer in ("output", "hidden_0", "front"):
            new, old = found[layer]["kernel"], before[layer]["kernel"]
            assert new.shape == old.shape
            assert (not np.array_equal(new, old)) == (layer in forgotten)
    assert names == ["output", "hidden_0", "front"]
    after = jax.tree.map(np.array, parameters)
    assert jax.tree.all(jax.tree.map(np.array_equal, before, after))


def test_randomised__keeps_entries_or_mean_and_spread_of_each_member(key):
    array = np.random.default_rng(0).gamma(1, 2, (MEMBERS, 400, 5)).astype(np.float32)
    array *= np.array([1, 2, 4], np.float32)[:, None, None]
    shuffled = randomised(
        {"front": {"kernel": array}}, ["front"], key, drawn_by="permute"
    )
    for new, old in zip(np.array(shuffled["front"]["kernel"]), array, strict=True):
        assert np.array_equal(np.sort(new, axis=None), np.sort(old, axis=None))
    normal = randomised({"front": {"kernel": array}}, ["front"], key)
    for new, old in zip(np.array(normal["front"]["kernel"]), array, strict=True):
        assert new.mean() == pytest.approx(old.mean(), rel=0.1)
        assert new.std() == pytest.approx(old.std(), rel=0.1)
        assert abs(np.corrcoef(new.ravel(), old.ravel())[0, 1]) < 0.1


def test_randomised__draws_of_a_member_do_not_depend_on_how_many_there_are(key):
    array = jnp.arange(60.0).reshape(3, 20)
    for drawn_by in ("normal", "permute"):
        every = randomised({"a": array}, ["a"], key, drawn_by=drawn_by)["a"]
        two = randomised({"a": array[:2]}, ["a"], key, drawn_by=drawn_by)["a"]
        assert np.array_equal(every[:2], two)
        assert not np.array_equal(every[1] - 20, every[0])


def test_randomised__raises_on_an_unknown_key_or_draw(key):
    with pytest.raises(ValueError, match=r"keys \['b'\]"):
        randomised({"a": jnp.ones((1, 2))}, ["b"], key)
    with pytest.raises(ValueError, match="'zeros'"):
        randomised({"a": jnp.ones((1, 2))}, ["a"], key, drawn_by="zeros")


def _fetch(arrays, people):
    return arrays[people]


def test_randomise_layers__saliency_of_a_forgotten_network_has_other_ranks(key):
    """An ensemble whose front knows few variants, taken through the whole recipe."""
    model = MLP((16,), norm="layer")
    known = np.where(np.arange(V) % 6 == 0, 5.0, 0.2)
    parameters = dict(_parameters(model)["params"])
    kernel = parameters["front"]["kernel"] * known[None, :, None]
    parameters["front"] = {**parameters["front"], "kernel": kernel}
    flat = np.ones(V, np.float32)
    encoding = Encoding(0 * flat, flat, flat)
    ensemble = Ensemble(model, parameters, {}, encoding, "quantitative", pd.DataFrame())
    dosages = jnp.asarray(
        np.random.default_rng(2).binomial(2, 0.4, (12, V)), jnp.float32
    )

    def scores(each):
        source, where = DosageSource(dosages, _fetch), np.arange(12, dtype=np.int32)
        columns, rows = [("saliency", "none")], np.zeros((1, V), np.float32)
        front = linear_front(each)
        return score(
            front, source, where, where.astype(np.uint32), rows, columns, key=key
        ).values[0]

    own, agreement = scores(ensemble), {}
    for name, found in randomise_layers(parameters, key):
        forgotten = dataclasses.replace(ensemble, parameters=found)
        agreement[name] = rank_agreement(own, scores(forgotten))
    assert agreement["output"].mean() > 0.4
    assert np.abs(agreement["front"]).max() < 0.4
