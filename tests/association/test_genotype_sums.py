import numpy as np

from gxjax.association import genotype_sums
from gxjax.association.genotype_sums import SumJob
from gxjax.association.variant_strips import VariantStrips


def test_sum_job__equals_sums_in_float64_tile_by_tile(study, monkeypatch):
    """Ten blocks on eight devices, three tiles of people, the last one not full."""
    monkeypatch.setattr(genotype_sums, "_VARIANTS", 4)
    monkeypatch.setattr(genotype_sums, "_PEOPLE", 128)
    people = np.flatnonzero(np.arange(304) % 5 > 0)
    strips = VariantStrips(study.genotypes, people)
    draw = np.random.default_rng(0)
    design = np.column_stack([np.ones(len(people)), draw.normal(size=len(people))])
    y = draw.normal(size=len(people))
    job = SumJob(design, y, strips)
    found = job(np.concatenate(list(strips)))
    codes = study.codes[people]
    columns = np.column_stack([design, y])
    for code, sums in ((1, found.het), (2, found.hom)):
        expected = (codes == code).T @ columns
        np.testing.assert_allclose(sums[:, 0], expected[:, 0], rtol=0)
        np.testing.assert_allclose(sums[:, 1], expected[:, 1], rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(sums[:, 2], expected[:, 2], rtol=0, atol=1e-7)
    lost = (codes == 3).astype(float)
    products = np.einsum("nv,ni,nj->vij", lost, design, design)
    np.testing.assert_allclose(found.lost_products, products, rtol=1e-5, atol=1e-5)
    lost_y = lost.T @ (design * y[:, None])
    np.testing.assert_allclose(found.lost_y, lost_y, rtol=0, atol=1e-7)
    np.testing.assert_allclose(found.lost_square, lost.T @ y**2, rtol=1e-5)
    calls = np.stack([(codes == code).sum(axis=0) for code in (1, 2)], axis=1)
    expected = calls[:, :, None] * np.eye(2)[None]
    np.testing.assert_allclose(found.products, expected, rtol=0)
    alike = [len(set(column[column != 3])) == 1 for column in codes.T]
    np.testing.assert_array_equal(found.constant, alike)
    assert sum(alike) == 4


def test_sum_job__of_dosages_equals_sums_in_float64(dosages, monkeypatch):
    monkeypatch.setattr(genotype_sums, "_VARIANTS", 4)
    monkeypatch.setattr(genotype_sums, "_PEOPLE", 128)
    people = np.flatnonzero(np.arange(304) % 5 > 0)
    strips = VariantStrips(dosages.genotypes, people)
    draw = np.random.default_rng(0)
    design = np.column_stack([np.ones(len(people)), draw.normal(size=len(people))])
    y = draw.normal(size=len(people))
    found = SumJob(design, y, strips)(np.concatenate(list(strips)))
    x = dosages.dosage[people]
    shares = [np.nan_to_num(each) for each in (1 - np.abs(x - 1), np.maximum(x - 1, 0))]
    columns = np.column_stack([design, y])
    for share, sums in zip(shares, (found.het, found.hom), strict=True):
        expected = share.T @ columns
        np.testing.assert_allclose(sums[:, 0], expected[:, 0], rtol=1e-14)
        np.testing.assert_allclose(sums[:, 1], expected[:, 1], rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(sums[:, 2], expected[:, 2], rtol=0, atol=1e-8)
    expected = np.einsum("anv,bnv->vab", shares, shares)
    np.testing.assert_allclose(found.products, expected, rtol=1e-13)
    alike = [len(set(column[~np.isnan(column)])) == 1 for column in x.T]
    np.testing.assert_array_equal(found.constant, alike)
    np.testing.assert_allclose(found.lost_products[:, 0, 0], np.isnan(x).sum(axis=0))
