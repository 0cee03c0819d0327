"""`.bed` files as a stream of variants, with the people and variants that are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from gxjax.genotypes.packed import packed_width
from gxjax.genotypes.plink import check_same_people, find_filesets, open_fileset
from gxjax.genotypes.transpose import Piece

__all__ = ["BedSource", "open_bed_source"]

_MAGIC_BYTES = 3


class BedSource(NamedTuple):
    """Checked filesets of the same people, and what is kept of them.

    Attributes:
      beds: their `.bed` files.
      first: int64 [files + 1]: the first variant of each file, then the number of all.
      width: bytes of a variant.
      people: increasing int64 [N], rows of the `.fam` that are kept.
      variants: increasing int64 [V], which of all variants are kept.
      tables: the variant and the sample table of what is kept.
      fingerprint: what tells this source and selection from another, as JSON has it.
    """

    beds: tuple[Path, ...]
    first: np.ndarray
    width: int
    people: np.ndarray
    variants: np.ndarray
    tables: tuple[pd.DataFrame, pd.DataFrame]
    fingerprint: dict[str, Any]

    def pieces(self, start: int, stop: int) -> list[Piece]:
        """Variants kept number `start` to `stop`, mapped only as long as they are held.

        A map of the whole file would leave all of it in the count of memory.
        """
        bounds = np.searchsorted(self.variants, self.first)
        found = []
        for bed, first, low, high in zip(
            self.beds, self.first, bounds, bounds[1:], strict=False
        ):
            rows = self.variants[max(start, low) : min(stop, high)] - first
            if len(rows):
                found.append(self._map(bed, rows))
        return found

    def _map(self, bed: Path, rows: np.ndarray) -> Piece:
        top, count = int(rows[0]), int(rows[-1] - rows[0]) + 1
        octets = np.memmap(
            bed,
            np.uint8,
            mode="r",
            offset=_MAGIC_BYTES + top * self.width,
            shape=(count, self.width),
        )
        return Piece(octets, slice(None) if count == len(rows) else rows - top)


def open_bed_source(
    prefix: str | Path | Sequence[str | Path],
    people: np.ndarray | None = None,
    variants: np.ndarray | None = None,
) -> BedSource:
    """Opens and checks filesets as `read_plink` does.

    Args:
      prefix: as of `read_plink`, or several, whose variants follow each other.
      people: rows of the `.fam` to keep, a mask or increasing integers; None for all.
      variants: variants of all files to keep, likewise.

    Raises:
      FileNotFoundError, ValueError: as of `read_plink`, and for a selection that is
        empty, out of range or not increasing.
    """
    given = [prefix] if isinstance(prefix, str | Path) else list(prefix)
    prefixes = [found for each in given for found in find_filesets(each)]
    if not prefixes:
        raise ValueError("prefix: an empty list; expected a fileset at least")
    counts, tables, samples = [], [], pd.DataFrame()
    for number, path in enumerate(prefixes):
        fileset = open_fileset(path)
        if number:
            check_same_people(prefixes[0], samples, path, fileset.samples)
        else:
            samples = fileset.samples
        counts.append(len(fileset.variants))
        tables.append(fileset.variants)
    rows = _selection("people", people, len(samples))
    columns = _selection("variants", variants, sum(counts))
    table = pd.concat(tables, ignore_index=True)
    return BedSource(
        beds=tuple(Path(f"{path}.bed") for path in prefixes),
        first=np.cumsum([0, *counts]),
        width=packed_width(len(samples)),
        people=rows,
        variants=columns,
        tables=(
            table.iloc[columns].reset_index(drop=True),
            samples.iloc[rows].reset_index(drop=True),
        ),
        fingerprint=_fingerprint(prefixes, rows, columns),
    )


def _selection(name: str, chosen: np.ndarray | None, total: int) -> np.ndarray:
    if chosen is None:
        return np.arange(total)
    found = np.asarray(chosen)
    if found.dtype == bool and found.shape == (total,):
        found = np.flatnonzero(found)
    if found.ndim != 1 or not found.size or found.dtype.kind not in "iu":
        raise ValueError(
            f"{name}: {found.dtype} {found.shape}; expected a mask of {total}, or "
            "increasing integers, and one at least"
        )
    found = found.astype(np.int64)
    if found[0] < 0 or found[-1] >= total or (np.diff(found) <= 0).any():
        raise ValueError(
            f"{name}: not increasing, or outside 0 to {total - 1}; a store keeps the "
            "order of the files, so sort what is kept and keep each once"
        )
    return found


def _fingerprint(
    prefixes: Sequence[Path], people: np.ndarray, variants: np.ndarray
) -> dict[str, Any]:
    stats = [Path(f"{path}.bed").stat() for path in prefixes]
    tables = [Path(f"{path}.{kind}") for path in prefixes for kind in ("bim", "fam")]
    return {
        "bed": [[stat.st_size, stat.st_mtime_ns] for stat in stats],
        "bim and fam": [_digest(table.read_bytes()) for table in tables],
        "people": _digest(people.astype("<i8").tobytes()),
        "variants": _digest(variants.astype("<i8").tobytes()),
    }


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
