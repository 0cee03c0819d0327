"""Networks of one's own, split behind their first layer, or refused."""

import re
from pathlib import Path
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.attribution import INDICATORS, score, score_dense
from gxjax.ensemble import MLP, FrontedModel, linear_front_of
from gxjax.types import DosageSource, Encoding

ROOT = Path(__file__).parent.parent.parent
V, MEMBERS = 6, 3


class Own(nn.Module):
    """Layer norm and GELU; the parameters have names of their own."""

    first: Any = staticmethod(lambda h: h)
    width: int = 5
    dtype: Any = jnp.float32

    def setup(self):
        self.embedding = nn.Dense(self.width, dtype=self.dtype)
        self.norm = nn.LayerNorm()
        self.readout = nn.Dense(1)

    def __call__(self, x):
        return self.head(self.first(self.embedding(x)))

    def head(self, h):
        return self.readout(nn.gelu(self.norm(h)))[:, 0]

    def front_parameters(self, variables):
        embedding = variables["params"]["embedding"]
        return embedding["kernel"], embedding["bias"]


class Deep(Own):
    def head(self, h):
        return self.readout(nn.gelu(h))[:, :, None]


class Transposed(Own):
    def front_parameters(self, variables):
        kernel, bias = super().front_parameters(variables)
        return kernel.T, bias


class Unbiased(Own):
    def front_parameters(self, variables):
        kernel, bias = super().front_parameters(variables)
        return kernel, jnp.zeros_like(bias).at[0].set(0.01)


class NoHead(nn.Module):
    def front_parameters(self, variables):
        return variables["params"]["kernel"], 0


def variables_of(model, inputs=V):
    keys = jax.random.split(jax.random.key(5), MEMBERS)
    made = jax.vmap(lambda key: model.init(key, jnp.ones((2, inputs))))(keys)
    return jax.tree.map(lambda a: a + 0.1, made)


def encoding_of(inputs):
    draw = np.random.default_rng(1)
    mean, scale = draw.uniform(0.2, 2, (2, inputs)).astype(np.float32)
    return Encoding(mean, scale, mean)


def outputs(front, inputs):
    h = jnp.einsum("bd,mdh->mbh", inputs, front.kernel) + front.bias[:, None]
    return jax.vmap(jax.vmap(front.head, (None, 0)))(front.tail, h)


@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize("channels", [None, INDICATORS])
def test_linear_front_of__gives_the_network(encoded, channels):
    inputs = V * (len(channels.functions) if channels else 1)
    model = Own()
    variables = variables_of(model, inputs)
    encoding = encoding_of(inputs) if encoded else None
    front = linear_front_of(model, variables, encoding, channels)
    x = jnp.asarray(np.random.default_rng(2).uniform(0, 2, (7, inputs)), jnp.float32)
    seen = (x - encoding.mean[None]) * encoding.scale[None] if encoded else x
    expected = jax.vmap(lambda v: model.apply(v, seen))(variables)
    np.testing.assert_allclose(outputs(front, x), expected, atol=1e-5)
    assert front.channels is channels


def test_linear_front_of__keeps_only_what_the_head_reads():
    front = linear_front_of(Own(), variables_of(Own()))
    assert set(front.tail["params"]) == {"norm", "readout"}
    tail = linear_front_of(MLP((5, 4)), variables_of(MLP((5, 4)))).tail
    assert "front" not in tail["params"]
    assert set(tail) == {"params", "batch_stats"}


def test_linear_front_of__computes_in_float32():
    model = Own(dtype=jnp.bfloat16)
    front = linear_front_of(model, variables_of(model))
    assert front.kernel.dtype == front.bias.dtype == jnp.float32


@pytest.mark.parametrize("model", [MLP(), Own()])
def test_fronted_model__is_met(model):
    assert isinstance(model, FrontedModel)


def test_linear_front_of__raises_where_the_first_layer_is_not_linear():
    model = Own(first=jnp.tanh)
    with pytest.raises(ValueError, match="the first layer must be linear"):
        linear_front_of(model, variables_of(model))


def test_linear_front_of__raises_on_another_layer_s_bias():
    with pytest.raises(ValueError, match=r"network 0 gives .* head behind"):
        linear_front_of(Unbiased(), variables_of(Unbiased()))


@pytest.mark.parametrize("model", [NoHead(), nn.Dense(1), "a network"])
def test_linear_front_of__raises_on_what_declares_no_front(model):
    with pytest.raises(TypeError, match="expected a Flax module with front_parameters"):
        linear_front_of(model, {"params": {"kernel": jnp.ones((1, V, 5))}})


@pytest.mark.parametrize(
    ("model", "match"),
    [
        (Transposed(), r"found weights \(5, 6\) and bias"),
        (Deep(), r"outputs \(4, 1, 1\)"),
    ],
)
def test_linear_front_of__raises_on_shapes(model, match):
    with pytest.raises(ValueError, match=match):
        linear_front_of(model, variables_of(model))


def test_linear_front_of__raises_where_members_disagree():
    variables = variables_of(Own())
    variables["params"]["readout"]["bias"] = jnp.zeros((1, 1))
    with pytest.raises(ValueError, match=r"leading axes \[1, 3\]"):
        linear_front_of(Own(), variables)


def test_linear_front_of__raises_on_an_encoding_per_variant():
    variables = variables_of(Own(), 3 * V)
    with pytest.raises(ValueError, match=r"encoding.mean: found shape \(6,\)"):
        linear_front_of(Own(), variables, encoding_of(V), INDICATORS)


def test_linear_front_of__raises_on_channels_that_do_not_divide():
    with pytest.raises(ValueError, match="3 per variant, but the weights have 7 rows"):
        linear_front_of(Own(), variables_of(Own(), 7), None, INDICATORS)


def fetch(arrays, people):
    return arrays[people]


def test_score__of_a_network_of_one_s_own(key):
    """Through the front as on the whole network; RevealCancel knows no layer norm."""
    variables, people = variables_of(Own(), 3 * V), np.arange(5, dtype=np.int32)
    front = linear_front_of(Own(), variables, encoding_of(3 * V), INDICATORS)
    dosages = np.random.default_rng(3).uniform(0, 2, (5, V)).astype(np.float32)
    source, ends = DosageSource(jnp.asarray(dosages), fetch), np.ones((1, V))
    case = front, source, people, people.astype(np.uint32), ends.astype(np.float32)
    columns = [("saliency", "none"), ("deeplift", "none")]
    fast, slow = (f(*case, columns, key=key) for f in (score, score_dense))
    scale = slow.values.max(axis=2, keepdims=True)
    np.testing.assert_array_less(np.abs(fast.values - slow.values) / scale, 1e-5)
    assert np.abs(fast.completeness.delta).max() < 1e-4


def test_document__example_runs(capsys):
    [code] = re.findall(
        r"```python\n(.*?)```", (ROOT / "docs/networks.md").read_text(), re.DOTALL
    )
    exec(compile(code, "docs/networks.md", "exec"), {})
    assert capsys.readouterr().out.strip() == "(2, 2, 50)"
