"""The xarray layout against the one that pandas-plink reads."""

import warnings

import numpy as np
import pandas as pd
import pytest

from gxjax.genotypes import (
    from_xarray,
    pack,
    packed_width,
    simulate_genotypes,
    to_xarray,
    write_plink,
)


@pytest.fixture
def genotypes(key):
    return simulate_genotypes(key, 9, 22, missing_rate=0.1)


@pytest.fixture
def read(genotypes, tmp_path, peer):
    def load(ref):
        write_plink(genotypes, tmp_path / "x")
        with warnings.catch_warnings():
            # pandas-plink 2.2.9 calls read_csv in a way that pandas 2 deprecates.
            warnings.simplefilter("ignore", FutureWarning)
            return peer("pandas_plink").read_plink1_bin(
                *(str(tmp_path / f"x{suffix}") for suffix in (".bed", ".bim", ".fam")),
                verbose=False,
                ref=ref,
            )

    return load


@pytest.mark.parametrize("ref", ["a0", "a1"])
def test_to_xarray__equals_pandas_plink(genotypes, read, ref):
    expected, found = read(ref), to_xarray(genotypes, ref)
    assert found.dims == expected.dims
    assert found.dtype == expected.dtype
    assert found.name == expected.name
    np.testing.assert_array_equal(found.values, expected.values)
    assert set(found.coords) == set(expected.coords)
    for name, coordinate in expected.coords.items():
        np.testing.assert_array_equal(found[name].values, coordinate.values)


@pytest.mark.parametrize("ref", ["a0", "a1"])
def test_from_xarray__takes_what_pandas_plink_reads(genotypes, read, ref, monkeypatch):
    monkeypatch.setattr("gxjax.genotypes.interchange._VARIANTS_PER_BLOCK", 8)
    found = from_xarray(read(ref), ref)
    np.testing.assert_array_equal(found.packed, genotypes.packed)
    pd.testing.assert_frame_equal(found.variants, genotypes.variants)
    pd.testing.assert_frame_equal(found.samples, genotypes.samples)


def test_from_xarray__inverts_to_xarray_in_either_order(genotypes):
    found = from_xarray(to_xarray(genotypes).transpose("variant", "sample"))
    assert found.packed.shape == (9, packed_width(22))
    np.testing.assert_array_equal(found.packed, genotypes.packed)


def test_to_xarray__default_counts_column_6(genotypes):
    homozygous = genotypes._replace(packed=pack(np.full((9, 22), 2, np.uint8)))
    assert (to_xarray(homozygous).values == 0).all()


def test_from_xarray__raises_on_fractional_dosage(genotypes):
    array = to_xarray(genotypes)
    array.values[2, 3] = 0.5
    with pytest.raises(ValueError, match=r"value 0\.5, expected hard calls"):
        from_xarray(array)


def test_from_xarray__raises_on_missing_coordinate(genotypes):
    with pytest.raises(ValueError, match="no coordinates fid, a0; expected"):
        from_xarray(to_xarray(genotypes).drop_vars(["fid", "a0"]))


def test_from_xarray__raises_on_other_dimensions(genotypes):
    with pytest.raises(ValueError, match="expected sample and variant"):
        from_xarray(to_xarray(genotypes).rename(sample="person"))


def test_to_xarray__raises_on_unknown_ref(genotypes):
    with pytest.raises(ValueError, match="ref: found 'a2', expected"):
        to_xarray(genotypes, "a2")


@pytest.mark.parametrize("ref", ["a0", "a1"])
def test_from_xarray__of_dosages_round_trip(genotypes, ref, monkeypatch):
    monkeypatch.setattr("gxjax.genotypes.interchange._VARIANTS_PER_BLOCK", 8)
    codes = np.random.default_rng(0).integers(0, 256, (9, 22), np.uint8)
    dosages = genotypes._replace(packed=codes, bits=8)
    array = to_xarray(dosages, ref)
    expected = np.where(codes == 255, np.nan, codes / 127)
    expected = expected if ref == "a0" else 2 - expected
    np.testing.assert_allclose(array.values, expected, rtol=1e-6, atol=1e-6)
    found = from_xarray(array, ref, bits=8)
    assert found.bits == 8
    np.testing.assert_array_equal(found.packed, codes)
    with pytest.raises(ValueError, match="expected hard calls"):
        from_xarray(array, ref)
    array.values[3, 4] = 2.5
    with pytest.raises(ValueError, match=r"found the value 2\.5, expected dosages"):
        from_xarray(array, ref, bits=8)
