import numpy as np
import pytest

from gxjax.faithfulness import curve_areas, deletion_insertion, relative_curves

IDS = np.array([7, 3, 2**31, 9, 1], np.uint32)
FEW = (0.0, 0.05, 0.1, 0.5, 1.0)


def _curves(front, people, baseline, importances, key, **words):
    return deletion_insertion(
        front, people, baseline[0], importances, key=key, member=1,
        **{"person_ids": IDS, "fractions": FEW, **words},
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["curved", "indicators"])
def test_deletion_insertion__is_the_network_at_mixed_genotypes(
    kind, make_front, whole, people, baseline, key
):
    """Against a loop over whole genotypes, 24 variants: 1, 2 and 12 are replaced."""
    front, rng = make_front(kind), np.random.default_rng(2)
    own, shared = rng.normal(size=people.shape), rng.normal(size=24)
    found = _curves(front, people, baseline, [own, shared], key)
    f = whole(front, 1)
    for order, importance in enumerate([own, np.tile(shared, (5, 1))]):
        for person, x in enumerate(people):
            best = np.argsort(-importance[person])
            for step, count in enumerate((0, 1, 2, 12, 24)):
                first = np.isin(np.arange(24), best[:count])
                deleted = float(f(np.where(first, baseline[0], x)))
                inserted = float(f(np.where(first, x, baseline[0])))
                at = order, person, step
                assert found.deletion[at] == pytest.approx(deleted, abs=1e-5)
                assert found.insertion[at] == pytest.approx(inserted, abs=1e-5)
    assert found.deletion.shape == (3, 5, 5)


def test_deletion_insertion__of_a_linear_network_is_a_sum_of_contributions(
    make_front, whole, people, baseline, key
):
    front = make_front("linear")
    effect = np.asarray(front.kernel[1] @ front.tail["output"][1])
    contribution = effect[None] * (people - baseline)
    found = _curves(front, people, baseline, [np.abs(contribution)], key)
    top, below = relative_curves(found, found.deletion)
    for person, own in enumerate(contribution):
        ordered = own[np.argsort(-np.abs(own))]
        left = 1 - np.cumsum(ordered)[[0, 1, 11, 23]] / own.sum()
        relative = top[0, person] / below[person]
        assert relative == pytest.approx([1, *left], abs=1e-3)
    assert below == pytest.approx(np.abs(contribution.sum(1)), rel=1e-3)
    top, _ = relative_curves(found, found.insertion)
    assert top[0, :, 0] == pytest.approx(0, abs=1e-5)
    assert top[0, :, -1] == pytest.approx(below, abs=1e-5)


def test_deletion_insertion__random_orders_belong_to_people_and_not_to_members(
    make_front, people, baseline, key
):
    front = make_front()
    first = _curves(front, people, baseline, [], key)
    turned = _curves(front, people[::-1], baseline, [], key, person_ids=IDS[::-1])
    np.testing.assert_allclose(first.deletion, turned.deletion[:, ::-1], atol=1e-5)
    alone = _curves(front, people[2:3], baseline, [], key, person_ids=IDS[2:3])
    np.testing.assert_allclose(first.insertion[:, 2:3], alone.insertion, atol=1e-5)
    other = _curves(front, people, baseline, [], key, person_ids=IDS + 100)
    assert np.abs(first.deletion - other.deletion).max() > 0.01


def test_deletion_insertion__ties_are_broken_alike_and_not_by_column(
    make_front, people, baseline, key
):
    front = make_front("linear")
    same = np.tile(people[:1], (5, 1))
    found = _curves(front, same, baseline, [np.zeros(24)], key)
    assert np.ptp(found.deletion[0], axis=0).max() < 1e-5
    by_column = _curves(front, same, baseline, [-np.arange(24.0)], key)
    assert np.abs(found.deletion[0] - by_column.deletion[0]).max() > 0.01


def test_deletion_insertion__variants_that_do_not_count_come_last(
    make_front, whole, people, baseline, key
):
    """Against a loop over whole genotypes: 5 %, 10 % and 50 % are of 20 of 24."""
    front, rng = make_front(), np.random.default_rng(3)
    own = rng.normal(size=people.shape)
    counted = np.ones(24, bool)
    counted[[0, 7, 8, 23]] = False
    found = _curves(front, people, baseline, [own], key, counted=counted)
    f = whole(front, 1)
    for person, x in enumerate(people):
        best = np.argsort(-np.where(counted, own[person], -np.inf))
        for step, count in enumerate((0, 1, 2, 10, 24)):
            first = np.isin(np.arange(24), best[:count])
            deleted = float(f(np.where(first, baseline[0], x)))
            assert found.deletion[0, person, step] == pytest.approx(deleted, abs=1e-5)


@pytest.mark.parametrize("kind", ["linear", "indicators"])
def test_deletion_insertion__hidden_variants_change_no_curve(
    kind, make_front, people, baseline, key
):
    """The random order gains nothing, and loses nothing, by what is not seen."""
    front = make_front(kind)
    channels = front.kernel.shape[1] // 24
    counted = np.arange(24) < 16
    rows = np.repeat(counted, channels)[None, :, None]
    front = front._replace(kernel=front.kernel * rows)
    shown = front._replace(kernel=front.kernel[:, : 16 * channels])
    fractions = (0.0, 0.25, 0.5, 0.75, 1.0)
    given = np.arange(24.0)
    wide = _curves(
        front, people, baseline, [given], key, counted=counted, fractions=fractions
    )
    narrow = _curves(
        shown, people[:, :16], baseline[:, :16], [given[:16]], key, fractions=fractions
    )
    np.testing.assert_allclose(wide.deletion[0], narrow.deletion[0], atol=1e-5)
    np.testing.assert_allclose(wide.insertion[0], narrow.insertion[0], atol=1e-5)
    # Every step of the random order replaces a quarter of what is seen.
    many = np.arange(200, dtype=np.uint32)
    same = np.tile(people[:1], (200, 1))
    if kind == "linear":
        found = _curves(
            front, same, baseline, [], key, counted=counted, fractions=fractions,
            person_ids=many,
        )  # fmt: skip
        line = np.linspace(found.output[0], found.reference[0], 5)
        spread = found.deletion[0].std(0) / np.sqrt(200)
        assert (np.abs(found.deletion[0].mean(0) - line) <= 4 * spread + 1e-4).all()


@pytest.mark.parametrize(
    "counted", [np.ones(23, bool), np.ones(24), np.zeros(24, bool)]
)
def test_deletion_insertion__raises_on_what_counts(
    counted, make_front, people, baseline, key
):
    with pytest.raises(ValueError, match="counted: found shape"):
        _curves(make_front(), people, baseline, [], key, counted=counted)


def test_deletion_insertion__does_not_change_what_it_is_given(
    make_front, people, baseline, key
):
    before = people.copy(), baseline.copy()
    _curves(make_front(), people, baseline, [people], key)
    assert np.array_equal(people, before[0])
    assert np.array_equal(baseline, before[1])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"fractions": (0.1, 1.0)}, "ascending, from 0 to 1"),
        ({"fractions": (0.0, 0.5, 0.5, 1.0)}, "ascending, from 0 to 1"),
    ],
)
def test_deletion_insertion__raises_on_fractions(
    words, message, make_front, people, baseline, key
):
    with pytest.raises(ValueError, match=message):
        _curves(make_front(), people, baseline, [], key, **words)


def test_deletion_insertion__raises_on_an_importance_that_does_not_fit(
    make_front, people, baseline, key
):
    for wrong in (np.zeros(23), np.full(24, np.nan)):
        with pytest.raises(ValueError, match="importances: found shape"):
            _curves(make_front(), people, baseline, [wrong], key)


def test_curve_areas__are_trapezoids():
    area = curve_areas([0, 0.1, 1], [[1, 0, 0], [1, 1, 1], [0, 1, 0]])
    assert area == pytest.approx([0.05, 1, 0.5])
