import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.attribution import METHODS, score, score_dense, through_front
from gxjax.attribution.noise import compose
from gxjax.faithfulness import person_attributions
from gxjax.faithfulness.person_attributions import member_noise_law
from gxjax.rng import named
from gxjax.types import DosageSource

IDS = np.array([7, 3, 2**31, 9, 1], np.uint32)
NOISY = [
    (m, n) for m in ("saliency", "input_x_gradient") for n in ("smoothgrad", "vargrad")
]


def _fetch(arrays, people):
    return arrays[people]


def _person(front, dosages, baseline, column, key, **words):
    return person_attributions(
        front, dosages, baseline, column, key=key, member=1, person_ids=IDS, **words
    )


@pytest.mark.parametrize(
    ("kind", "names"),
    [("curved", sorted(METHODS)), ("indicators", ["gradient_shap", "reveal_cancel"])],
)
def test_person_attributions__average_to_the_score(
    kind, names, make_front, people, baseline, key
):
    """Of every method that draws nothing but its own path, with two baselines."""
    front, rows = make_front(kind), np.concatenate([baseline, baseline[:, ::-1]])
    columns = [(name, "none") for name in names]
    source = DosageSource(jnp.asarray(people), _fetch)
    expected = score(
        front, source, np.arange(5, dtype=np.int32), IDS, rows, columns, key=key
    ).values[:, 1]
    for column, values in zip(columns, expected, strict=True):
        found = _person(front, people, rows, column, key)
        np.testing.assert_allclose(np.abs(found).mean(0), values, atol=2e-5)


@pytest.mark.parametrize("column", NOISY)
@pytest.mark.parametrize("kind", ["curved", "indicators"])
def test_person_attributions__under_noise_are_those_through_the_front(
    kind, column, make_front, people, baseline, key
):
    front = make_front(kind)
    name, noise = column
    attribution = compose(METHODS[name], noise, baselines=1, draws=3, sigma=0.5)
    child = named(named(key, "m", 1), f"attribution/{name}")
    tail = jax.tree.map(lambda a: a[1], front.tail)

    @jax.jit
    def expected(x, person):
        return through_front(
            attribution, front.kernel[1], front.bias[1], lambda h: front.head(tail, h),
            x, baseline=jnp.asarray(baseline), key=jax.random.fold_in(child, person),
            channels=front.channels,
        )  # fmt: skip

    found = _person(front, people, baseline, column, key, draws=3, sigma=0.5)
    for row, x, person in zip(found, people, IDS, strict=True):
        np.testing.assert_allclose(row, expected(x, person), atol=1e-4)


def test_person_attributions__of_a_method_with_parts_are_dense_under_noise(
    make_front, people, baseline, key
):
    front, column = make_front("indicators"), ("reveal_cancel", "smoothgrad_squared")
    source = DosageSource(jnp.asarray(people), _fetch)
    where = np.arange(5, dtype=np.int32)
    dense = score_dense(front, source, where, IDS, baseline, [column], key=key, draws=2)
    found = _person(front, people, baseline, column, key, draws=2)
    np.testing.assert_allclose(found.mean(0), dense.values[0, 1], rtol=1e-4, atol=1e-6)


def test_person_attributions__do_not_depend_on_the_batch_or_the_order(
    make_front, people, baseline, key
):
    front, column = make_front(), ("gradient_shap", "smoothgrad")
    first = _person(front, people, baseline, column, key)
    law = member_noise_law(front, 1)
    second = _person(front, people, baseline, column, key, batch_size=2, law=law)
    np.testing.assert_allclose(first, second, atol=1e-5)
    turned = person_attributions(
        front, people[::-1], baseline, column, key=key, member=1, person_ids=IDS[::-1]
    )
    np.testing.assert_allclose(first[::-1], turned, atol=1e-5)


def test_person_attributions__raise_on_what_is_wrong(make_front, people, baseline, key):
    front = make_front()
    with pytest.raises(ValueError, match="column: found"):
        _person(front, people, baseline, ("saliencey", "none"), key)
    with pytest.raises(ValueError, match="an integer for each of 3"):
        _person(front, people[:3], baseline, ("saliency", "none"), key)
    broken = front._replace(bias=front.bias.at[1].set(jnp.nan))
    with pytest.raises(ValueError, match="not finite for person 7"):
        _person(broken, people, baseline, ("deeplift", "none"), key)
