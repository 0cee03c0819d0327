"""To and from the xarray layout of pandas-plink."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from gxjax.genotypes.packed import (
    MISSING_BYTE,
    dosage_table,
    pack,
    packed_width,
    unpack,
)
from gxjax.types import MISSING, Genotypes

if TYPE_CHECKING:
    import xarray

__all__ = ["from_xarray", "to_xarray"]

_VARIANT_COORDINATES = {
    "chrom": "CHROM",
    "pos": "POS",
    "snp": "ID",
    "a0": "A1",
    "a1": "A2",
    "cm": "CM",
}
_SAMPLE_COORDINATES = {
    "fid": "FID",
    "iid": "IID",
    "father": "PAT",
    "mother": "MAT",
    "gender": "SEX",
}
_VARIANTS_PER_BLOCK = 4096

Reference = Literal["a0", "a1"]


def from_xarray(
    array: xarray.DataArray, ref: Reference = "a1", bits: int = 2
) -> Genotypes:
    """Packs what `pandas_plink.read_plink1_bin` returned.

    pandas-plink names column 5 of the `.bim` a0 (our A1) and column 6 a1 (our A2), and
    by default, `ref="a1"`, counts a1: its dosages are 2 minus ours. Pass the `ref` that
    the array was read with: the array itself does not say.

    Args:
      array: sample x variant, dosages 0, 1, 2 or NaN; may be a dask array, of which
        4,096 variants are computed at a time. pandas-plink 2.2.9 is slow unless read
        with `chunk=Chunk(nsamples=None, nvariants=8192)`.
      ref: the allele it counts.
      bits: 2 for hard calls; 8 for any dosages, which are rounded to 1/127.

    Returns:
      `Genotypes`.

    Raises:
      ValueError: a coordinate is missing, or a value is not 0, 1, 2 or NaN; of 8 bits,
        neither NaN nor in [0, 2].
    """
    _check_layout(array, ref)
    array = array.transpose("sample", "variant")
    people, count = array.shape
    packed = np.empty((people, packed_width(count, bits)), np.uint8)
    for left in range(0, count, _VARIANTS_PER_BLOCK):
        values = array[:, left : left + _VARIANTS_PER_BLOCK].values
        begin = packed_width(left, bits)
        columns = slice(begin, begin + packed_width(values.shape[1], bits))
        codes = pack(_codes(values, ref)) if bits == 2 else _byte_codes(values, ref)
        packed[:, columns] = codes
    variants = {
        ours: array[theirs].values for theirs, ours in _VARIANT_COORDINATES.items()
    }
    samples = {
        ours: array[theirs].values for theirs, ours in _SAMPLE_COORDINATES.items()
    }
    return Genotypes(packed, _variant_table(variants), _sample_table(samples), bits)


def to_xarray(genotypes: Genotypes, ref: Reference = "a1") -> xarray.DataArray:
    """The array that `pandas_plink.read_plink1_bin` would read from the written files.

    It holds 4 bytes a genotype, 16 times ours: select people or variants first.

    Args:
      genotypes: N people, V variants.
      ref: the allele to count; the default is pandas-plink's, column 6 of the `.bim`.

    Returns:
      float32 sample x variant, NaN where missing, with pandas-plink's coordinates.

    Raises:
      ValueError: `ref` is neither "a0" nor "a1".
    """
    import xarray  # 0.5 s, and few need it.

    _check_ref(ref)
    packed, variants, samples, bits = genotypes
    dosages = dosage_table(bits)
    dosages = dosages if ref == "a0" else np.float32(2) - dosages
    names = [f"variant{number}" for number in range(len(variants))]
    coordinates = {
        "sample": ("sample", samples["IID"].to_numpy()),
        "variant": ("variant", np.array(names)),
        "trait": ("sample", np.array(["-9"] * len(samples), object)),
    }
    for theirs, ours in _SAMPLE_COORDINATES.items():
        coordinates[theirs] = ("sample", samples[ours].astype(str).to_numpy())
    for theirs, ours in _VARIANT_COORDINATES.items():
        coordinates[theirs] = ("variant", variants[ours].to_numpy())
    return xarray.DataArray(
        dosages[unpack(packed, len(variants), bits)],
        dims=("sample", "variant"),
        coords=coordinates,
        name="genotype",
    )


def _check_ref(ref: str) -> None:
    if ref not in ("a0", "a1"):
        raise ValueError(f'ref: found {ref!r}, expected "a0" or "a1"')


def _check_layout(array: xarray.DataArray, ref: str) -> None:
    _check_ref(ref)
    if set(array.dims) != {"sample", "variant"}:
        raise ValueError(f"array: dimensions {array.dims}, expected sample and variant")
    wanted = [*_SAMPLE_COORDINATES, *_VARIANT_COORDINATES]
    lacking = [name for name in wanted if name not in array.coords]
    if lacking:
        raise ValueError(
            f"array: no coordinates {', '.join(lacking)}; expected those of "
            "pandas_plink.read_plink1_bin"
        )


def _codes(values: np.ndarray, ref: str) -> np.ndarray:
    missing = np.isnan(values)
    wrong = ~(missing | np.isin(values, (0, 1, 2)))
    if wrong.any():
        raise ValueError(
            f"array: found the value {values[wrong][0]}, expected hard calls 0, 1, 2, "
            "or NaN"
        )
    counted = values if ref == "a0" else 2 - values
    return np.where(missing, MISSING, counted).astype(np.uint8)


def _byte_codes(values: np.ndarray, ref: str) -> np.ndarray:
    missing = np.isnan(values)
    wrong = ~(missing | ((values >= 0) & (values <= 2)))
    if wrong.any():
        raise ValueError(
            f"array: found the value {values[wrong][0]}, expected dosages of 0 to 2, "
            "or NaN"
        )
    counted = values if ref == "a0" else 2 - values
    return np.where(missing, MISSING_BYTE, np.rint(127 * counted)).astype(np.uint8)


def _variant_table(columns: dict[str, np.ndarray]) -> pd.DataFrame:
    table = pd.DataFrame(columns).astype({"POS": np.int64, "CM": np.float64})
    return table.astype({name: object for name in ("CHROM", "ID", "A1", "A2")})


def _sample_table(columns: dict[str, np.ndarray]) -> pd.DataFrame:
    table = pd.DataFrame(columns)
    sex = table["SEX"].astype(str).map({"1": 1, "2": 2}).fillna(0)
    return table.assign(SEX=sex.astype(np.int8))
