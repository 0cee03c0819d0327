import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.channels import INDICATORS
from gxjax.faithfulness import (
    Responses,
    dominance_contrasts,
    dominance_table,
    kernel_rows,
    person_responses,
)
from gxjax.faithfulness.dominance_table import area_under_roc
from gxjax.types import KINDS, DosageSource, LinearFront, Truth


def _fetch(arrays, people):
    return arrays[people]


def _first(tail, h):
    return h[0]


@pytest.mark.parametrize("values", [2**22, 50])
@pytest.mark.parametrize("kind", ["curved", "indicators"])
def test_person_responses__are_those_of_the_whole_network(
    kind, values, make_front, whole, people, monkeypatch
):
    """In one chunk, and in many, of which the last is filled up."""
    monkeypatch.setattr(kernel_rows, "_VALUES", values)
    front, variants = make_front(kind), [3, 0, 23]
    found, f = person_responses(front, people, variants, member=1), whole(front, 1)
    for person, x in enumerate(people):
        for place, variant in enumerate(variants):
            at = [float(f(np.where(np.arange(24) == variant, v, x))) for v in range(3)]
            contrast = at[1] - (at[0] + at[2]) / 2
            assert found.contrast[person, place] == pytest.approx(contrast, abs=1e-6)
            slope = (at[2] - at[0]) / 2
            assert found.slope[person, place] == pytest.approx(slope, abs=1e-6)


def test_dominance_contrasts__of_additive_dominant_recessive_and_overdominant(people):
    """A network that is the genotype model: x, 1[x >= 1], 1[x = 2], 1[x = 1]."""
    effects = np.zeros((1, 24 * 3, 1), np.float32)
    for variant, channels in enumerate(([2, 0, 0], [0, 2, 0], [0, 0, 2], [0, 2, -2])):
        effects[0, 3 * variant : 3 * variant + 3, 0] = channels
    front = LinearFront(jnp.asarray(effects), jnp.zeros((1, 1)), _first, {}, INDICATORS)
    source = DosageSource(jnp.asarray(people), _fetch)
    found = dominance_contrasts(front, source, np.arange(5), [0, 1, 2, 3])
    assert found.contrast == pytest.approx(np.array([[0, 1, -1, 2]]), abs=1e-5)
    assert found.slope == pytest.approx(np.array([[2, 1, 1, 0]]), abs=1e-5)


def test_dominance_contrasts__do_not_depend_on_batches_or_order(make_front, people):
    front, source = make_front(), DosageSource(jnp.asarray(people), _fetch)
    variants, calls = np.arange(24), []
    found = dominance_contrasts(front, source, np.arange(5), variants)
    turned = dominance_contrasts(
        front, source, np.arange(5)[::-1], variants, batch_size=2,
        progress=lambda *call: calls.append(call[:2]),
    )  # fmt: skip
    assert found.contrast == pytest.approx(turned.contrast, abs=1e-6)
    assert calls == [(i, 6) for i in range(1, 7)]
    own = person_responses(front, people, variants, member=1)
    assert found.contrast[1] == pytest.approx(own.contrast.mean(0), abs=1e-6)


@pytest.mark.parametrize(
    ("variants", "message"),
    [([24], "found 24 to 24"), ([], "at least one"), ([0.5], "integers")],
)
def test_dominance_contrasts__raises_on_variants(variants, message, make_front, people):
    source = DosageSource(jnp.asarray(people), _fetch)
    with pytest.raises(ValueError, match=message):
        dominance_contrasts(make_front(), source, np.arange(5), variants)
    with pytest.raises(ValueError, match="people: found"):
        dominance_contrasts(make_front(), source, np.arange(0), [1])


def _truth(kinds, target):
    kind = np.array([KINDS.index(name) for name in kinds], np.int8)
    nowhere = np.full(len(kind), -1, np.int32)
    target = np.array(target, np.float32)
    return Truth(kind, nowhere, target, target)


def test_dominance_table__by_hand(key):
    kinds = ["real", "real", "additive", "dominant", "dominant", "recessive", "decoy"]
    nan = np.nan
    truth = _truth(kinds, [nan, nan, 0.1, -0.1, 0.1, 0.1, nan])
    contrast = np.array([[1.0, -1, 0.5, -4, 0.25, -2, 0], [2.0, -2, 1, -8, 4, -6, 0]])
    variants = np.arange(7)
    table = dominance_table(Responses(contrast, contrast), variants, truth, key)
    assert table["effect"].tolist() == ["additive", "dominant", "recessive", "null"]
    assert table["planted"].tolist() == [1, 2, 1, 3]
    # The spread of null contrasts is 1 and 2, so 0.5 and 0.5; 4, 0.25 and 4, 2; ...
    dominant = ((4 + 0.25) / 2 + (4 + 2) / 2) / 2
    assert table["contrast_mean"].to_numpy() == pytest.approx([0.5, dominant, -2.5, 0])
    assert table["auroc"].to_numpy() == pytest.approx(
        [nan, (0.5 + 1) / 2, 1, (2 / 3 + 2 / 3) / 2], nan_ok=True
    )
    assert (table["lower"] <= table["contrast_mean"]).all()
    assert (table["upper"] >= table["contrast_mean"]).all()


def test_dominance_table__is_of_the_variants_asked(key):
    kinds = ["dominant", *["real"] * 5, "polygenic"]
    truth = _truth(kinds, [0.1, *[np.nan] * 6])
    contrast = np.array([[0.5, -0.5, 3.0, 1.5]])
    found = dominance_table(Responses(contrast, contrast), [5, 2, 0, 6], truth, key)
    assert found["effect"].tolist() == ["dominant", "null"]
    assert found["contrast_mean"][0] == pytest.approx(3.0)
    assert found["planted"].tolist() == [1, 3]
    assert np.isnan(found["auroc"]).all()


def test_dominance_table__raises_without_null_variants(key):
    truth = _truth(["dominant", "real"], [0.1, np.nan])
    contrast = np.ones((1, 2))
    with pytest.raises(ValueError, match="found 1 null"):
        dominance_table(Responses(contrast, contrast), [0, 1], truth, key)
    with pytest.raises(ValueError, match="one column per contrast"):
        dominance_table(Responses(contrast, contrast), [0], truth, key)


def test_area_under_roc__counts_pairs():
    first, second = [3, 1, 2, 2.0], [2, 0.0]
    wins = [(a > b) + (a == b) / 2 for a in first for b in second]
    assert area_under_roc(first, second) == pytest.approx(np.mean(wins))
    assert np.isnan(area_under_roc([], second))
