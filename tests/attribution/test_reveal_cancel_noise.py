"""RevealCancel under noise, against the whole network at the very same noise."""

from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.attribution import reveal_cancel, score, score_dense
from gxjax.attribution.channels import DOSAGE, INDICATORS, expand, fold
from gxjax.attribution.job import AXES
from gxjax.attribution.noise import NOISES, summarise
from gxjax.attribution.signed_noise import SignedNoise
from gxjax.attribution.tile import Tile
from gxjax.rng import named
from gxjax.types import DosageSource, LinearFront

NOISY = [noise for noise in NOISES if noise != "none"]
COLUMNS = [("reveal_cancel", noise) for noise in NOISY]
PLAIN = [("reveal_cancel", "none"), ("deeplift", "smoothgrad")]
DRAWS, SIGMA, V, WIDE = 3, 0.7, 40, 600


def _head(tail, h):
    return jnp.tanh(jnp.tanh(h) @ tail["hidden"]) @ tail["out"]


@cache
def _front(variants, channels=None, hidden=6):
    """Two members, small, as what is tested lies before the head."""
    rng = np.random.default_rng(11)

    def normal(*shape):
        return jnp.asarray(rng.normal(size=(2, *shape)), jnp.float32)

    count = len(channels.functions) if channels else 1
    kernel = normal(variants, count * hidden) / variants**0.5
    kernel = kernel.at[:, variants // 2].set(0)
    tail = {"hidden": normal(hidden, 4), "out": normal(4)}
    kernel = kernel.reshape(2, variants * count, hidden)
    return LinearFront(kernel, normal(hidden), _head, tail, channels)


@pytest.fixture
def rows(case):
    """With two baselines."""
    drawn = np.random.default_rng(3).uniform(0, 2, (2, V)).astype(np.float32)
    return case._replace(front=_front(V), baseline=drawn)


@pytest.fixture
def wide(case):
    """600 variants: more than two blocks of noise."""
    rng = np.random.default_rng(4)
    genotypes = jnp.asarray(rng.binomial(2, 0.3, (10, WIDE)).astype(np.float32))
    people = np.arange(10, dtype=np.int32)
    source = DosageSource(genotypes, case.dosages.fetch)
    baseline = np.full((1, WIDE), 0.6, np.float32)
    return _front(WIDE), source, people, people.astype(np.uint32), baseline


def _noise(key, member, ids, draw, width, channels=DOSAGE):
    """eps [B, V L], as `score` draws it."""
    own = named(key, "noise/signed", member)
    source = SignedNoise(own, ids, jnp.arange(width, dtype=jnp.int32), SIGMA)
    whole = Tile(jnp.zeros((width, 1)), None, lambda array, axis: array, channels)
    return source.of_tile(whole, draw)


@partial(jax.jit, static_argnames=("head", "times_input", "channels"))
def _dense(head, times_input, channels, network, x, noise, baseline):
    """Mean and mean square over draws [B, V], of whole networks at given noise."""
    kernel, bias, tail = network

    def f(z):
        return head(tail, jnp.matmul(z, kernel, precision="highest") + bias)

    def one(point, row):
        m = reveal_cancel(f, point, baseline=row, key=None)
        return m * (point - row) if times_input else m

    over_rows = jax.vmap(one, (None, 0))
    inputs, ends = expand(channels, x), expand(channels, baseline)
    over_people = jax.vmap(lambda point: over_rows(point, ends).mean(0))
    found = fold(channels, jax.vmap(over_people)(inputs[None] + noise), times_input)
    return found.mean(0), (found**2).mean(0)


def _expected(case, key, times_input, member):
    """Mean signed attributions [noises, V] of a member, without the front."""
    front, channels = case.front, case.front.channels or DOSAGE
    parts = front.kernel, front.bias, front.tail
    network = jax.tree.map(lambda a: a[member], parts)
    x = case.dosages.arrays[case.people]
    noise = jnp.stack(
        [_noise(key, member, case.person_ids, k, V, channels) for k in range(DRAWS)]
    )
    baseline = jnp.asarray(case.baseline)
    pair = _dense(front.head, times_input, channels, network, x, noise, baseline)
    return np.stack([summarise(NOISES[each], *pair).mean(0) for each in NOISY])


def _close(found, expected, tolerance=1e-4):
    scale = np.abs(expected).max(axis=-1, keepdims=True)
    assert (np.abs(found - expected) / scale).max() < tolerance


@pytest.fixture
def run(key):
    kept = {"key": key, "draws": DRAWS, "sigma": SIGMA, "batch_size": 8}
    kept["reductions"] = ("mean_signed",)

    def call(case, columns=(*PLAIN, *COLUMNS), **options):
        return score(*case, columns, **(kept | options))

    return call


@pytest.mark.parametrize("channels", [DOSAGE, INDICATORS])
@pytest.mark.parametrize("times_input", [True, False])
def test_score__equals_the_whole_network_at_the_same_noise(
    rows, run, key, times_input, channels
):
    front = _front(V, channels)
    case = rows._replace(front=front)
    found = run(case, COLUMNS, multiply_by_inputs=times_input, tiles=3)
    expected = np.stack([_expected(case, key, times_input, m) for m in range(2)], 1)
    _close(found.reductions["mean_signed", "all"], expected)


def test_score__has_the_moments_of_the_dense_reference(rows, key):
    """Other keys: the same in distribution, so the same mean over many draws."""
    columns = [("reveal_cancel", "smoothgrad_squared")]
    kept = {"key": key, "draws": 400, "sigma": SIGMA, "batch_size": 24}
    ours, theirs = (
        call(*rows, columns, **kept).values for call in (score, score_dense)
    )
    _close(ours, theirs, 0.1)
    np.testing.assert_allclose(ours.sum(2), theirs.sum(2), rtol=0.02)


def test_score__noise_leaves_other_columns_and_their_completeness(rows, run):
    alone, together = run(rows, PLAIN), run(rows)
    np.testing.assert_allclose(together.values[:2], alone.values, rtol=1e-5)
    assert together.completeness.method.tolist() == alone.completeness.method.tolist()
    np.testing.assert_allclose(
        together.completeness.delta, alone.completeness.delta, atol=1e-6
    )


def test_score__vargrad_is_never_negative_and_unused_variants_get_zero(rows, run):
    found = run(rows)
    signed = found.reductions["mean_signed", "all"]
    variance = signed[-1]
    assert [*PLAIN, *COLUMNS][-1] == ("reveal_cancel", "vargrad")
    np.testing.assert_array_equal(variance, found.values[-1])
    assert variance.max() > 0
    assert not found.values[2:, :, found.values.shape[2] // 2].any()


@pytest.mark.parametrize(
    "changed",
    [
        {"batch_size": 3, "tiles": 7},
        {"mesh": (2, 2, 2), "tiles": 7},
        {"merge_draws": True},
    ],
    ids=str,
)
def test_score__does_not_depend_on_batch_tiles_or_devices(wide, run, changed):
    """7 tiles divide neither 600 variants nor the 300 of a device."""
    options = dict(changed)
    if "mesh" in options:
        shape = options["mesh"]
        devices = np.asarray(jax.devices()[: np.prod(shape)]).reshape(shape)
        options["mesh"] = jax.sharding.Mesh(devices, AXES)
    columns = COLUMNS[1:2]
    _close(run(wide, columns, **options).values, run(wide, columns).values)


def test_score__tells_blocks_of_variants_people_draws_and_members_apart(key):
    ids = jnp.arange(3, dtype=jnp.uint32)
    drawn = [_noise(key, m, ids, k, WIDE) for m in range(2) for k in range(2)]
    numbers = np.stack(drawn) / SIGMA
    assert len(np.unique(numbers)) > 0.99 * numbers.size
    np.testing.assert_allclose(numbers.mean(), 0, atol=4 / numbers.size**0.5)
    np.testing.assert_allclose(numbers.std(), 1, rtol=4 / numbers.size**0.5)


class Stopped(Exception):
    pass


def test_score__memory_does_not_grow_with_variants_times_draws(wide, run):
    def plan_of(draws):
        heard = []

        def announce(plan):
            heard.append(plan)
            raise Stopped

        with pytest.raises(Stopped):
            run(wide, COLUMNS[1:2], draws=draws, tiles=1, announce=announce)
        return heard[0]

    few, many = plan_of(DRAWS), plan_of(DRAWS + 10)
    assert few.noise_law == 0
    one_draw = 4 * 8 * WIDE
    assert many.temporaries - few.temporaries < 10 * one_draw
