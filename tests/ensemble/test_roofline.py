"""Costs of a step: counted by hand, against XLA's own count, and as shares."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from gxjax.ensemble.peaks import Peaks
from gxjax.ensemble.roofline import (
    achieved,
    roofline_seconds,
    speed,
    training_step_cost,
)

PEAKS = Peaks("toy", 100.0, {"float32": 1000.0}, "made up")


def cost(**changes):
    arguments = {"inputs": 8, "widths": (4, 2), "members": 3, "batch_size": 5}
    arguments |= changes
    return training_step_cost(
        arguments.pop("inputs"), arguments.pop("widths"), **arguments
    )


def test_training_step_cost__counts_by_hand():
    found = cost()
    first, later = 3 * 8 * 4, 3 * (4 * 2 + 2 * 1)
    octets = 5 * 8 / 4
    assert found.forward == (4 * (first + later) + octets, 2 * 5 * (first + later))
    assert found.backward == (
        4 * (first + later) + 4 * later + octets,
        2 * 5 * (first + 2 * later),
    )
    # Reads weight, gradient and two moments; writes weight and two moments.
    assert found.optimiser == (7 * 4 * (first + later), 0)
    assert found.bytes == sum(phase.bytes for phase in found.phases)
    assert found.operations == 2 * 5 * (2 * first + 3 * later)


def test_training_step_cost__types_change_bytes_only():
    wide, narrow = cost(), cost(dtype=jnp.bfloat16, moment_dtype=jnp.bfloat16)
    weights = 3 * (8 * 4 + 4 * 2 + 2)
    # The gradient is written and read, the first moment read and written.
    assert wide.bytes - narrow.bytes == weights * (2 * 2 + 2 * 2)
    assert wide.operations == narrow.operations
    assert (wide.dtype, narrow.dtype) == ("float32", "bfloat16")


def test_training_step_cost__own_order_reads_more_genotypes():
    # 10 packed bytes a batch, read forward and backward, for two members more.
    assert cost(own_order=True).bytes - cost().bytes == 2 * 2 * 10


def test_training_step_cost__channels_need_no_more_genotypes():
    plain, channels = cost(inputs=8), cost(inputs=24, channels=3)
    extra = 3 * 16 * 4
    # Forward, gradient and optimiser: 1 + 1 + 7 numbers a weight.
    assert channels.bytes - plain.bytes == 9 * 4 * extra


def test_training_step_cost__parts_repeat_the_products_bytes():
    once, twice = cost(), cost(accumulate=2)
    assert twice.operations == once.operations
    assert twice.optimiser == once.optimiser
    weights, later = 3 * (8 * 4 + 4 * 2 + 2), 3 * (4 * 2 + 2)
    assert twice.forward.bytes - once.forward.bytes == 4 * weights
    assert twice.backward.bytes - once.backward.bytes == 4 * (2 * weights + later)


@pytest.mark.parametrize(
    ("arguments", "weights"),
    [
        ({"widths": ()}, 8),
        ({"widths": (), "outputs": 2}, 16),
        ({"widths": (4,), "outputs": 2}, 8 * 4 + 4 * 2),
        ({"widths": (4,), "outputs": 2, "wide": True}, 8 * 6 + 4 * 2),
    ],
)
def test_training_step_cost__linear_columns_are_in_the_first_product(
    arguments, weights
):
    assert cost(members=1, **arguments).optimiser.bytes == 28 * weights


def test_training_step_cost__axes_of_a_mesh():
    inputs, widths = 4096, (64, 8)
    arguments = {"inputs": inputs, "widths": widths, "members": 8, "batch_size": 64}
    alone = cost(**arguments)
    by_member, by_variant, by_sample = (
        cost(**arguments, mesh={axis: 8}) for axis in ("member", "variant", "sample")
    )
    # Members part everything but the genotypes, which all of them read.
    assert by_member.operations == alone.operations / 8
    octets = 2 * 64 * inputs / 4
    assert by_member.bytes == (alone.bytes - octets) / 8 + octets
    # Variants part the first layer; the later ones are computed on every device.
    later = 8 * (64 * 8 + 8)
    assert by_variant.operations == (alone.operations + 7 * 6 * 64 * later) / 8
    assert alone.bytes / 8 < by_variant.bytes < alone.bytes / 7
    # People part the products, and leave every device all weights.
    assert by_sample.operations == alone.operations / 8
    assert by_sample.optimiser == alone.optimiser


@pytest.mark.parametrize(
    "wrong", [{"members": 0}, {"mesh": {"variant": 0}}, {"accumulate": 0}]
)
def test_training_step_cost__raises_on_nothing_to_do(wrong):
    with pytest.raises(ValueError, match="expected 1 or more"):
        cost(**wrong)


def toy_step(inputs, width, members):
    """A vmapped Adam step of a network with one hidden layer, and its arguments."""
    transform = optax.adam(1e-3)

    def loss(parameters, x, y):
        front, last = parameters
        return jnp.mean((jnp.maximum(x @ front, 0) @ last - y) ** 2)

    def one(parameters, moments, x, y):
        found = jax.grad(loss)(parameters, x, y)
        change, moments = transform.update(found, moments, parameters)
        return optax.apply_updates(parameters, change), moments

    parameters = jnp.ones((members, inputs, width)), jnp.ones((members, width))
    moments = jax.vmap(transform.init)(parameters)
    step = jax.jit(jax.vmap(one, in_axes=(0, 0, None, None)), donate_argnums=(0, 1))
    return step, parameters, moments


def test_training_step_cost__agrees_with_xla():
    """Operations within a fifth, bytes within a factor of 2.5 of what XLA counts."""
    inputs, width, members, batch = 2048, 64, 3, 128
    step, parameters, moments = toy_step(inputs, width, members)
    x, y = jnp.ones((batch, inputs)), jnp.ones(batch)
    analysis = step.lower(parameters, moments, x, y).compile().cost_analysis()
    ours = cost(inputs=inputs, widths=(width,), members=members, batch_size=batch)
    # XLA counts the optimiser's arithmetic too, and x as floats instead of bits.
    assert ours.operations == pytest.approx(analysis["flops"], rel=0.2)
    assert 0.4 < ours.bytes / analysis["bytes accessed"] <= 1.0


def test_roofline_seconds__is_the_sum_of_the_slower_of_each_phase():
    found = cost()
    expected = sum(max(p.bytes / 100, p.operations / 1000) for p in found.phases)
    assert roofline_seconds(found, PEAKS) == pytest.approx(expected)
    whole = max(found.bytes / 100, found.operations / 1000)
    assert roofline_seconds(found, PEAKS) >= whole


def test_roofline_seconds__h200_at_biobank_scale():
    """The optimiser's part of the figures on paper: 140 GB at 4.3 TB/s, 32.6 ms."""
    h200 = Peaks("H200", 4.3e12, {"bfloat16": 790e12}, "measured")
    found = cost(
        inputs=500_000,
        widths=(1000,),
        members=10,
        batch_size=2048,
        dtype=jnp.bfloat16,
    )
    assert found.forward.operations / 790e12 == pytest.approx(25.9e-3, rel=0.01)
    moments = 7 * 20e9 - 2 * 5e9  # the gradient is half as large in bfloat16
    assert found.optimiser.bytes == pytest.approx(moments, rel=0.01)
    assert roofline_seconds(found, h200) == pytest.approx(82e-3, rel=0.02)


def test_achieved__is_one_at_the_roofline():
    found = cost()
    least = roofline_seconds(found, PEAKS)
    shares = achieved(found, least, PEAKS)
    assert shares["roofline_share"] == pytest.approx(1)
    assert 0 < shares["arithmetic_share"] < 1
    assert 0 < shares["bandwidth_share"] <= 1
    halved = achieved(found, 2 * least, PEAKS)
    assert halved == pytest.approx({name: s / 2 for name, s in shares.items()})


def test_achieved__raises_on_another_type_and_on_no_time():
    with pytest.raises(ValueError, match=r"measure_peaks\('bfloat16'\)"):
        achieved(cost(dtype=jnp.bfloat16), 1.0, PEAKS)
    for seconds in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="seconds"):
            achieved(cost(), seconds, PEAKS)


def test_speed__counts_people_and_members():
    found = speed(cost(), 0.5, PEAKS)
    assert (found.people_per_second, found.people_members_per_second) == (10, 30)
    assert found.shares == achieved(cost(), 0.5, PEAKS)
    assert speed(cost(), 0.5, None).shares == {}
    assert speed(cost(dtype=jnp.bfloat16), 0.5, PEAKS).shares == {}


def test_training_step_cost__eight_bits_are_four_times_the_genotypes():
    # 10 packed bytes a batch, read forward and backward.
    assert cost(bits=8).bytes - cost().bytes == 2 * 3 * 10
