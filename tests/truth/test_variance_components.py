"""Columns read in pieces, genotypes coded, and a trait put together of parts."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from gxjax.genotypes import pack
from gxjax.genotypes.packed import byte_codes
from gxjax.truth import causal_columns
from gxjax.truth.causal_columns import column_blocks, copies_of, read_columns
from gxjax.truth.genetic_components import dosage_correlations, polygenic
from gxjax.truth.genotype_coding import code_unit, residual, standardise
from gxjax.truth.variance_components import assemble, components_table, parts_explained
from gxjax.types import Genotypes

PEOPLE, VARIANTS = 120, 50
ALL = np.ones(PEOPLE, bool)


def _genotypes(bits=2, seed=0):
    codes = np.random.default_rng(seed).integers(0, 4, (PEOPLE, VARIANTS), np.uint8)
    packed = pack(codes) if bits == 2 else byte_codes(codes)
    return codes, Genotypes(packed, range(VARIANTS), range(PEOPLE), bits)


@pytest.mark.parametrize("bits", [2, 8])
@pytest.mark.parametrize("strip", [4, 12, 1 << 15])
def test_read_columns__are_those_of_the_matrix(monkeypatch, bits, strip):
    codes, genotypes = _genotypes(bits)
    monkeypatch.setattr(causal_columns, "_STRIP", strip)
    monkeypatch.setattr(causal_columns, "_MOST_PEOPLE", 7)
    columns = np.array([0, 3, 4, 5, 17, 48, 49])
    expected = codes if bits == 2 else byte_codes(codes)
    assert_array_equal(read_columns(genotypes, columns), expected[:, columns])
    assert read_columns(genotypes, columns[:0]).shape == (PEOPLE, 0)


def test_column_blocks__report_progress():
    seen = []
    blocks = column_blocks(
        _genotypes()[1], np.array([1, 2, 30]), lambda *call: seen.append(call[:2])
    )
    assert sum(codes.size for _, _, codes in blocks) == 3 * PEOPLE
    assert seen[-1] == (3 * PEOPLE, 3 * PEOPLE)


def test_copies_of__reads_both_kinds_of_codes():
    assert_array_equal(copies_of(np.array([0, 1, 2, 3]), 2), [0, 1, 2, np.nan])
    codes = np.array([0, 127, 254, 255, 63], np.uint8)
    assert_array_equal(copies_of(codes, 8), [0, 1, 2, np.nan, 63 / 127])


def test_code_unit__of_literal_genotypes():
    g = np.array([0.0, 1, 2, np.nan, 0.5, 1.5])
    train = np.array([True, True, True, True, False, False])
    sex = np.array([1.0, 1, 2, 2, 1, 2])
    assert_allclose(code_unit("additive", [g], None, train), [-1, 0, 1, 0, -0.5, 0.5])
    carrier = np.array([-2, 1, 1, 0, -0.5, 1]) / 3
    assert_allclose(code_unit("dominant", [g], None, train), carrier)
    homozygote = np.array([-1, -1, 2, 0, -1, 0.5]) / 3
    assert_allclose(code_unit("recessive", [g], None, train), homozygote, atol=1e-15)
    squares = [1, 0, 1, 0, 0.25, 0.25]
    assert_allclose(code_unit("epistatic", [g, g], None, train), squares)
    by_sex = code_unit("gene_by_sex", [g], sex, train)
    assert_allclose(by_sex, [0.5, 0, 0.5, 0, 0.25, 0.25])


def test_residual__is_fitted_on_train_and_taken_of_all():
    train = np.array([True, True, True, False])
    term = np.array([0.0, 1, 2, 10])
    values = np.array([1.0, 3, 5, 100])
    assert_allclose(residual(values, [term], train), [0, 0, 0, 79], atol=1e-12)
    assert_array_equal(standardise(np.full(4, 0.1), train), 0)
    assert_allclose(standardise(term, train)[:3].std(), 1)


@pytest.mark.parametrize("bits", [2, 8])
def test_polygenic__is_the_sum_in_whatever_order_and_pieces(monkeypatch, bits):
    codes, genotypes = _genotypes(bits)
    generator = np.random.default_rng(1)
    columns = generator.permutation(VARIANTS)[:20]
    sizes = generator.standard_normal(20)
    train = np.arange(PEOPLE) < 90
    dosages = np.where(codes == 3, np.nan, codes.astype(float))[:, columns]
    filled = np.where(np.isnan(dosages), np.nanmean(dosages[train], 0), dosages)
    scaled = (filled - filled[train].mean(0)) / filled[train].std(0)
    expected = scaled @ sizes
    expected *= np.sqrt(0.3) / expected[train].std()
    whole = polygenic(genotypes, columns, sizes, 0.3, train)
    assert_allclose(whole.values, expected, atol=1e-12)
    monkeypatch.setattr(causal_columns, "_STRIP", 8)
    monkeypatch.setattr(causal_columns, "_MOST_PEOPLE", 11)
    pieces = polygenic(genotypes, columns, sizes, 0.3, train)
    assert_allclose(pieces.values, expected, atol=1e-12)
    assert_allclose(pieces.effects / pieces.effects[0], sizes / sizes[0])
    y = standardise(generator.standard_normal(PEOPLE), train)
    found = dosage_correlations(genotypes, columns, y, train)
    naive = [np.corrcoef(y[train], column)[0, 1] for column in filled[train].T]
    assert_allclose(found, naive, atol=1e-12)


def _components(seed=0):
    draws = np.random.default_rng(seed).standard_normal((2, PEOPLE))
    draws[1] += 0.4 * draws[0]
    shares = {"additive": 0.3, "dominant": 0.2}
    scaled = (standardise(each, ALL) for each in draws)
    return shares, {
        name: np.sqrt(share) * each
        for (name, share), each in zip(shares.items(), scaled, strict=True)
    }


def test_assemble__gives_noise_what_is_left():
    shares, components = _components()
    noise = np.random.default_rng(5).standard_normal(PEOPLE)
    trait = assemble(components, 0.5, noise, ALL)
    assert_allclose(trait.phenotype.var(), 1)
    covariance = np.cov(trait.components.T, ddof=0)
    assert_allclose(np.diag(covariance)[:2], [0.3, 0.2])
    assert_allclose(covariance[2, :2], 0, atol=1e-12)
    assert_allclose(covariance[2, 2], 1 - covariance[:2, :2].sum())
    assert (trait.scale, trait.attenuation) == (1, 1)
    table = components_table(trait, shares, {}, ALL).set_index("component")
    assert_allclose(table.covariance[:2], covariance[0, 1])
    assert_allclose(table.asked, [0.3, 0.2, 0.5, 1])


def test_assemble__of_nothing_is_noise():
    noise = np.random.default_rng(5).standard_normal(PEOPLE)
    trait = assemble({"additive": np.zeros(PEOPLE)}, 1.0, noise, ALL)
    assert_allclose(trait.phenotype, (noise - noise.mean()) / noise.std())


def test_assemble__scales_where_covariance_leaves_no_room():
    component = standardise(np.arange(PEOPLE, dtype=float), ALL)
    parts = {"a": np.sqrt(0.5) * component, "b": np.sqrt(0.45) * component}
    trait = assemble(parts, 0.05, np.ones(PEOPLE), ALL)
    assert_allclose(trait.phenotype.std(), 1)
    assert trait.scale < 1
    assert (trait.components["noise"] == 0).all()


def test_parts_explained__of_a_component_without_variance_are_unknown():
    codes, _ = _genotypes()
    parts = parts_explained(np.zeros(PEOPLE), codes[:, :3], 2, ALL)
    assert np.isnan(parts).all()
