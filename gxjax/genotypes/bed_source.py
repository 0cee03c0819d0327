"""Genotypes that stay in their `.bed` files, and what is kept of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gxjax.genotypes.bed_checks import MAGIC
from gxjax.genotypes.chromosome_files import chromosome_files
from gxjax.genotypes.packed import packed_width
from gxjax.genotypes.plink import check_same_people, open_fileset
from gxjax.genotypes.tables import HUMAN, table_beside
from gxjax.genotypes.transpose import Piece

__all__ = ["BedSource", "map_rows", "open_bed_source"]


@dataclass(frozen=True, eq=False)
class BedSource:
    """Genotypes of N people at V variants, chosen in filesets of the same people.

    Like `Genotypes` it has both tables, but no matrix: `filter_genotypes` counts it,
    and `build_store` reads it, a few megabytes at a time.

    Attributes:
      variants: table of V rows, as of `Genotypes`.
      samples: table of N rows, as of `Genotypes`.
      kept_variants: increasing int64 [V], which of the variants of all files they are.
      kept_people: increasing int64 [N], which rows of the `.fam` they are.
      beds: the `.bed` files.
      first: int64 [files + 1]: the first variant of each file, then the number of all.
      width: bytes of a variant in a file.
      files: what tells these files from others, as JSON has it.
      dosages: the `.dosages` beside each `.bed`, None where it has none.
    """

    variants: pd.DataFrame
    samples: pd.DataFrame
    kept_variants: np.ndarray
    kept_people: np.ndarray
    beds: tuple[Path, ...]
    first: np.ndarray
    width: int
    files: dict[str, Any]
    dosages: tuple[Path | None, ...] = ()

    @property
    def bits(self) -> int:
        """Of a code in a store: 8 where any file has dosages, else 2."""
        return 8 if any(self.dosages) else 2

    @property
    def fingerprint(self) -> dict[str, Any]:
        """What tells this source and selection from another, as JSON has it."""
        return {
            **self.files,
            "people": _digest(self.kept_people.astype("<i8").tobytes()),
            "variants": _digest(self.kept_variants.astype("<i8").tobytes()),
        }

    def select(
        self, people: np.ndarray | None = None, variants: np.ndarray | None = None
    ) -> BedSource:
        """Some of what is kept; no genotype is read.

        Args:
          people: rows of `samples`, a mask or increasing integers; None for all.
          variants: rows of `variants`, likewise.

        Raises:
          ValueError: a selection is empty, out of range or not increasing.
        """
        rows = _selection("people", people, len(self.samples))
        columns = _selection("variants", variants, len(self.variants))
        return replace(
            self,
            variants=self.variants.iloc[columns].reset_index(drop=True),
            samples=self.samples.iloc[rows].reset_index(drop=True),
            kept_variants=self.kept_variants[columns],
            kept_people=self.kept_people[rows],
        )

    def pieces(self, start: int, stop: int) -> list[Piece]:
        """Variants number `start` to `stop`, of all people of the files.

        They are mapped only as long as they are held: a map of the whole file would
        leave all of it in the count of memory.
        """
        return [
            map_rows(self.beds[file], rows, self.width, len(MAGIC))
            for file, rows in self.rows_of_files(start, stop)
        ]

    def rows_of_files(self, start: int, stop: int) -> list[tuple[int, np.ndarray]]:
        """Variants number `start` to `stop`: a file's number, and increasing rows."""
        bounds = np.searchsorted(self.kept_variants, self.first)
        parts = (
            (file, self.kept_variants[max(start, low) : min(stop, high)] - first)
            for file, (first, low, high) in enumerate(
                zip(self.first, bounds, bounds[1:], strict=False)
            )
        )
        return [(file, rows) for file, rows in parts if len(rows)]


def map_rows(path: Path, rows: np.ndarray, width: int, head: int = 0) -> Piece:
    """Increasing rows of `width` bytes of a file, behind `head` bytes, mapped."""
    top, count = int(rows[0]), int(rows[-1] - rows[0]) + 1
    octets = np.memmap(
        path, np.uint8, mode="r", offset=head + top * width, shape=(count, width)
    )
    return Piece(octets, slice(None) if count == len(rows) else rows - top)


def open_bed_source(
    prefix: str | Path | Sequence[str | Path], chr_set: int = HUMAN
) -> BedSource:
    """Opens and checks filesets as `read_plink` does; all is kept of them.

    `prefix.dosages` beside a `.bed`, if it is there, has the dosages of its genotypes,
    uint8 [V, N] without a head: 127 times the dosage of A1, or 255 where it is missing.
    Networks then see dosages; what counts genotypes counts the `.bed`.

    Args:
      prefix: as of `read_plink`, or several, whose variants follow each other.
      chr_set: autosomes of the species, for an `@`.

    Raises:
      FileNotFoundError, ValueError: as of `read_plink`.
      ValueError: a `.dosages` is not of the size that the tables ask for.
    """
    given = [prefix] if isinstance(prefix, str | Path) else list(prefix)
    found = [one for each in given for one in chromosome_files(each, chr_set=chr_set)]
    prefixes = [one.prefix for one in found]
    if not prefixes:
        raise ValueError("prefix: an empty list; expected a fileset at least")
    tables, samples = [], pd.DataFrame()
    for number, (path, chromosome) in enumerate(found):
        fileset = open_fileset(path, chromosome, chr_set)
        if number:
            names = f"{prefixes[0]}.fam", f"{path}.fam"
            check_same_people(names[0], samples, names[1], fileset.samples)
        else:
            samples = fileset.samples
        tables.append(fileset.variants)
    variants = pd.concat(tables, ignore_index=True)
    return BedSource(
        variants=variants,
        samples=samples,
        kept_variants=np.arange(len(variants)),
        kept_people=np.arange(len(samples)),
        beds=tuple(Path(f"{path}.bed") for path in prefixes),
        first=np.cumsum([0, *map(len, tables)]),
        width=packed_width(len(samples)),
        files=_describe(prefixes),
        dosages=tuple(
            _dosages_beside(path, len(table), len(samples))
            for path, table in zip(prefixes, tables, strict=True)
        ),
    )


def _dosages_beside(prefix: Path, variants: int, people: int) -> Path | None:
    path = Path(f"{prefix}.dosages")
    if not path.exists():
        return None
    if (found := path.stat().st_size) != variants * people:
        raise ValueError(
            f"{path}: {found} bytes; expected {variants * people}, one for each of "
            f"{variants} variants x {people} people of its .bim and .fam. Make the "
            "fileset anew, or delete this file to go by the hard calls of the .bed"
        )
    return path


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


def _describe(prefixes: Sequence[Path]) -> dict[str, Any]:
    stats = [Path(f"{path}.bed").stat() for path in prefixes]
    kinds = (".bim", ".fam")
    tables = [table_beside(path, kind) for path in prefixes for kind in kinds]
    found = {
        "bed": [[stat.st_size, stat.st_mtime_ns] for stat in stats],
        "bim and fam": [_digest(table.read_bytes()) for table in tables],
    }
    beside = {path: Path(f"{path}.dosages") for path in prefixes}
    dosages = {path: file.stat() for path, file in beside.items() if file.exists()}
    if dosages:
        found["dosages"] = [
            [prefixes.index(path), stat.st_size, stat.st_mtime_ns]
            for path, stat in dosages.items()
        ]
    return found


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
