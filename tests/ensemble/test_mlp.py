"""The network and its split into a linear front and a head."""

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

from gxjax.ensemble import ACTIVATIONS, MLP, linear_front, load_ensemble, save_ensemble
from gxjax.types import Encoding, Ensemble


def make_ensemble(key, **options):
    """Two untrained members over 7 variants, batch statistics far from 0 and 1."""
    model = MLP((5, 4), **options)
    init = lambda k: model.init(k, jnp.zeros((2, 7)), train=False)  # noqa: E731
    variables = dict(jax.vmap(init)(jax.random.split(key, 2)))
    parameters = variables.pop("params")
    statistics = jax.tree.map(lambda leaf: 0.3 * leaf + 0.2, variables)
    mean, scale = np.linspace(0.1, 1.5, 7), np.linspace(0.5, 3, 7)
    encoding = Encoding(*(v.astype(np.float32) for v in (mean, scale, mean)))
    history = pd.DataFrame({"member": [0, 1], "epoch": 1, "validation_score": 0.5})
    return Ensemble(model, parameters, statistics, encoding, "quantitative", history)


def outputs(ensemble, x):
    """The networks' own outputs [M, B] for dosages x [B, V]."""
    encoded = (x - ensemble.encoding.mean[None]) * ensemble.encoding.scale[None]
    apply = lambda p, s: ensemble.model.apply({"params": p, **s}, encoded, train=False)  # noqa: E731
    return jax.vmap(apply)(ensemble.parameters, ensemble.statistics)


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
@pytest.mark.parametrize("batch_norm", [True, False])
def test_linear_front__gives_the_network_that_was_trained(key, activation, batch_norm):
    ensemble = make_ensemble(key, activation=activation, batch_norm=batch_norm)
    front = linear_front(ensemble)
    x = jnp.asarray(np.random.default_rng(0).integers(0, 3, (6, 7)), jnp.float32)
    h = jnp.einsum("bv,mvh->mbh", x, front.kernel) + front.bias[:, None]
    heads = jax.vmap(jax.vmap(front.head, in_axes=(None, 0)))(front.tail, h)
    np.testing.assert_allclose(heads, outputs(ensemble, x), atol=1e-5)


def test_mlp__dropout_changes_training_only(key):
    model = MLP((64,), dropout=0.5, batch_norm=False)
    x = jnp.ones((3, 7))
    variables = model.init(key, x, train=False)
    drop = lambda k: model.apply(variables, x, train=True, rngs={"dropout": k})  # noqa: E731
    assert not np.allclose(drop(jax.random.key(1)), drop(jax.random.key(2)))
    still = [model.apply(variables, x, train=False) for _ in range(2)]
    np.testing.assert_array_equal(*still)


@pytest.mark.parametrize("batch_norm", [True, False])
def test_save_ensemble__round_trip(key, tmp_path, batch_norm):
    ensemble = make_ensemble(key, batch_norm=batch_norm, activation="silu")
    save_ensemble(ensemble, tmp_path / "ensemble")
    loaded = load_ensemble(tmp_path / "ensemble")
    assert loaded.model == ensemble.model
    x = jnp.asarray(np.random.default_rng(0).integers(0, 3, (6, 7)), jnp.float32)
    np.testing.assert_array_equal(outputs(loaded, x), outputs(ensemble, x))
    pd.testing.assert_frame_equal(loaded.history, ensemble.history)


def test_load_ensemble__raises_on_an_empty_directory(tmp_path):
    with pytest.raises(FileNotFoundError, match="no trained ensemble"):
        load_ensemble(tmp_path)
