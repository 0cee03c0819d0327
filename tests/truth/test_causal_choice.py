"""Rules kept, orders that one kind does not disturb for another, and what is hidden."""

import jax
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from gxjax.truth.causal_choice import choose_causal, frequencies_of, tags_of, twins_of
from gxjax.truth.causal_rules import CausalCounts, CausalRules, check_rules
from gxjax.truth.generated_truth import typed_columns
from gxjax.types import Neighbours

COUNTS = CausalCounts(5, 5, 5, 3, 2, 4, 30)
DEFAULT = CausalRules()
VARIANTS = 300


def _variants(count=VARIANTS, chromosome="1", step=1000):
    positions = np.arange(count, dtype=np.int64) * step
    return pd.DataFrame({"CHROM": chromosome, "POS": positions, "ID": "rs"})


def _calls(seed=0, count=VARIANTS, people=1000, highest=0.5):
    generator = np.random.default_rng(seed)
    p = generator.uniform(0.01, highest, count)
    shares = np.stack([(1 - p) ** 2, 2 * p * (1 - p), p**2], axis=1)
    calls = np.array([generator.multinomial(people, share) for share in shares])
    return np.concatenate([calls, np.zeros((count, 1), np.int64)], axis=1)


def _linked(seed=0, count=VARIANTS, share=0.02):
    """Neighbours with random r^2 between 0.05 and 1, and the same as a matrix."""
    generator = np.random.default_rng(seed)
    r2 = np.triu(generator.uniform(0.05, 1, (count, count)), 1)
    r2 = (r2 * (generator.random((count, count)) < share)).astype(np.float32)
    r2 = r2 + r2.T
    rows, columns = np.nonzero(r2)
    starts = np.searchsorted(rows, np.arange(count + 1)).astype(np.int64)
    return Neighbours(starts, columns.astype(np.int32), r2[rows, columns]), r2


def _maf():
    frequency = frequencies_of(_calls())
    return np.minimum(frequency, 1 - frequency)


def _choose(key, counts=COUNTS, rules=DEFAULT, variants=None, linked=None):
    variants = _variants() if variants is None else variants
    linked = _linked()[0] if linked is None else linked
    return choose_causal(key, variants, _calls(), counts, rules, linked)


def test_choose_causal__gives_every_kind_its_units_once(key):
    chosen = _choose(key)
    shapes = {kind: units.shape for kind, units in chosen.items()}
    assert shapes == {
        **{"additive": (5, 1), "dominant": (5, 1), "recessive": (5, 1)},
        **{"epistatic": (3, 2), "three_way": (2, 3), "gene_by_sex": (4, 1)},
        "polygenic": (30, 1),
    }
    columns = np.concatenate([units.ravel() for units in chosen.values()])
    assert len(np.unique(columns)) == len(columns) == 61


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**16), least=st.floats(0.05, 0.6))
def test_choose_causal__keeps_its_rules(seed, least):
    linked, r2 = _linked(seed)
    rules = CausalRules(
        causal_r2=least, maf=(0.2, 0.4), recessive_maf=(0.3, 0.5), apart_kb=2.5
    )
    chosen = _choose(jax.random.key(seed), rules=rules, linked=linked)
    maf = _maf()
    bounds = {"additive": (0.2, 0.4), "recessive": (0.3, 0.5), "polygenic": (0.01, 0.5)}
    for kind, (low, high) in bounds.items():
        assert ((maf[chosen[kind]] >= low) & (maf[chosen[kind]] <= high)).all()
    background = chosen.pop("polygenic").ravel()
    columns = np.concatenate([units.ravel() for units in chosen.values()])
    assert (r2[np.ix_(columns, columns)] <= np.float32(least)).all()
    assert (r2[np.ix_(columns, background)] <= np.float32(least)).all()
    away = np.abs(columns[:, None] - np.append(columns, background)[None, :])
    assert away[away > 0].min() == 3


def test_choose_causal__more_of_one_kind_moves_none_before_it(key):
    linked, r2 = _linked(share=0.003)
    before = _choose(key, linked=linked)
    after = _choose(key, COUNTS._replace(recessive=9), linked=linked)
    for kind in ("additive", "dominant"):
        assert_array_equal(before[kind], after[kind])
    assert_array_equal(before["recessive"], after["recessive"][:5])
    # Those behind move only where one more recessive variant is in their way.
    moved = (before["epistatic"] != after["epistatic"]).sum()
    assert moved <= 3
    alone = _choose(key, CausalCounts(0, 0, 0, 0, 0, 4, 0), linked=linked)
    taken = np.concatenate(
        [units.ravel() for kind, units in before.items() if kind in list(before)[:5]]
    )
    for lost in np.setdiff1d(alone["gene_by_sex"], before["gene_by_sex"]):
        assert lost in taken or r2[lost, taken].max() > 0.1


def test_choose_causal__depends_on_the_key(key):
    first, again, other = (_choose(k) for k in (key, key, jax.random.key(1)))
    for kind, units in first.items():
        assert_array_equal(units, again[kind])
        assert (units != other[kind]).any()


@pytest.mark.parametrize("most", [0, 3])
def test_choose_causal__counts_tags(key, most):
    linked, r2 = _linked(share=0.01)
    tags = (r2 >= 0.4).sum(axis=1)
    assert_array_equal(tags_of(linked, 0.4), tags)
    least = 0 if most == 0 else 1
    rules = CausalRules(tag_r2=0.4, least_tags=least, most_tags=most)
    chosen = _choose(key, CausalCounts(8, 0, 0, 0), rules, linked=linked)["additive"]
    assert ((tags[chosen] >= least) & (tags[chosen] <= most)).all()


def test_choose_causal__leaves_sex_chromosomes_and_major_alleles_out(key):
    variants = _variants().assign(CHROM=["1"] * 100 + ["X"] * 100 + ["chrM"] * 100)
    chosen = _choose(key, CausalCounts(20, 0, 0, 0), variants=variants)["additive"]
    assert chosen.max() < 100
    calls = _calls()[:, [2, 1, 0, 3]]
    calls[:40] = calls[:40, [2, 1, 0, 3]]
    counts = CausalCounts(0, 5, 5, 0)
    chosen = choose_causal(
        key, _variants(), calls, counts, CausalRules(causal_r2=1), None
    )
    assert max(units.max() for units in chosen.values()) < 40


def test_choose_causal__knows_autosomes_of_another_species(key):
    variants = _variants().assign(CHROM=["30"] * 100 + ["24"] * 100 + ["33"] * 100)
    counts, rules = CausalCounts(20, 0, 0, 0), CausalRules(chr_set=29)
    chosen = _choose(key, counts, rules, variants=variants)["additive"]
    assert ((chosen >= 100) & (chosen < 200)).all()


def test_choose_causal__needs_people_in_each_class(key):
    calls = _calls()
    calls[50:, 2] = 4
    rules = CausalRules(causal_r2=1, recessive_maf=(0, 0.5))
    counts = CausalCounts(0, 0, 8, 0)
    chosen = choose_causal(key, _variants(), calls, counts, rules, None)
    assert chosen["recessive"].max() < 50


def test_choose_causal__says_which_rule_leaves_how_many(key):
    rules = CausalRules(maf=(0.45, 0.5), apart_kb=1e6)
    with pytest.raises(
        ValueError, match="3 additive variants wanted, 1 found"
    ) as found:
        _choose(key, CausalCounts(3, 0, 0, 0), rules)
    wanted = (_maf() >= 0.45).sum()
    assert f"300 not on X, Y or MT, of these {wanted} MAF 0.45 to 0.5" in str(
        found.value
    )


def test_twins_of__are_linked_variants():
    linked, r2 = _linked()
    for columns in ([3], [7, 20, 41]):
        expected = np.flatnonzero((r2[columns] >= np.float32(0.5)).any(axis=0))
        assert_array_equal(twins_of(np.array(columns), linked, 0.5), expected)
    assert twins_of(np.empty(0, np.int64), linked, 0.5).size == 0


def test_typed_columns__hide_causal_variants_and_their_twins():
    linked, r2 = _linked()
    units = {
        "additive": np.array([[3], [10]]),
        "epistatic": np.array([[20, 41]]),
        "polygenic": np.flatnonzero(r2[3] >= 0.5)[:1, None],
    }
    planted = [3, 10, 20, 41]

    def typed(**arguments):
        return typed_columns(VARIANTS, units, linked, **arguments)

    assert typed(untyped=False, twin_r2=None) is None
    assert_array_equal(np.flatnonzero(~typed(untyped=True, twin_r2=None)), planted)
    twins = np.flatnonzero((r2[planted] >= np.float32(0.5)).any(axis=0))
    twins = np.setdiff1d(twins, [*planted, *units["polygenic"].ravel()])
    assert len(twins) > 3
    assert_array_equal(np.flatnonzero(~typed(untyped=False, twin_r2=0.5)), twins)
    both = np.union1d(twins, planted)
    assert_array_equal(np.flatnonzero(~typed(untyped=True, twin_r2=0.5)), both)


def test_check_rules__raises_where_the_neighbours_begin_too_high():
    linked, _ = _linked()
    high = linked._replace(r2=np.maximum(linked.r2, np.float32(0.2)))
    check_rules(CausalRules(causal_r2=0.2), high, VARIANTS, None)
    with pytest.raises(ValueError, match=r"least r\^2 among the neighbours is 0\.200"):
        check_rules(CausalRules(causal_r2=0.1), high, VARIANTS, None)
    with pytest.raises(ValueError, match="neighbours: of 300 variants; the genotypes"):
        check_rules(CausalRules(), linked, 20, None)
