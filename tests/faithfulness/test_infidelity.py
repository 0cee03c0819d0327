from importlib import import_module

import numpy as np
import pytest

from gxjax.faithfulness import Infidelity, infidelity, infidelity_parts
from gxjax.rng import generator

IDS = np.array([7, 3, 2**31, 9, 1], np.uint32)


def _infidelity(front, people, replacement, claims, key, **words):
    settings = {"member": 1, "person_ids": IDS, "subsets": 40, "share": 0.3}
    return infidelity(
        front, people, replacement, claims, key=key, **{**settings, **words}
    )


def test_infidelity__is_0_for_the_contributions_of_a_linear_network(
    make_front, people, baseline, key
):
    """By multipliers, with another person in the place of each."""
    front, others = make_front("linear"), people[::-1].copy()
    effect = np.asarray(front.kernel[1] @ front.tail["output"][1])
    claims = effect[None] * (people - others)
    found = _infidelity(front, people, others, [claims, 3 * claims, 0 * claims], key)
    error, variance = infidelity_parts(found)
    scaled, _ = infidelity_parts(found, scaled=True)
    moved = [p for p in range(5) if p != 2]  # the middle one is his own other
    assert error[0] == pytest.approx(0, abs=1e-9)
    assert scaled[1] == pytest.approx(0, abs=1e-9)
    assert (error[1, moved] / variance[moved]).min() > 1
    assert error[2] == pytest.approx((found.actual**2).mean(1), rel=1e-6)
    assert found.actual[2] == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("kind", ["curved", "indicators"])
def test_infidelity__asks_the_network_at_the_replaced_genotypes(
    kind, make_front, whole, people, baseline, key
):
    front, f = make_front(kind), whole(make_front(kind), 1)
    claims = np.random.default_rng(0).normal(size=people.shape)
    found = _infidelity(front, people, baseline[0], [claims], key)
    for person, x in enumerate(people):
        drawn = generator(key, "faithfulness/subsets", int(IDS[person]))
        sets = drawn.random((40, 24), np.float32) < 0.3
        actual = [float(f(x) - f(np.where(row, baseline[0], x))) for row in sets]
        assert found.actual[person] == pytest.approx(actual, abs=1e-5)
        assert found.claimed[0, person] == pytest.approx(
            sets @ claims[person], abs=1e-5
        )


def test_infidelity__does_not_depend_on_chunks_or_on_who_is_asked_beside(
    make_front, people, baseline, key, monkeypatch
):
    whole_lot = _infidelity(make_front(), people, baseline[0], [people], key)
    file = import_module("gxjax.faithfulness.infidelity")
    monkeypatch.setattr(file, "_VALUES", 24 * 7)
    cut = _infidelity(
        make_front(), people[3:], baseline[0], [people[3:]], key, person_ids=IDS[3:]
    )
    np.testing.assert_allclose(whole_lot.actual[3:], cut.actual, atol=1e-5)
    np.testing.assert_allclose(whole_lot.claimed[:, 3:], cut.claimed, atol=1e-5)


def test_infidelity_parts__by_hand():
    claimed = np.array([[[1.0, 2.0, 3.0]], [[0.0, 0.0, 0.0]]])
    found = Infidelity(claimed, np.array([[2.0, 2.0, 5.0]]))
    error, variance = infidelity_parts(found)
    assert error[:, 0] == pytest.approx([(1 + 0 + 4) / 3, (4 + 4 + 25) / 3])
    assert variance == pytest.approx([2.0])
    scaled, _ = infidelity_parts(found, scaled=True)
    factor = (2 + 4 + 15) / (1 + 4 + 9)
    left = [(factor * c - a) ** 2 for c, a in ((1, 2), (2, 2), (3, 5))]
    assert scaled[:, 0] == pytest.approx([np.mean(left), 11.0])


def test_infidelity_parts__a_constant_claim_of_the_mean_change_scores_1():
    actual = np.random.default_rng(1).normal(1, 2, (3, 50))
    claimed = np.broadcast_to(actual.mean(1, keepdims=True), actual.shape)[None]
    error, variance = infidelity_parts(Infidelity(claimed, actual))
    assert error[0] == pytest.approx(variance)


def test_infidelity__raises_on_settings_and_claims(make_front, people, baseline, key):
    for words in ({"subsets": 1}, {"share": 0.0}, {"share": 1.1}):
        with pytest.raises(ValueError, match="0 < share <= 1"):
            _infidelity(make_front(), people, baseline[0], [people], key, **words)
    with pytest.raises(ValueError, match="claims: found NaN"):
        _infidelity(make_front(), people, baseline[0], [people * np.nan], key)
