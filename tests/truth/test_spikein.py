"""Targets met for both signs and all types, keys by name, and errors."""

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from gxjax.truth import SpikeinCounts, plant_spikeins
from gxjax.truth.latent import attenuation, tolerance
from gxjax.types import KINDS

PEOPLE = 4000
COUNTS = SpikeinCounts(12, 12, 12, 8)
FREQUENCIES = np.linspace(0.01, 0.5, 200)


def _phenotype(kind="normal"):
    y = 169 + 9 * np.random.default_rng(5).standard_normal(PEOPLE)
    return (y > 169).astype(np.float32) if kind == "cases" else y.astype(np.float32)


def _coded(codes, manifest, column):
    effect, g = manifest.effect[column], codes[:, column].astype(float)
    if effect == "epistatic":
        ids = manifest.ID.tolist()
        other = codes[:, ids.index(manifest.partner[column])].astype(float)
        return (g - g.mean()) * (other - other.mean())
    return {"additive": g, "dominant": g > 0, "recessive": g == 2}[effect].astype(float)


@pytest.fixture(scope="module")
def planted():
    y = _phenotype()
    return y, plant_spikeins(
        jax.random.key(0), y, counts=COUNTS, frequencies=FREQUENCIES
    )


@pytest.mark.parametrize("kind", ["normal", "cases"])
def test_plant_spikeins__achieved_is_realised_and_meets_the_target(key, kind):
    y = _phenotype(kind)
    codes, truth, manifest = plant_spikeins(
        key, y, counts=COUNTS, frequencies=FREQUENCIES
    )
    signs = set()
    for column, effect in enumerate(manifest.effect):
        coded = _coded(codes, manifest, column)
        realised = np.corrcoef(y, coded)[0, 1]
        assert_allclose(truth.achieved[column], realised, atol=1e-5)
        error = abs(truth.achieved[column] - truth.target[column])
        assert error <= tolerance(PEOPLE, coded.std())
        assert np.sign(realised) == np.sign(truth.target[column])
        signs.add((effect, np.sign(realised)))
    assert len(signs) == 8


def test_plant_spikeins__draws_each_strength_separately(planted):
    manifest = planted[1].manifest
    for effect, rows in manifest.groupby("effect"):
        size = rows.target if effect == "epistatic" else rows.latent_rho
        distinct = size.abs().round(6).nunique()
        assert distinct == (8 if effect == "epistatic" else 12)
        assert size.abs().max() <= (0.3 if effect == "epistatic" else 0.5)


def test_plant_spikeins__target_is_the_attenuated_latent_correlation(planted):
    rows = planted[1].manifest.query("effect == 'additive'")
    for row in rows.itertuples():
        loss = attenuation(np.array([row.n0, row.n1, row.n2]))
        assert_allclose(row.target, row.latent_rho * loss, rtol=1e-6)


def test_plant_spikeins__manifest_describes_the_codes(planted):
    codes, truth, manifest = planted[1]
    assert codes.dtype == np.uint8
    assert codes.shape == (PEOPLE, 52)
    assert manifest.ID[0] == "SYN_ADD_001"
    assert manifest.ID[51] == "SYN_EPI_008_B"
    assert set(manifest["#CHROM"]) == {"26"}
    assert_array_equal(manifest.POS, np.arange(1, 53))
    for dosage in range(3):
        assert_array_equal(manifest[f"n{dosage}"], (codes == dosage).sum(0))
    assert (manifest.maf <= 0.5).all()
    assert [KINDS[kind] for kind in truth.kind] == manifest.effect.tolist()
    assert_array_equal(truth.partner[:36], -1)
    assert_array_equal(truth.partner[36:38], [37, 36])
    assert manifest.partner[36] == "SYN_EPI_001_B"
    assert manifest.partner[0] == "."
    assert manifest.guards_met.mean() > 0.8


def test_plant_spikeins__genotypes_are_near_hardy_weinberg(planted):
    m = planted[1].manifest
    expected = 2 * m.maf * (1 - m.maf) * PEOPLE
    # One standard error of the heterozygote count is about sqrt(expected).
    assert (np.abs(m.n1 - expected) < 4.5 * np.sqrt(expected)).all()


def test_plant_spikeins__frequencies_lie_in_the_published_ranges(planted):
    m = planted[1].manifest.set_index("effect")
    for effect, low, high in (
        ("additive", 0.068, 0.5),
        ("dominant", 0.05, 0.08),
        ("recessive", 0.06, 0.12),
        ("epistatic", 0.08, 0.20),
    ):
        assert m.loc[effect, "maf_target"].between(low, high).all()


def test_plant_spikeins__more_of_one_type_shifts_no_other(planted):
    y, before = planted
    after = plant_spikeins(
        jax.random.key(0),
        y,
        counts=COUNTS._replace(dominant=13),
        frequencies=FREQUENCIES,
    )
    assert_array_equal(after.codes[:, :24], before.codes[:, :24])
    assert_array_equal(after.codes[:, 25:], before.codes[:, 24:])


def test_plant_spikeins__depends_on_the_key_only(planted):
    y, first = planted
    few = SpikeinCounts(2, 0, 0, 1)
    again = plant_spikeins(jax.random.key(0), y, counts=few, frequencies=FREQUENCIES)
    other = plant_spikeins(jax.random.key(1), y, counts=few, frequencies=FREQUENCIES)
    assert_array_equal(again.codes[:, :2], first.codes[:, :2])
    assert (again.codes[:, 0] != other.codes[:, 0]).any()


def test_plant_spikeins__without_strength_is_independent_of_the_phenotype(key):
    truth = plant_spikeins(
        key, _phenotype(), counts=COUNTS, frequencies=FREQUENCIES, strength=0
    ).truth
    assert_array_equal(truth.target, 0)
    scaled = truth.achieved[:36] * np.sqrt(PEOPLE)
    assert 0.6 < scaled.std() < 1.4


def test_plant_spikeins__published_strength_is_weaker(key):
    few = SpikeinCounts(10, 0, 0, 0)
    strengths = [
        plant_spikeins(
            key, _phenotype(), counts=few, frequencies=FREQUENCIES, strength=strength
        ).manifest.latent_rho.abs()
        for strength in ("published", 1.0, "scaled")
    ]
    assert strengths[0].between(0.025, 0.055).all()
    assert_allclose(strengths[0], strengths[1])
    assert_allclose(strengths[2] / strengths[0], np.sqrt(80))


def test_plant_spikeins__reports_progress(key):
    seen = []
    plant_spikeins(
        key,
        _phenotype(),
        counts=SpikeinCounts(1, 1, 0, 1),
        frequencies=FREQUENCIES,
        progress=lambda done, total, note: seen.append((done, total)),
    )
    assert seen == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"phenotype": np.arange(60.0)}, "phenotype: 60 people"),
        ({"phenotype": np.ones(400)}, "phenotype: constant"),
        ({"phenotype": np.r_[np.nan, np.arange(400.0)]}, "1 of 401 values"),
        ({"counts": SpikeinCounts(1, -2, 1, 1)}, r"counts\.dominant: found -2"),
        ({"counts": SpikeinCounts(0, 0, 0, 0)}, "all are 0"),
        ({"strength": "strong"}, "strength: found 'strong'"),
        ({"strength": -1.0}, "strength: found -1.0"),
        ({"frequencies": np.array([0.01, 0.99])}, "frequencies: none of 2"),
        ({"frequencies": np.array([0.1, 1.2])}, "outside 0 to 1"),
        ({"split": np.zeros(3, np.int8)}, r"split: found shape \(3,\)"),
        ({"split": np.ones(400, np.int8)}, "none of 400 people is in TRAIN"),
    ],
)
def test_plant_spikeins__raises_on_bad_arguments(key, change, message):
    arguments = {
        "phenotype": np.arange(400.0),
        "counts": SpikeinCounts(1, 1, 1, 1),
        "frequencies": FREQUENCIES,
    } | change
    with pytest.raises(ValueError, match=message):
        plant_spikeins(key, arguments.pop("phenotype"), **arguments)


def _split():
    split = np.repeat([0, 1, 2], [3000, 400, 600]).astype(np.int8)
    return np.random.default_rng(2).permutation(split)


def test_plant_spikeins__of_train_only_are_as_if_there_were_nobody_else(key):
    y, split = _phenotype(), _split()
    train = split == 0
    whole = plant_spikeins(key, y, counts=COUNTS, frequencies=FREQUENCIES, split=split)
    alone = plant_spikeins(key, y[train], counts=COUNTS, frequencies=FREQUENCIES)
    assert_array_equal(whole.codes[train], alone.codes)
    for part, expected in zip(whole.truth[:4], alone.truth[:4], strict=True):
        assert_array_equal(part, expected)
    assert_array_equal(whole.manifest.guards_met, alone.manifest.guards_met)
    for dosage in range(3):
        assert_array_equal(whole.manifest[f"n{dosage}"], (whole.codes == dosage).sum(0))


def test_plant_spikeins__of_train_only_tell_others_nothing(key):
    y, split = _phenotype(), _split()
    counts = SpikeinCounts(40, 20, 20, 10)
    codes = plant_spikeins(
        key, y, counts=counts, frequencies=FREQUENCIES, split=split
    ).codes
    others = split != 0
    p = codes[~others].mean(axis=0) / 2
    expected = np.stack([(1 - p) ** 2, 2 * p * (1 - p), p**2]) * others.sum()
    found = np.stack([(codes[others] == dosage).sum(0) for dosage in range(3)])
    chi_square = ((found - expected) ** 2 / expected).sum(axis=0)
    # Two degrees of freedom: mean 2, and variance 4, over 100 columns.
    assert abs(chi_square.mean() - 2) < 5 * np.sqrt(4 / codes.shape[1])
    r = [np.corrcoef(y[others], column)[0, 1] for column in codes[others].T]
    assert 0.8 < np.std(r) * np.sqrt(others.sum()) < 1.2
    assert abs(np.corrcoef(codes[others].T)[np.triu_indices(100, 1)]).max() < 0.2


def test_plant_spikeins__of_train_only_keep_their_names(key):
    y, split = _phenotype(), _split()
    few = plant_spikeins(
        key, y, counts=SpikeinCounts(2, 2, 0, 0), frequencies=FREQUENCIES, split=split
    )
    more = plant_spikeins(
        key, y, counts=SpikeinCounts(3, 2, 0, 0), frequencies=FREQUENCIES, split=split
    )
    assert_array_equal(few.codes, more.codes[:, [0, 1, 3, 4]])


def test_plant_spikeins__of_train_only_is_the_same_where_everybody_trains(planted):
    y, before = planted
    after = plant_spikeins(
        jax.random.key(0),
        y,
        counts=COUNTS,
        frequencies=FREQUENCIES,
        split=np.zeros(PEOPLE, np.int8),
    )
    assert_array_equal(after.codes, before.codes)


def test_plant_spikeins__works_in_the_smallest_cohort(key):
    y = np.random.default_rng(0).standard_normal(150)
    spikeins = plant_spikeins(
        key, y, counts=SpikeinCounts(3, 3, 3, 2), frequencies=FREQUENCIES
    )
    assert (spikeins.manifest.query("effect == 'recessive'").n2 >= 2).all()


def test_plant_spikeins__correlate_through_the_phenotype_only(key):
    y = _phenotype()
    counts = SpikeinCounts(30, 0, 0, 0)
    codes, truth, _ = plant_spikeins(
        key, y, counts=counts, frequencies=np.linspace(0.2, 0.5, 50)
    )
    pairs = np.triu_indices(30, 1)
    found = np.corrcoef(codes.T.astype(float))[pairs]
    through = np.outer(truth.achieved, truth.achieved)[pairs]
    assert abs(np.polyfit(through, found, 1)[0] - 1) < 0.1
    assert abs((found - through).std() - PEOPLE**-0.5) < 0.1 * PEOPLE**-0.5
