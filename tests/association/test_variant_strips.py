import numpy as np

from gxjax.association import variant_strips
from gxjax.association.variant_strips import VariantStrips
from gxjax.genotypes import open_bed_source, write_plink
from gxjax.genotypes.packed import byte_codes

CODE = np.array([3, 2, 0, 1], np.uint8)


def test_variant_strips__same_codes_from_every_source(study, monkeypatch):
    monkeypatch.setattr(variant_strips, "_STRIP", 700)
    people = np.array([3, 4, 100, 303])
    expected = CODE[study.codes[people]]
    for source in (study.genotypes, open_bed_source(study.prefix)):
        strips = VariantStrips(source, people)
        octets = np.concatenate(list(strips))
        assert octets.shape == (40, strips.width)
        places = strips.places
        bits = (2 * (places % 4)).astype(np.uint8)[None, :]
        found = (octets[:, places // 4] >> bits) & np.uint8(3)
        np.testing.assert_array_equal(found.T, expected)
        columns = np.array([0, 39, 22, 22])
        dosage = np.where(study.codes == 3, np.nan, study.codes)[people][:, columns]
        np.testing.assert_array_equal(strips.dosages(columns), dosage)


def test_variant_strips__are_bounded(study, monkeypatch):
    monkeypatch.setattr(variant_strips, "_STRIP", 700)
    strips = VariantStrips(study.genotypes, np.arange(304))
    assert [len(octets) for octets in strips] == [8] * 5


def test_variant_strips__of_dosages_from_every_source(dosages, monkeypatch):
    monkeypatch.setattr(variant_strips, "_STRIP", 2500)
    people, columns = np.array([3, 4, 100, 303]), np.array([0, 27, 22, 22])
    for source in (dosages.genotypes, open_bed_source(dosages.prefix)):
        strips = VariantStrips(source, people)
        assert (strips.bits, strips.width, strips.codes) == (8, 4, 4)
        np.testing.assert_array_equal(strips.places, np.arange(4))
        found = np.concatenate(list(strips))
        np.testing.assert_array_equal(found.T, dosages.codes[people])
        expected = dosages.dosage[people][:, columns]
        np.testing.assert_array_equal(strips.dosages(columns), expected)


def test_variant_strips__files_with_and_without_dosages(
    dosages, make_genotypes, random_codes, tmp_path
):
    calls = random_codes(304, 5)
    write_plink(make_genotypes(calls), tmp_path / "calls")
    source = open_bed_source([tmp_path / "calls", dosages.prefix])
    found = np.concatenate(list(VariantStrips(source, np.arange(304))))
    expected = np.concatenate([byte_codes(calls), dosages.codes], axis=1)
    np.testing.assert_array_equal(found.T, expected)
