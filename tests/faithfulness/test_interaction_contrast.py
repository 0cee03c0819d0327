import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.faithfulness import (
    candidate_pairs,
    kernel_rows,
    pair_contrasts,
    person_pair_contrasts,
)
from gxjax.types import DosageSource, LinearFront


def _fetch(arrays, people):
    return arrays[people]


def _product(tail, h):
    return h[0] * h[1]


@pytest.mark.parametrize("values", [2**22, 50])
@pytest.mark.parametrize("kind", ["curved", "indicators"])
def test_person_pair_contrasts__are_those_of_the_whole_network(
    kind, values, make_front, whole, people, baseline, monkeypatch
):
    monkeypatch.setattr(kernel_rows, "_VALUES", values)
    front, pairs = make_front(kind), [[3, 4], [0, 23], [23, 3]]
    f, rest = whole(front, 1), baseline[0]
    found = person_pair_contrasts(front, people, rest, pairs, member=1)
    columns = np.arange(24)
    for person, x in enumerate(people):
        for place, (i, j) in enumerate(pairs):
            sets = ([], [i], [j], [i, j])
            at = [float(f(np.where(np.isin(columns, s), rest, x))) for s in sets]
            expected = at[0] - at[1] - at[2] + at[3]
            assert found[person, place] == pytest.approx(expected, abs=2e-6)


def test_pair_contrasts__of_a_product_of_two_dosages(people, baseline):
    """f = x_2 x_5: the pair has its contrast, no other pair has any."""
    kernel = np.zeros((1, 24, 2), np.float32)
    kernel[0, 2, 0] = kernel[0, 5, 1] = 1
    front = LinearFront(jnp.asarray(kernel), jnp.zeros((1, 2)), _product, {}, None)
    source = DosageSource(jnp.asarray(people), _fetch)
    pairs = np.array([[2, 5], [2, 3], [5, 2]])
    found = pair_contrasts(front, source, np.arange(5), baseline[0], pairs)
    moved = people - baseline
    expected = np.abs(moved[:, 2] * moved[:, 5]).mean()
    assert found == pytest.approx(np.array([[expected, 0, expected]]), abs=1e-5)


def test_pair_contrasts__do_not_depend_on_batches_or_order(
    make_front, people, baseline
):
    front, source = make_front(), DosageSource(jnp.asarray(people), _fetch)
    pairs, calls = candidate_pairs(np.arange(24.0), 5), []
    every = source, np.arange(5)
    first = pair_contrasts(front, *every, baseline[0], pairs)
    second = pair_contrasts(
        front, source, np.arange(5)[::-1], baseline[0], pairs, batch_size=3,
        progress=lambda *call: calls.append(call[:2]),
    )  # fmt: skip
    assert first.shape == (2, 10)
    assert first == pytest.approx(second, abs=1e-6)
    assert calls[-1] == (4, 4)


def test_pair_contrasts__of_a_linear_network_are_0(make_front, people, baseline):
    source = DosageSource(jnp.asarray(people), _fetch)
    front, pairs = make_front("linear"), [[0, 1], [7, 3]]
    found = pair_contrasts(front, source, np.arange(5), baseline[0], pairs)
    assert found == pytest.approx(0, abs=2e-6)


def test_pair_contrasts__raises_on_pairs(make_front, people, baseline):
    source, front = DosageSource(jnp.asarray(people), _fetch), make_front()
    for pairs in ([[1, 1]], [[1, 2, 3]], [1, 2]):
        with pytest.raises(ValueError, match="two columns"):
            pair_contrasts(front, source, np.arange(5), baseline[0], pairs)
    with pytest.raises(ValueError, match="found 1 to 24"):
        pair_contrasts(front, source, np.arange(5), baseline[0], [[1, 24]])


def test_candidate_pairs__are_all_of_the_best():
    found = candidate_pairs([0.0, 5, 1, 7, 5], 3)
    assert found.tolist() == [[1, 3], [1, 4], [3, 4]]
    assert found.dtype == np.int32
    assert len(candidate_pairs(np.zeros(10), 10)) == 45


@pytest.mark.parametrize(
    ("scores", "top"), [([1.0, 2], 1), ([1.0, 2], 3), ([1.0, np.nan], 2)]
)
def test_candidate_pairs__raises_on_what_is_no_ranking(scores, top):
    with pytest.raises(ValueError, match="2 or more of them"):
        candidate_pairs(scores, top)
