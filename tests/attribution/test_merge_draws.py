import jax
import numpy as np
import pytest

from gxjax.attribution import score

COLUMN = [("deeplift", "smoothgrad_squared")]
SEEDS = 120


@pytest.fixture
def wide(case, make_front):
    """Many more variants than hidden units, where the leading order is close."""
    front = make_front(members=1, variants=600)
    rng = np.random.default_rng(5)
    genotypes = rng.binomial(2, 0.3, (8, 600)).astype(np.float32)
    people = np.arange(8, dtype=np.int32)
    return case._replace(
        front=front,
        dosages=case.dosages._replace(arrays=jax.numpy.asarray(genotypes)),
        people=people,
        person_ids=people.astype(np.uint32),
        baseline=np.full((1, 600), 0.6, np.float32),
    )


def _seeds(case, **settings):
    keys = jax.random.split(jax.random.key(11), SEEDS)
    return np.stack(
        [score(*case, COLUMN, key=k, **settings).values[0, 0] for k in keys]
    )


def test_score__merged_draws_have_the_mean_of_exact_ones(wide):
    exact, merged = _seeds(wide), _seeds(wide, merge_draws=True)
    assert merged.var(0).mean() > exact.var(0).mean()
    # To leading order in H / V: 12 / 600.
    ratio = merged.mean(0).sum() / exact.mean(0).sum()
    assert abs(ratio - 1) < 0.03
    error = np.sqrt((exact.var(0) + merged.var(0)) / SEEDS)
    used = error > 0
    z = (merged.mean(0) - exact.mean(0))[used] / error[used]
    assert np.abs(z).max() < 6


def test_score__merged_draws_do_not_depend_on_batch(wide):
    key = jax.random.key(2)
    one, all_at_once = (
        score(*wide, COLUMN, key=key, merge_draws=True, batch_size=size).values
        for size in (1, 8)
    )
    np.testing.assert_allclose(one, all_at_once, rtol=1e-4)


def test_score__merging_leaves_other_columns_alone(case, key):
    columns = [("deeplift", "vargrad"), ("saliency", "smoothgrad_squared")]
    exact, merged = (
        score(*case, columns, key=key, merge_draws=merge).values
        for merge in (False, True)
    )
    np.testing.assert_allclose(merged, exact, rtol=1e-5)


def test_score__raises_on_the_mean_square_of_merged_draws(case, key):
    with pytest.raises(ValueError, match="merge_draws with the reduction"):
        score(*case, COLUMN, key=key, merge_draws=True, reductions=("mean_square",))
