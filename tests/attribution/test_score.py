import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.attribution import METHODS, register, score
from gxjax.types import DosageSource, LinearFront


def _linear():
    """One member, f(x) = 2 (x0 - x1) + 1, behind H = 1."""
    kernel = jnp.array([[[1.0], [-1.0]]])
    return LinearFront(
        kernel, jnp.ones((1, 1)), lambda t, h: t * h[0], jnp.full(1, 2.0)
    )


def _rows(arrays, people):
    return arrays[people]


def _two_people():
    source = DosageSource(jnp.array([[2.0, 1.0], [0.0, 0.5], [9.0, 9.0]]), _rows)
    return source, np.array([0, 1]), np.array([11, 12], np.uint32)


def test_score__is_the_mean_absolute_attribution(key):
    baseline = np.array([[1.0, 0.0]], np.float32)
    columns = [("saliency", "none"), ("deeplift", "none")]
    found = score(_linear(), *_two_people(), baseline, columns, key=key, batch_size=1)
    np.testing.assert_allclose(found.values[:, 0], [[2, 2], [2, 1.5]], rtol=1e-6)
    assert found.columns == tuple(columns)
    assert found.values.dtype == np.float32
    assert list(found.completeness.person) == [0, 1]
    np.testing.assert_allclose(found.completeness.delta, 0, atol=1e-6)


def test_score__averages_over_baselines(key):
    baseline = np.array([[1.0, 0.0], [0.0, 2.0]], np.float32)
    columns = [("integrated_gradients", "none")]
    found = score(_linear(), *_two_people(), baseline, columns, key=key)
    # Person 0: 2 (1.5, -0), person 1: 2 (-0.5, +0.5), in absolute value.
    np.testing.assert_allclose(found.values[0, 0], [2, 0.5], atol=1e-6)


def test_score__squared_of_a_linear_network_is_known(key):
    baseline = np.array([[1.0, 0.0]], np.float32)
    columns = [("deeplift", "smoothgrad_squared"), ("saliency", "smoothgrad_squared")]
    found = score(
        _linear(), *_two_people(), baseline, columns, key=key, draws=4000, sigma=0.5
    )
    # E (m (d + eps))^2 = m^2 (d^2 + sigma^2), d = (1, 1) and (-1, 0.5).
    np.testing.assert_allclose(found.values[0, 0], [4 * 1.25, 4 * 0.875], rtol=0.05)
    np.testing.assert_allclose(found.values[1, 0], 4, rtol=1e-4)


def test_score__members_draw_different_noise(case, key):
    def one_net(a):
        return jnp.broadcast_to(a[:1], a.shape)

    parts = case.front.kernel, case.front.bias, case.front.tail
    kernel, bias, tail = jax.tree.map(one_net, parts)
    front = LinearFront(kernel, bias, case.front.head, tail)
    columns = [("saliency", "none"), ("saliency", "smoothgrad")]
    values = score(front, *case[1:], columns, key=key).values
    np.testing.assert_allclose(values[0, 0], values[0, 1], rtol=1e-6)
    assert np.abs(values[1, 0] - values[1, 1]).max() > 1e-3


def test_score__reports_progress(case, key):
    seen = []
    score(
        *case, [("saliency", "none")], key=key, batch_size=10,
        progress=lambda done, total, note: seen.append((done, total)),
    )  # fmt: skip
    assert seen == [(i, 6) for i in range(1, 7)]


def test_score__traces_a_method_once(case, key):
    traces = []

    def counted(f, x, *, baseline, key):
        traces.append(x.shape)
        return jax.grad(f)(x)

    register("counted", uses_baseline=False)(counted)
    try:
        for _ in range(2):
            score(*case, [("counted", "none")], key=key, batch_size=4)
    finally:
        del METHODS["counted"]
    assert traces == [(12,)]


def test_score__raises_on_nan_output_naming_member_and_person(case, key):
    bias = case.front.bias.at[1, 0].set(jnp.nan)
    front = case.front._replace(bias=bias)
    with pytest.raises(ValueError, match=f"member 1 .* person {case.people[0]};"):
        score(front, *case[1:], [("saliency", "none")], key=key)


def test_score__raises_on_nan_attribution_naming_the_column(key):
    front = _linear()._replace(head=lambda t, h: jnp.sqrt(jnp.abs(h[0] - 2)))
    baseline = np.zeros((1, 2), np.float32)
    columns = [("deeplift", "none"), ("saliency", "none")]
    with pytest.raises(ValueError, match="saliency, noise none, member 0, person 0"):
        score(front, *_two_people(), baseline, columns, key=key)


@pytest.mark.parametrize("column", [("salience", "none"), ("saliency", "noisy")])
def test_score__raises_on_unknown_column(case, key, column):
    with pytest.raises(ValueError, match=r"found \('sal.*integrated_gradients"):
        score(*case, [column], key=key)


def test_score__raises_on_shapes(case, key):
    columns = [("saliency", "none")]
    with pytest.raises(ValueError, match=r"baseline: found shape \(1, 39\)"):
        score(*case._replace(baseline=case.baseline[:, 1:]), columns, key=key)
    with pytest.raises(ValueError, match="person_ids"):
        score(*case._replace(person_ids=case.person_ids[1:]), columns, key=key)
    narrow = case.dosages._replace(arrays=case.dosages.arrays[:, 1:])
    with pytest.raises(ValueError, match=r"dosages: fetch gives \(1, 39\)"):
        score(*case._replace(dosages=narrow), columns, key=key)
    with pytest.raises(ValueError, match="people of type float64"):
        score(*case._replace(people=case.people * 1.0), columns, key=key)
    with pytest.raises(ValueError, match="batch_size=0"):
        score(*case, columns, key=key, batch_size=0)


COLUMNS = [("saliency", "smoothgrad_squared"), ("deeplift", "vargrad")]


@pytest.mark.parametrize("local", [False, True])
def test_score__reductions_and_strata_are_averages_over_their_people(case, key, local):
    people = len(case.people)
    strata = np.where(np.arange(people) % 3 == 0, "case", "control")
    names = ("mean_absolute", "mean_signed", "mean_square")
    kept = {"key": key, "multiply_by_inputs": not local, "reductions": names}
    kept["batch_size"] = 7
    columns = COLUMNS
    found = score(*case, columns, **kept, strata=strata).reductions
    assert set(found) == {(n, s) for n in names for s in ("all", "case", "control")}
    for label in ("case", "control"):
        own = strata == label
        part = case._replace(people=case.people[own], person_ids=case.person_ids[own])
        alone = score(*part, columns, **kept).reductions
        for name in names:
            np.testing.assert_allclose(
                found[name, label], alone[name, "all"], rtol=2e-4, atol=1e-6
            )
    share = (strata == "case").mean()
    for name in names:
        parts = share * found[name, "case"] + (1 - share) * found[name, "control"]
        np.testing.assert_allclose(found[name, "all"], parts, rtol=2e-4, atol=1e-6)


def test_score__squared_local_shortcut_equals_the_tiles(case, key):
    """w S w, taken unless the mean square of the squares is asked for."""
    column = [("saliency", "smoothgrad_squared")]
    short = score(*case, column, key=key).values
    tiled = score(*case, column, key=key, reductions=("mean_square",)).values
    np.testing.assert_allclose(short, tiled, rtol=1e-4)
    by_tile = score(*case, column, key=key, tiles=7).values
    np.testing.assert_allclose(by_tile, short, rtol=1e-6)


def test_score__noises_of_one_method_share_their_draws(case, key):
    columns = [("deeplift", n) for n in ("smoothgrad_squared", "smoothgrad_root")]
    together = score(*case, columns, key=key, reductions=("mean_square",))
    # The mean square of the root is the mean of the square.
    np.testing.assert_allclose(
        together.reductions["mean_square", "all"][1], together.values[0], rtol=1e-4
    )
    alone = score(*case, columns[:1], key=key)
    np.testing.assert_allclose(together.values[0], alone.values[0], rtol=1e-5)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"reductions": ("median",)}, "reductions: found 'median'"),
        ({"strata": ["a"]}, "strata: found labels of shape"),
    ],
)
def test_score__raises_on_reductions_and_strata(case, key, wrong, message):
    with pytest.raises(ValueError, match=message):
        score(*case, COLUMNS, key=key, **wrong)
