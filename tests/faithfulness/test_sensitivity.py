import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gxjax.faithfulness import changed_calls, largest_change, person_attributions


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(0, 2, width=32), min_size=1, max_size=30))
def test_changed_calls__stay_genotypes_one_copy_away(dosages):
    import jax

    found = changed_calls(
        np.array(dosages), key=jax.random.key(0), person=3, count=4, share=0.5
    )
    assert found.min() >= 0
    assert found.max() <= 2
    moved = np.abs(found - np.array(dosages, np.float32)[None])
    assert np.all((moved == 0) | (np.abs(moved - 1) < 1e-5))


def test_changed_calls__changes_the_share_and_heterozygotes_both_ways(key):
    found = changed_calls(np.ones(4000), key=key, person=0, count=5, share=0.1)
    assert np.mean(found != 1) == pytest.approx(0.1, abs=0.01)
    assert np.mean(found[found != 1] == 2) == pytest.approx(0.5, abs=0.05)
    assert len(np.unique(found, axis=0)) == 5
    again = changed_calls(np.ones(4000), key=key, person=0, count=5, share=0.1)
    assert np.array_equal(found, again)


def test_changed_calls__raises_on_settings_and_what_is_no_dosage(key):
    with pytest.raises(ValueError, match="0 <= share <= 1"):
        changed_calls(np.ones(3), key=key, person=0, share=2)
    for wrong in ([3.0], [np.nan], [[1.0]]):
        with pytest.raises(ValueError, match=r"dosages in \[0, 2\]"):
            changed_calls(np.array(wrong), key=key, person=0)


def test_largest_change__by_hand():
    found = largest_change([[3.0, 4.0], [3.0, 4.0], [0.0, 0.0], [3.0, 7.0]])
    assert found == (5.0, 5.0)
    assert largest_change([[3.0, 4.0]]) == (0.0, 5.0)


def test_largest_change__of_a_linear_network(make_front, people, baseline, key):
    """Saliency does not move; a times-input attribution moves with its input."""
    front, x = make_front("linear"), people[1]
    effect = np.asarray(front.kernel[0] @ front.tail["output"][0])
    near = changed_calls(x, key=key, person=1, count=3, share=0.3)
    rows = np.concatenate([x[None], near])
    words = {"key": key, "member": 0, "person_ids": np.ones(4, np.uint32)}
    local = person_attributions(front, rows, baseline, ("saliency", "none"), **words)
    assert largest_change(local) == pytest.approx((0, np.linalg.norm(effect)), abs=1e-5)
    column = ("integrated_gradients", "none")
    moved, size = largest_change(
        person_attributions(front, rows, baseline, column, **words)
    )
    expected = np.linalg.norm(effect[None] * (near - x[None]), axis=1).max()
    assert moved == pytest.approx(expected, rel=1e-4)
    assert size == pytest.approx(np.linalg.norm(effect * (x - baseline[0])), rel=1e-4)
