"""The network: its paths, norms and outputs, and which of them is where."""

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from gxjax.ensemble import ACTIVATIONS, MLP, NORMS

D = 7
X = np.random.default_rng(0).normal(size=(5, D)).astype(np.float32)


def made(key, model):
    """Parameters and statistics, all moved away from their start."""
    variables = jax.jit(model.init)(key, X)
    leaves, structure = jax.tree.flatten(variables)
    draw = np.random.default_rng(1)
    moved = [leaf + draw.uniform(0.05, 0.3, leaf.shape) for leaf in leaves]
    return jax.tree.unflatten(structure, [a.astype(jnp.float32) for a in moved])


def normalised(h, norm, scale, bias, statistics=None):
    if norm == "batch":
        mean, variance = statistics["mean"], statistics["var"]
    else:
        mean, variance = h.mean(1, keepdims=True), h.var(1, keepdims=True)
    epsilon = 1e-5 if norm == "batch" else 1e-6
    return (h - mean) / np.sqrt(variance + epsilon) * scale + bias


def by_hand(model, variables, x):
    """The network in numpy, [B, P]."""
    variables = jax.tree.map(np.asarray, variables)
    p = variables["params"]
    layers = [p["front"], *(p[f"hidden_{i}"] for i in range(len(model.widths) - 1))]
    first = model.widths[0]
    whole = x @ p["front"]["kernel"] + p["front"].get("bias", 0)
    h, straight = whole[:, :first], whole[:, first:]
    for i, layer in enumerate(layers):
        if i:
            h = h @ layer["kernel"] + layer.get("bias", 0)
        if model.norm != "none":
            name = f"norms_{i}"
            statistics = variables.get("batch_stats", {}).get(name)
            norm = p[name]["scale"], p[name]["bias"]
            h = normalised(h, model.norm, *norm, statistics)
        h = np.asarray(ACTIVATIONS[model.activation](h))
    y = h @ p["output"]["kernel"] + p["output"].get("bias", 0)
    return y + straight if model.wide else y


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("widths", [(6,), (6, 5), (6, 5, 4, 3)])
def test_mlp__is_its_formula(key, norm, wide, widths):
    model = MLP(widths, "gelu", norm=norm, wide=wide, outputs=2)
    variables = made(key, model)
    found = model.apply(variables, X)
    chex.assert_shape(found, (5, 2))
    np.testing.assert_allclose(found, by_hand(model, variables, X), atol=1e-5)


@pytest.mark.parametrize("widths", [(), (4,)])
def test_mlp__gives_a_number_a_person_for_one_phenotype(key, widths):
    one = MLP(widths, wide=True)
    chex.assert_shape(one.apply(one.init(key, X), X), (5,))
    three = MLP(widths, wide=True, outputs=3)
    chex.assert_shape(three.apply(three.init(key, X), X), (5, 3))


def test_mlp__without_hidden_layers_is_linear(key):
    """One kernel [D, P] and P biases, which start at 0; `wide` is in it already."""
    model = MLP((), outputs=2)
    start = model.init(key, X)
    chex.assert_trees_all_equal_shapes(
        start["params"],
        {"front": {"kernel": np.zeros((D, 2))}, "output_bias": np.zeros(2)},
    )
    assert not model.apply(start, X).any()
    chex.assert_trees_all_equal(start, MLP((), outputs=2, wide=True).init(key, X))
    variables = made(key, model)
    p = variables["params"]
    expected = X @ p["front"]["kernel"] + p["output_bias"][None]
    np.testing.assert_allclose(model.apply(variables, X), expected, atol=1e-6)


def test_mlp__linear_path_starts_at_nothing(key):
    """Beside it the network is, at its start, what it is without."""
    deep, wide = (MLP((4, 3), wide=wide, outputs=2) for wide in (False, True))
    start = wide.init(key, X)
    kernel = start["params"]["front"]["kernel"]
    chex.assert_shape(kernel, (D, 4 + 2))
    assert not kernel[:, 4:].any()
    plain = deep.init(key, X)
    np.testing.assert_array_equal(kernel[:, :4], plain["params"]["front"]["kernel"])
    np.testing.assert_array_equal(wide.apply(start, X), deep.apply(plain, X))


@pytest.mark.parametrize(("norm", "biases"), [("batch", 1), ("layer", 3), ("none", 3)])
def test_mlp__has_one_bias_a_sum(key, norm, biases):
    """None that a batch norm subtracts; the linear path's is in the first product."""
    for wide in (False, True):
        model = MLP((4, 3), norm=norm, wide=wide)
        p = dict(model.init(key, X)["params"])
        dense = [layer for name, layer in p.items() if "norms" not in name]
        found = sum("bias" in layer for layer in dense)
        assert found == biases - (wide and norm != "batch")


def test_mlp__layer_norm_is_of_one_person(key):
    """In training too: other people of the batch change nothing."""
    model = MLP((4, 3), norm="layer")
    variables = made(key, model)
    together = model.apply(variables, X, train=True)
    alone = [model.apply(variables, X[i : i + 1], train=True)[0] for i in range(5)]
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert set(variables) == {"params"}


def test_mlp__front_product_computes_the_first_layer_only(key):
    shapes = []

    def product(x, kernel, dimensions, **options):
        shapes.append(kernel.shape)
        return lax.dot_general(x, kernel, dimensions, **options)

    plain = MLP((4, 3), wide=True)
    variables = made(key, plain)
    own = plain.clone(front_product=product)
    np.testing.assert_array_equal(own.apply(variables, X), plain.apply(variables, X))
    assert shapes == [(D, 5)]
    assert own == plain


@pytest.mark.parametrize("norm", NORMS)
def test_mlp__computes_in_bfloat16_with_float32_parameters(key, norm):
    model = MLP((4, 3), norm=norm, wide=True, dtype=jnp.bfloat16)
    variables = made(key, model)
    assert {leaf.dtype for leaf in jax.tree.leaves(variables)} == {jnp.dtype("float32")}
    found = model.apply(variables, X)
    exact = model.clone(dtype=jnp.float32).apply(variables, X)
    assert found.dtype == jnp.float32
    assert 0 < np.abs(found - exact).max() < 0.05 * np.abs(exact).max()


def test_mlp__dropout_changes_training_only(key):
    model = MLP((64,), dropout=0.5, norm="none")
    x = jnp.ones((3, D))
    variables = model.init(key, x, train=False)
    drop = lambda k: model.apply(variables, x, train=True, rngs={"dropout": k})  # noqa: E731
    assert not np.allclose(drop(jax.random.key(1)), drop(jax.random.key(2)))
    still = [model.apply(variables, x, train=False) for _ in range(2)]
    np.testing.assert_array_equal(*still)


@pytest.mark.parametrize(
    ("field", "match"),
    [
        ({"activation": "sine"}, "activation: found 'sine'; expected one of"),
        ({"norm": True}, r"norm: found True; expected one of \['batch', 'layer'"),
        ({"channels": "dominance"}, "channels: found 'dominance'"),
        ({"widths": (5, 0)}, r"widths: found \(5, 0\); expected 1 or more"),
        ({"outputs": 0}, "outputs: found 0; expected 1 or more"),
        ({"dropout": 1.0}, "dropout: found 1.0; expected 0 <= p < 1"),
    ],
)
def test_mlp__raises_on_a_field_it_does_not_know(field, match):
    with pytest.raises(ValueError, match=match):
        MLP(**field)
