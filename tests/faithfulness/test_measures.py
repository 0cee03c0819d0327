from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from gxjax.faithfulness import (
    Settings,
    changed_calls,
    claims_change,
    completeness_rows,
    curve_areas,
    deletion_insertion,
    infidelity,
    infidelity_parts,
    largest_change,
    measure_faithfulness,
    person_attributions,
    relative_curves,
)

IDS = np.array([7, 3, 2**31, 9, 1], np.uint32)
COLUMNS = [
    ("saliency", "none"),
    ("integrated_gradients", "none"),
    ("integrated_gradients", "smoothgrad_squared"),
]
FEW = Settings(
    draws=2, fractions=(0.0, 0.1, 0.5, 1.0), subsets=20, share=0.3, perturbed=3,
    sensitivity_people=3,
)  # fmt: skip


def _measure(front, people, baseline, key, **words):
    settings = {"columns": COLUMNS, "settings": FEW, **words}
    return measure_faithfulness(front, people, IDS, baseline, key=key, **settings)


def _row(table, measure, place):
    method, noise = COLUMNS[place]
    here = (table["method"] == method) & (table["noise"] == noise)
    return table[here & (table["measure"] == measure)].iloc[0]


def test_measure_faithfulness__is_made_of_its_parts(make_front, people, baseline, key):
    """Of integrated gradients, by hand from the room's other functions."""
    front = make_front()
    found = _measure(front, people, baseline, key)
    words = {"key": key, "person_ids": IDS}
    deletion, errors = [], []
    for member in range(2):
        own = person_attributions(
            front, people, baseline, COLUMNS[1], member=member, **words
        )
        curves = deletion_insertion(
            front, people, baseline[0], [np.abs(own)], member=member,
            fractions=FEW.fractions, **words,
        )  # fmt: skip
        top, below = relative_curves(curves, curves.deletion)
        area = curve_areas(FEW.fractions, top)
        deletion.append(area.sum(1) / below.sum())
        sets = infidelity(
            front, people, baseline[0], [own], member=member, subsets=20, share=0.3,
            **words,
        )  # fmt: skip
        error, variance = infidelity_parts(sets)
        errors.append(error[0].sum() / variance.sum())
    moved, sizes = np.zeros((2, 2, 3))
    for member in range(2):
        for person in range(3):
            x, own_id = people[person], int(IDS[person])
            near = changed_calls(x, key=key, person=own_id, count=3, share=FEW.changed)
            rows = np.concatenate([x[None], near])
            values = person_attributions(
                front, rows, baseline, COLUMNS[1], member=member, key=key,
                person_ids=np.repeat(IDS[person], 4),
            )  # fmt: skip
            moved[member, person], sizes[member, person] = largest_change(values)
    table = found.measures
    sensitivity = (moved.sum(1) / sizes.sum(1)).mean()
    assert _row(table, "max_sensitivity", 1)["value"] == pytest.approx(
        sensitivity, rel=1e-3
    )
    assert _row(table, "deletion", 1)["value"] == pytest.approx(
        np.mean(deletion, 0)[0], rel=1e-3
    )
    gain = np.mean(deletion, 0) @ [-1, 1]
    assert _row(table, "deletion_gain", 1)["value"] == pytest.approx(gain, rel=1e-2)
    assert _row(table, "infidelity", 1)["value"] == pytest.approx(
        np.mean(errors), rel=1e-3
    )


def test_measure_faithfulness__fractions_are_of_what_counts(
    make_front, people, baseline, key
):
    """Hidden variants, whose rows are 0, change neither curve of any column."""
    front, counted = make_front("linear"), np.arange(24) < 16
    front = front._replace(kernel=front.kernel * counted[None, :, None])
    shown = front._replace(kernel=front.kernel[:, :16])
    settings = replace(FEW, fractions=(0.0, 0.25, 0.5, 1.0))
    words = {"key": key, "columns": COLUMNS[:2], "settings": settings}
    wide = _measure(front, people, baseline, counted=counted, **words).curves
    narrow = _measure(shown, people[:, :16], baseline[:, :16], **words).curves
    own = wide["method"] != "random"
    assert wide.loc[own, "value"].to_numpy() == pytest.approx(
        narrow.loc[own, "value"].to_numpy(), abs=1e-4
    )
    with pytest.raises(ValueError, match="counted: found shape"):
        _measure(front, people, baseline, counted=counted[1:], **words)


def test_measure_faithfulness__tables(make_front, people, baseline, key):
    calls = []
    found = _measure(
        make_front(), people, baseline, key,
        progress=lambda *call: calls.append(call[:2]),
    )  # fmt: skip
    assert calls == [(i, 24) for i in range(1, 25)]
    table = found.measures
    assert list(table) == ["method", "noise", "measure", "value", "lower", "upper"]
    assert table["measure"].value_counts().to_dict() == {
        "deletion": 4,
        "insertion": 4,
        "deletion_gain": 3,
        "insertion_gain": 3,
        "infidelity": 3,
        "infidelity_scaled": 3,
        "max_sensitivity": 3,
    }
    squared = table["noise"] == "smoothgrad_squared"
    nowhere = table["measure"].str.startswith("infidelity") & squared
    assert table.loc[nowhere, "value"].isna().all()
    rest = table[~nowhere]
    assert (rest["lower"] <= rest["value"]).all()
    assert (rest["value"] <= rest["upper"]).all()
    curves = found.curves
    assert len(curves) == 4 * 2 * 4
    ends = curves.pivot_table("value", "curve", "fraction", "mean")
    assert ends[0.0].to_dict() == pytest.approx(
        {"deletion": 1, "insertion": 0}, abs=1e-5
    )
    assert ends[1.0].to_dict() == pytest.approx(
        {"deletion": 0, "insertion": 1}, abs=1e-4
    )


def test_measure_faithfulness__of_a_linear_network_is_perfect(
    make_front, people, baseline, key
):
    """All methods are its contributions; only a random order is worse."""
    table = _measure(make_front("linear"), people, baseline, key).measures
    for measure in ("infidelity", "infidelity_scaled"):
        for place in (0, 1):
            assert _row(table, measure, place)["value"] == pytest.approx(0, abs=1e-6)
    assert _row(table, "max_sensitivity", 0)["value"] == pytest.approx(0, abs=1e-5)
    assert _row(table, "max_sensitivity", 1)["value"] > 0.01


def test_measure_faithfulness__of_local_attributions_uses_the_same_claims(
    make_front, people, baseline, key
):
    settings = Settings(multiply_by_inputs=False, fractions=(0.0, 1.0), perturbed=1)
    found = _measure(make_front("linear"), people, baseline, key, settings=settings)
    assert _row(found.measures, "infidelity", 1)["value"] == pytest.approx(0, abs=1e-6)


def test_measure_faithfulness__does_not_depend_on_the_order_of_people(
    make_front, people, baseline, key
):
    everybody = replace(FEW, sensitivity_people=9)
    settings = {"settings": everybody, "columns": COLUMNS[:2], "key": key}
    first = _measure(make_front(), people, baseline, **settings)
    turned = measure_faithfulness(
        make_front(), people[::-1], IDS[::-1], baseline, **settings
    )
    assert first.measures["value"].to_numpy() == pytest.approx(
        turned.measures["value"].to_numpy(), rel=1e-3
    )


def test_measure_faithfulness__without_a_column_that_claims_a_change(
    make_front, people, baseline, key
):
    columns = [("saliency", "vargrad"), ("deeplift", "smoothgrad_root")]
    found = _measure(make_front(), people, baseline, key, columns=columns).measures
    assert found.loc[found["measure"] == "infidelity", "value"].isna().all()
    assert found.loc[found["measure"] == "deletion", "value"].notna().all()


def test_claims_change__of_what_keeps_the_unit_of_the_output():
    found = {
        noise: claims_change(noise)
        for noise in ("none", "smoothgrad", "smoothgrad_squared", "vargrad")
    }
    assert list(found.values()) == [True, True, False, False]
    with pytest.raises(ValueError, match="found 'smooth'"):
        claims_change("smooth")


@pytest.mark.parametrize(
    "words",
    [{"share": 0.0}, {"subsets": 1}, {"perturbed": 0}, {"changed": 2}, {"draws": 0}],
)
def test_settings__raises_out_of_range(words):
    with pytest.raises(ValueError, match=f"{next(iter(words))}: found"):
        Settings(**words)


def test_measure_faithfulness__raises_on_columns_and_ids(
    make_front, people, baseline, key
):
    with pytest.raises(ValueError, match="'saliencey'"):
        _measure(make_front(), people, baseline, key, columns=[("saliencey", "none")])
    with pytest.raises(ValueError, match="each of 4 people"):
        _measure(make_front(), people[1:], baseline, key)


def _deltas(errors):
    people = np.tile(np.arange(errors.shape[1], dtype=np.int32), len(errors))
    return pd.DataFrame(
        {
            "method": "deeplift",
            "noise": "none",
            "member": np.repeat(np.arange(len(errors)), errors.shape[1]),
            "person": people,
            "delta": errors.ravel(),
        }
    )


def test_completeness_rows__are_medians_of_medians():
    errors = np.random.default_rng(0).normal(size=(3, 41)) ** 3
    table = completeness_rows(_deltas(errors))
    each = np.sort(np.median(np.abs(errors), axis=0))
    assert list(table) == ["method", "noise", "measure", "value", "lower", "upper"]
    assert table["value"][0] == pytest.approx(each[20])
    # P(Binomial(41, 1/2) <= 13) = 0.0138: the 14th and the 28th of 41.
    assert table[["lower", "upper"]].to_numpy()[0] == pytest.approx(each[[13, 27]])


def test_completeness_rows__of_too_few_people_is_their_range():
    table = completeness_rows(_deltas(np.array([[0.1, -0.3, 0.2]])))
    assert table.iloc[0, 3:].tolist() == pytest.approx([0.2, 0.1, 0.3])
    assert len(completeness_rows(_deltas(np.zeros((0, 3))))) == 0
