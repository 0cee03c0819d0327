"""The fronts of ensembles: every kind of `MLP`, its encoding and its phenotypes."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

from gxjax.attribution import INDICATORS, score, score_dense
from gxjax.channels import expand
from gxjax.ensemble import ACTIVATIONS, MLP, NORMS, linear_front
from gxjax.ensemble.network_input import encode_dosages, inputs_per_variant
from gxjax.types import DosageSource, Encoding, Ensemble

V, MEMBERS = 6, 3


def ensemble_of(model):
    """Networks moved away from their start, statistics far from 0 and 1."""
    width = V * inputs_per_variant(model.channels)
    keys = jax.random.split(jax.random.key(5), MEMBERS)
    start = lambda key: model.init(key, jnp.ones((2, width)))  # noqa: E731
    variables = jax.jit(jax.vmap(start))(keys)
    leaves, structure = jax.tree.flatten(variables)
    draw = np.random.default_rng(4)
    moved = [leaf + draw.uniform(0, 0.3, leaf.shape) for leaf in leaves]
    moved = [leaf.astype(jnp.float32) for leaf in moved]
    variables = dict(jax.tree.unflatten(structure, moved))
    mean, scale = draw.uniform(0.2, 2, (2, width)).astype(np.float32)
    encoding = Encoding(mean, scale, np.ones(V, np.float32))
    parameters = variables.pop("params")
    return Ensemble(
        model, parameters, variables, encoding, "quantitative", pd.DataFrame()
    )


def front_outputs(front, inputs):
    """What front and head give for dosages, or channels of them, [M, B]."""
    h = jnp.einsum("bd,mdh->mbh", inputs, front.kernel) + front.bias[:, None]
    return jax.jit(jax.vmap(jax.vmap(front.head, (None, 0))))(front.tail, h)


def own_outputs(ensemble, dosages):
    """What the networks themselves give, [M, B] or [M, B, P]."""
    model = ensemble.model
    x = encode_dosages(model.channels, dosages, ensemble.encoding)
    apply = lambda p, s: model.apply({"params": p, **s}, x)  # noqa: E731
    return jax.jit(jax.vmap(apply))(ensemble.parameters, ensemble.statistics)


DOSAGES = np.random.default_rng(2).uniform(0, 2, (7, V)).astype(np.float32)


@pytest.mark.parametrize(
    ("activation", "norm"),
    [
        *((name, "batch") for name in ACTIVATIONS),
        *(("relu", name) for name in NORMS[1:]),
    ],
)
def test_linear_front__gives_the_network_that_was_trained(activation, norm):
    ensemble = ensemble_of(MLP((5, 4), activation, norm=norm))
    found = front_outputs(linear_front(ensemble), jnp.asarray(DOSAGES))
    np.testing.assert_allclose(found, own_outputs(ensemble, DOSAGES), atol=1e-5)


FULL = MLP((5, 4), "gelu", norm="layer", wide=True, outputs=2, channels="indicators")


@pytest.mark.parametrize("model", [FULL, FULL.clone(widths=()), FULL.clone(outputs=1)])
def test_linear_front__knows_channels_paths_and_phenotypes(model):
    ensemble = ensemble_of(model)
    expected = own_outputs(ensemble, DOSAGES).reshape(MEMBERS, 7, model.outputs)
    for output in range(model.outputs):
        front = linear_front(ensemble, output=output)
        assert front.channels is INDICATORS
        found = front_outputs(front, expand(INDICATORS, jnp.asarray(DOSAGES)))
        np.testing.assert_allclose(found, expected[:, :, output], atol=1e-5)


@pytest.mark.parametrize(("model", "outputs"), [(FULL, 2), (MLP((4,)), 1)])
def test_linear_front__raises_on_a_phenotype_it_does_not_predict(model, outputs):
    for output in (-1, outputs):
        with pytest.raises(ValueError, match=f"the network has {outputs} outputs"):
            linear_front(ensemble_of(model), output=output)


def test_linear_front__raises_on_an_encoding_of_dosages_for_indicators():
    ensemble = ensemble_of(FULL)
    short = Encoding(*(part[:V] for part in ensemble.encoding))
    with pytest.raises(ValueError, match=r"encoding.mean: found shape \(6,\)"):
        linear_front(dataclasses.replace(ensemble, encoding=short))


def fetch(arrays, people):
    return arrays[people]


def case_of(front):
    """Arguments of a score of all people, from a baseline of one copy everywhere."""
    people = np.arange(len(DOSAGES), dtype=np.int32)
    source, ends = DosageSource(jnp.asarray(DOSAGES), fetch), np.ones((1, V))
    return front, source, people, people.astype(np.uint32), ends.astype(np.float32)


@pytest.mark.parametrize(
    "model", [FULL, FULL.clone(widths=()), FULL.clone(norm="batch", outputs=1)]
)
def test_score__of_an_indicator_network_is_complete(key, model):
    """What it says of a change of output adds up to that of the network itself."""
    ensemble = ensemble_of(model)
    front = linear_front(ensemble, output=model.outputs - 1)
    complete = ["deeplift"]
    # RevealCancel knows no layer norm.
    complete += ["reveal_cancel"] if model.norm == "batch" or not model.widths else []
    columns = [(name, "none") for name in ["saliency", *complete]]
    fast = score(*case_of(front), columns, key=key)
    slow = score_dense(*case_of(front), columns, key=key)
    largest = slow.values.max(axis=2, keepdims=True)
    np.testing.assert_array_less(np.abs(fast.values - slow.values) / largest, 1e-5)
    assert fast.values.all()
    table = fast.completeness
    assert sorted(set(table.method)) == complete
    assert len(table) == len(complete) * MEMBERS * len(DOSAGES)
    assert table.delta.abs().max() < 1e-3
