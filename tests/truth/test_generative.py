"""Components of exactly the variance asked for, a truth that OLS finds, and errors."""

import jax
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose, assert_array_equal

from gxjax.genotypes import open_store, pack, unpack, write_store
from gxjax.genotypes.packed import byte_codes
from gxjax.truth import CausalCounts, CausalRules, Heritability, generate_trait
from gxjax.truth.manifest import MANIFEST_COLUMNS
from gxjax.types import KINDS, Genotypes

COUNTS = CausalCounts(6, 6, 6, 4, 3, 5, 40)
SHARES = Heritability(0.12, 0.1, 0.08, 0.11, 0.07, 0.06, 0.1, 0.09)
RULES = CausalRules(causal_r2=0.9)
UNIT = {"epistatic": 2, "three_way": 3}


def _covariates(people):
    generator = np.random.default_rng(1)
    sex = people.genotypes.samples["SEX"].to_numpy()
    return pd.DataFrame({"sex": sex, "age": generator.uniform(40, 70, len(sex))})


def _generate(people, key=None, **changes):
    arguments = {
        "counts": COUNTS,
        "heritability": SHARES,
        "rules": RULES,
        "neighbours": people.neighbours,
        "split": people.split,
    } | changes
    genotypes = arguments.pop("genotypes", people.genotypes)
    covariates = arguments.pop("covariates", _covariates(people))
    key = jax.random.key(0) if key is None else key
    return generate_trait(key, genotypes, covariates, **arguments)


@pytest.fixture(scope="module")
def made(people):
    return _generate(people)


def _filled(values, train):
    return np.where(np.isnan(values), np.nanmean(values[train]), values)


def _units(truth, kind):
    """Columns of every unit of a kind, as the partners lead round."""
    left = set(np.flatnonzero(truth.kind == KINDS.index(kind)).tolist())
    units = []
    while left:
        unit = [min(left)]
        while truth.partner[unit[-1]] not in (-1, unit[0]):
            unit.append(int(truth.partner[unit[-1]]))
        assert len(unit) == UNIT.get(kind, 1)
        left -= set(unit)
        units.append(unit)
    return units


def _coded(people, kind, unit):
    """The coded genotype as `Truth` states it, written down anew."""
    train, dosages = people.train, people.dosages[:, unit]
    known = ~np.isnan(dosages[:, 0])
    if kind == "dominant":
        return _filled(np.where(known, dosages[:, 0] > 0, np.nan), train)
    if kind == "recessive":
        return _filled(np.where(known, dosages[:, 0] == 2, np.nan), train)
    filled = [_filled(column, train) for column in dosages.T]
    if kind == "gene_by_sex":
        filled.append(people.genotypes.samples["SEX"].to_numpy(float))
    if len(filled) == 1:
        return filled[0]
    return np.prod([each - each[train].mean() for each in filled], axis=0)


def _lower(people, kind, unit):
    """What an interaction is residual on."""
    train = people.train
    terms = [_filled(people.dosages[:, column], train) for column in unit]
    if kind == "gene_by_sex":
        terms.append(people.genotypes.samples["SEX"].to_numpy(float))
    if kind == "three_way":
        a, b, c = (each - each[train].mean() for each in terms)
        terms += [a * b, a * c, b * c]
    return terms


def test_generate_trait__components_have_exactly_their_share(people, made):
    train, values = people.train, made.values.astype(float)
    assert list(values) == [*SHARES._fields, "noise"]
    for name, share in SHARES._asdict().items():
        assert_allclose(values[name][train].var(ddof=0), share, rtol=1e-5)
        assert abs(values[name][train].mean()) < 1e-7
    assert_allclose(values.sum(axis=1), made.phenotype, atol=2e-6)
    assert made.phenotype.dtype == np.float32
    assert abs(made.phenotype[train].mean()) < 1e-6
    assert_allclose(made.phenotype[train].std(), 1, rtol=1e-5)


def test_generate_trait__table_of_components_is_the_sample(people, made):
    table = made.components.set_index("component")
    values = made.values[people.train].astype(float)
    covariance = np.cov(values.T, ddof=0)
    assert_allclose(table.achieved[:-1], np.diag(covariance), rtol=1e-4)
    off = covariance.sum(axis=1) - np.diag(covariance)
    assert_allclose(table.covariance[:-1], off, atol=1e-6)
    assert abs(off[:-1]).max() > 1e-3
    assert_allclose((table.achieved + table.covariance)[:-1].sum(), 1, rtol=1e-6)
    assert_allclose(table.asked[:-2], SHARES)
    assert_allclose(table.asked["noise"], 1 - sum(SHARES))
    noise = np.corrcoef(values["noise"], values.sum(axis=1))[0, 1] ** 2
    assert_allclose(table.achieved["noise"], noise, rtol=1e-4)
    assert_allclose(table.achieved["noise"], table.asked["noise"], atol=0.05)
    assert table.additive_part[["covariates", "noise"]].isna().all()
    narrow = (table.achieved * table.additive_part)[:-1].sum()
    assert_allclose(table.additive_part["total"], narrow)


@pytest.mark.parametrize("kind", SHARES._fields[:6])
def test_generate_trait__ols_finds_every_effect_again(people, made, kind):
    train = people.train
    units = _units(made.truth, kind)
    terms, signs = [], []
    for unit in units:
        coded = _coded(people, kind, unit)[train]
        if kind in (*UNIT, "gene_by_sex"):
            lower = np.column_stack([t[train] for t in _lower(people, kind, unit)])
            coded = sm.OLS(coded, sm.add_constant(lower)).fit().resid
        terms.append((coded - coded.mean()) / coded.std())
        signs.append(np.sign(made.truth.target[unit[0]]))
    component = made.values[kind][train].astype(float)
    fit = sm.OLS(component, np.column_stack(terms)).fit()
    assert fit.rsquared > 1 - 1e-9
    assert_array_equal(np.sign(fit.params), signs)
    assert set(signs) == {-1, 1}
    assert_allclose(np.abs(fit.params), np.abs(fit.params).mean(), rtol=1e-4)


@pytest.mark.parametrize("kind", SHARES._fields[:6])
def test_generate_trait__parts_are_those_of_ols(people, made, kind):
    train = people.train
    columns = np.flatnonzero(made.truth.kind == KINDS.index(kind))
    dosages = people.dosages[train][:, columns]
    heterozygous = np.where(np.isnan(dosages), np.nan, dosages == 1)
    both = np.concatenate([dosages, heterozygous], axis=1)
    both = np.where(np.isnan(both), np.nanmean(both, axis=0), both)
    component = made.values[kind][train].astype(float)
    one, two = (
        sm.OLS(component, sm.add_constant(both[:, :k])).fit().rsquared
        for k in (len(columns), 2 * len(columns))
    )
    row = made.components.set_index("component").loc[kind]
    assert_allclose(
        [row.additive_part, row.dominance_part], [one, two - one], atol=1e-5
    )
    expected = {"additive": one > 1 - 1e-5, "dominant": two > 1 - 1e-5}
    assert expected.get(kind, kind == "recessive" or one < 0.05)


def test_generate_trait__parts_of_dominance_follow_the_frequencies(people):
    """Falconer: 2 q / (1 + q) of a dominant variant is additive, q = 1 - MAF."""
    few = CausalCounts(0, 1, 1, 0, 0, 0, 0)
    shares = Heritability(0, 0.3, 0.3, 0, 0, 0, 0)
    made = _generate(people, counts=few, heritability=shares)
    table = made.components.set_index("component")
    maf = made.manifest.set_index("effect").maf
    expected = 2 * (1 - maf["dominant"]) / (2 - maf["dominant"])
    assert_allclose(table.additive_part["dominant"], expected, atol=0.03)
    expected = 2 * maf["recessive"] / (1 + maf["recessive"])
    assert_allclose(table.additive_part["recessive"], expected, atol=0.03)


def test_generate_trait__truth_has_the_correlations_of_the_sample(people, made):
    phenotype, train = made.phenotype.astype(float), people.train
    numbers = {}
    for kind, name in enumerate(KINDS[:9]):
        columns = np.flatnonzero(made.truth.kind == kind)
        if name in ("real", "decoy"):
            assert np.isnan(made.truth.achieved[columns]).all()
            continue
        for unit in _units(made.truth, name):
            coded = _coded(people, name, unit)[train]
            expected = np.corrcoef(coded, phenotype[train])[0, 1]
            assert_allclose(made.truth.achieved[unit], expected, atol=2e-6)
            assert len(set(made.truth.target[unit].tolist())) == 1
        numbers[name] = len(columns)
    assert numbers == {
        **{"additive": 6, "dominant": 6, "recessive": 6, "epistatic": 8},
        **{"three_way": 9, "gene_by_sex": 5, "polygenic": 40},
    }
    assert made.truth.typed is None


def test_generate_trait__targets_are_met_but_for_chance(people):
    """Variants far apart: what is left between asked and achieved is sampling."""
    made = _generate(
        people,
        counts=CausalCounts(3, 3, 3, 2, 0, 2, 0),
        heritability=Heritability(0.1, 0.1, 0.1, 0.1, 0, 0.1, 0),
        rules=CausalRules(causal_r2=0.05),
    )
    found = made.truth.kind > 0
    error = (made.truth.achieved - made.truth.target)[found]
    assert (np.abs(error) < 4 / np.sqrt(people.train.sum())).all()
    assert np.sqrt(np.mean(error**2)) < 1.5 / np.sqrt(people.train.sum())
    assert made.manifest.guards_met.mean() > 0.7
    for row in made.manifest.query("effect == 'additive'").itertuples():
        assert_allclose(abs(row.target), np.sqrt(row.share), rtol=1e-5)


@pytest.mark.parametrize("kind", ["epistatic", "three_way", "gene_by_sex"])
def test_generate_trait__interactions_have_no_main_effects(people, kind):
    counts = {"epistatic": "epistatic_pairs"}.get(kind, kind)
    made = _generate(
        people,
        counts=CausalCounts(0, 0, 0, 0)._replace(**{counts: 1}),
        heritability=Heritability(0, 0, 0, 0)._replace(**{kind: 0.9}),
    )
    component = made.values[kind][people.train].astype(float)
    (unit,) = _units(made.truth, kind)
    for term in _lower(people, kind, unit):
        assert abs(np.corrcoef(component, term[people.train])[0, 1]) < 1e-6
    coded = _coded(people, kind, unit)[people.train]
    assert abs(np.corrcoef(component, coded)[0, 1]) > 0.9
    everybody = made.values[kind].astype(float)
    # The same effect makes the phenotype of those who are not in TRAIN.
    others = np.column_stack([_coded(people, kind, unit), *_lower(people, kind, unit)])
    fit = sm.OLS(everybody, sm.add_constant(others)).fit()
    assert fit.rsquared > 1 - 1e-9


def test_generate_trait__manifest_describes_the_planted_variants(people, made):
    table, truth = made.manifest, made.truth
    assert tuple(table.columns) == (*MANIFEST_COLUMNS, "share", "tags", "typed")
    ids = people.genotypes.variants["ID"].tolist()
    columns = [ids.index(name) for name in table.ID]
    assert [KINDS[kind] for kind in truth.kind[columns]] == table.effect.tolist()
    assert len(table) == 6 + 6 + 6 + 8 + 9 + 5
    assert_allclose(table.target, truth.target[columns])
    for row, column in zip(table.itertuples(), columns, strict=True):
        calls = people.dosages[people.train, column]
        assert [row.n0, row.n1, row.n2] == [(calls == g).sum() for g in range(3)]
        share = np.nanmean(calls) / 2
        assert_allclose(row.maf, min(share, 1 - share))
        partner = truth.partner[column]
        assert row.partner == ("." if partner < 0 else ids[partner])
    assert table.typed.all()
    assert table.guards_met.dtype == bool


def test_generate_trait__of_a_prevalence_cuts_the_liability(people):
    counts = CausalCounts(8, 0, 0, 0)
    shares = Heritability(0.4, 0, 0, 0)
    plain = _generate(people, counts=counts, heritability=shares)
    made = _generate(people, counts=counts, heritability=shares, prevalence=0.2)
    cases, train = made.phenotype, people.train
    assert set(np.unique(cases)) == {0, 1}
    assert cases[train].mean() == 0.2
    assert 0.1 < cases[~train].mean() < 0.3
    pd.testing.assert_frame_equal(made.values, plain.values)
    liability = plain.phenotype
    assert liability[cases == 1].min() > liability[cases == 0].max()
    found = made.truth.kind > 0
    # The normal density at the threshold, over sqrt(K (1 - K)): 0.7 at K = 0.2.
    ratio = made.truth.target[found] / plain.truth.target[found]
    assert_allclose(ratio, 0.27996 / 0.4, rtol=1e-3)
    column = np.flatnonzero(found)[0]
    coded = _coded(people, "additive", [column])[train]
    expected = np.corrcoef(coded, cases[train])[0, 1]
    assert_allclose(made.truth.achieved[column], expected, atol=1e-6)


def test_generate_trait__without_room_for_noise_has_none(people):
    made = _generate(
        people,
        counts=CausalCounts(5, 5, 0, 0),
        heritability=Heritability(0.5, 0.5, 0, 0),
    )
    assert (made.values["noise"] == 0).all()
    assert_allclose(made.phenotype[people.train].std(), 1, rtol=1e-5)
    row = made.components.set_index("component")
    assert_allclose((row.achieved + row.covariance)[:-1].sum(), 1, rtol=1e-6)


def test_generate_trait__without_shares_is_a_null(people):
    made = _generate(people, heritability=Heritability(*[0] * 8))
    assert (made.truth.target[made.truth.kind > 0] == 0).all()
    assert (made.values.drop(columns="noise") == 0).all(axis=None)
    scaled = made.truth.achieved[made.truth.kind == 1] * people.train.sum() ** 0.5
    assert np.abs(scaled).max() < 4


def test_generate_trait__normal_sizes_spread(people):
    shares = SHARES._replace(covariates=0)
    made = _generate(people, sizes="normal", heritability=shares, covariates=None)
    for effect, rows in made.manifest.groupby("effect"):
        assert rows.share.round(9).nunique() > 2, effect
    assert_allclose(made.components.achieved[:7], shares[:7], rtol=1e-5)


def test_generate_trait__learns_nothing_of_who_is_not_in_train(people, made):
    codes = unpack(people.genotypes.packed, 400).copy()
    codes[~people.train] = np.random.default_rng(0).permutation(codes[~people.train])
    codes[~people.train, ::3] = 2
    shuffled = people.genotypes._replace(packed=pack(codes))
    again = _generate(people, genotypes=shuffled)
    assert_array_equal(again.truth.kind, made.truth.kind)
    assert_array_equal(again.phenotype[people.train], made.phenotype[people.train])
    pd.testing.assert_frame_equal(again.manifest, made.manifest)
    assert (again.phenotype != made.phenotype).any()


def test_generate_trait__is_the_same_from_a_store_and_of_8_bits(people, made, tmp_path):
    genotypes = people.genotypes
    write_store(genotypes.packed, tmp_path / "store")
    store = genotypes._replace(packed=open_store(tmp_path / "store"))
    imputed = byte_codes(unpack(genotypes.packed, 400))
    bytes_ = Genotypes(imputed, genotypes.variants, genotypes.samples, 8)
    for each in (store, bytes_):
        again = _generate(people, genotypes=each)
        assert_array_equal(again.phenotype, made.phenotype)
        pd.testing.assert_frame_equal(again.manifest, made.manifest)
        assert_array_equal(again.truth.achieved, made.truth.achieved)


def test_generate_trait__effects_carry_over_to_who_is_not_in_train(people, made):
    others = made.values[~people.train].astype(float)
    genetic = others.drop(columns="noise").sum(axis=1)
    phenotype = made.phenotype[~people.train].astype(float)
    explained = np.corrcoef(genetic, phenotype)[0, 1] ** 2
    asked = 1 - made.components.set_index("component").achieved["noise"]
    # One standard error of R^2 over 300 people is 0.026 here.
    assert abs(explained - asked) < 0.1
    assert 0.85 < phenotype.std() < 1.15


def test_generate_trait__hides_causal_variants_from_an_arm(people, made):
    hidden = _generate(people, untyped=True, twin_r2=0.8)
    assert_array_equal(hidden.phenotype, made.phenotype)
    truth = hidden.truth
    assert not hidden.manifest.typed.any()
    planted = (truth.kind > 0) & (truth.kind != KINDS.index("polygenic"))
    assert not truth.typed[planted].any()
    assert truth.typed[truth.kind == KINDS.index("polygenic")].all()
    twins = ~truth.typed & ~planted
    assert twins.any()
    for column in np.flatnonzero(twins):
        own = slice(*people.neighbours.starts[column : column + 2])
        near = people.neighbours.columns[own][people.neighbours.r2[own] >= 0.8]
        assert planted[near].any()


def test_generate_trait__reports_progress(people):
    seen = []
    _generate(people, progress=lambda *call: seen.append(call))
    assert {note for _, _, note in seen} >= {
        "counting genotypes",
        "reading causal variants",
        "dominant effects",
        "adding polygenic effects",
    }
    assert all(0 < done <= total for done, total, _ in seen)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"counts": COUNTS._replace(recessive=-1)}, r"counts\.recessive: found -1"),
        ({"counts": CausalCounts(0, 0, 0, 0)}, "counts: all are 0"),
        ({"heritability": SHARES._replace(additive=0.9)}, "sum to 1.51"),
        ({"heritability": SHARES._replace(dominant=-0.1)}, r"heritability\.dominant"),
        ({"counts": COUNTS._replace(epistatic_pairs=0)}, "epistatic_pairs is 0"),
        ({"heritability": SHARES._replace(three_way=0)}, r"counts\.three_way: 3, but"),
        ({"covariates": None}, "there are no covariates"),
        ({"covariates": pd.DataFrame({"a": [1.0, 2.0]})}, "covariates: 2 rows"),
        ({"covariates": pd.DataFrame({"a": ["x"] * 1500})}, "a is not numeric"),
        ({"covariates": pd.DataFrame({"a": [np.nan] * 1500})}, "1500 of 1500"),
        ({"covariates": pd.DataFrame({"a": [3.0] * 1500})}, "do not vary"),
        ({"neighbours": None}, r"rules\.causal_r2: 0\.9, but no neighbours"),
        ({"rules": RULES._replace(maf=(0.3, 0.1))}, r"rules\.maf: found \(0\.3, 0\.1"),
        ({"rules": RULES._replace(causal_r2=0.0)}, r"causal_r2: found 0"),
        ({"twin_r2": 1.5}, "twin_r2: found 1.5"),
        ({"counts": COUNTS._replace(recessive=300)}, "300 recessive variants wanted"),
        ({"split": np.zeros(3, np.int8)}, r"split: found shape \(3,\)"),
        ({"split": np.ones(1500, np.int8)}, "none of 1500 people is in TRAIN"),
        ({"sizes": "large"}, "sizes: found 'large'"),
        ({"prevalence": 1.5}, "prevalence: 1.5"),
        ({"prevalence": 0.0001}, "makes 0 cases of 1200"),
        ({"train_counts": np.zeros((3, 4))}, r"train_counts: found shape \(3, 4\)"),
    ],
)
def test_generate_trait__raises_on_bad_arguments(people, change, message):
    with pytest.raises(ValueError, match=message):
        _generate(people, **change)


def test_generate_trait__raises_on_unknown_sex(people):
    for sex, message in (([0] * 1500, "SEX of 1500"), ([1] * 1500, "of one SEX")):
        samples = people.genotypes.samples.assign(SEX=np.array(sex, np.int8))
        with pytest.raises(ValueError, match=message):
            _generate(people, genotypes=people.genotypes._replace(samples=samples))


def test_generate_trait__raises_where_few_people_are_in_train(people):
    split = np.ones(1500, np.int8)
    split[:20] = 0
    with pytest.raises(ValueError, match="20 TRAIN people; expected at least 50"):
        _generate(people, split=split)
