import numpy as np

from gxjax.association import variant_strips
from gxjax.association.variant_strips import VariantStrips
from gxjax.genotypes import open_bed_source

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
        np.testing.assert_array_equal(strips.columns(columns), expected[:, columns])


def test_variant_strips__are_bounded(study, monkeypatch):
    monkeypatch.setattr(variant_strips, "_STRIP", 700)
    strips = VariantStrips(study.genotypes, np.arange(304))
    assert [len(octets) for octets in strips] == [8] * 5
