"""PLINK 1 filesets: checked, memory-mapped, and transposed to sample-major once."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import chex
import numpy as np
import pandas as pd

from gxjax.genotypes.bed_checks import (
    MAGIC,
    check_last_people,
    check_magic,
    check_padding,
    check_size,
    read_tails,
)
from gxjax.genotypes.chromosome_files import (
    check_chromosome,
    chromosome_files,
    find_filesets,
)
from gxjax.genotypes.hard_calls import BYTE_CALLS
from gxjax.genotypes.packed import pack, packed_width
from gxjax.genotypes.tables import (
    HUMAN,
    read_bim,
    read_fam,
    table_beside,
    write_bim,
    write_fam,
)
from gxjax.genotypes.transpose import to_bed, transpose_bed
from gxjax.replacing import replacing
from gxjax.types import Genotypes, Progress, silent

__all__ = [
    "Fileset",
    "check_same_people",
    "find_filesets",
    "open_fileset",
    "read_plink",
    "write_plink",
]

_BYTES_PER_BLOCK = 1 << 26


class Fileset(NamedTuple):
    """A checked fileset: bed uint8 [V, ceil(N / 4)], a memory map, and its tables."""

    bed: np.ndarray
    variants: pd.DataFrame
    samples: pd.DataFrame


def read_plink(prefix: str | Path, progress: Progress = silent) -> Genotypes:
    """Reads a PLINK 1 fileset, or one fileset per chromosome.

    Everything is checked before the first genotype is read. The `.bed` is a memory map;
    beside the 2-bit result only a few megabytes are held.

    Args:
      prefix: path without `.bed`, `.bim`, `.fam` (a final `.bed` is taken off). An `@`
        in its last part stands for the chromosome (1 to 22, 01 too, X, Y, XY, MT, or 23
        to 26): all filesets on disk, in genomic order. An existing `prefix.bed` is
        taken as is.
      progress: called with variants done, V.

    Returns:
      `Genotypes`; the dosage counts A1, column 5 of the `.bim`.

    Raises:
      FileNotFoundError: a file of a fileset is missing, or no fileset fits the `@`.
      ValueError: a file contradicts the format or the other files; the message names
        the file, what was found and what is expected.
    """
    found = chromosome_files(prefix)
    prefixes = [each.prefix for each in found]
    filesets = [open_fileset(*each) for each in found]
    samples = filesets[0].samples
    for path, fileset in zip(prefixes[1:], filesets[1:], strict=True):
        names = f"{prefixes[0]}.fam", f"{path}.fam"
        check_same_people(names[0], samples, names[1], fileset.samples)
    packed = transpose_bed([each.bed for each in filesets], len(samples), progress)
    variants = pd.concat([each.variants for each in filesets], ignore_index=True)
    return Genotypes(packed, variants, samples)


def write_plink(genotypes: Genotypes, prefix: str | Path) -> None:
    """Writes `prefix.bed`, `.bim`, `.fam`; read back, they give equal `Genotypes`.

    Each is written under a temporary name and renamed, the `.bed` last. The phenotype
    in the `.fam` is -9. Of genotypes of 8 bits the `.bed` has the hard calls, by
    `hard_calls`, and `prefix.dosages` the dosages: `open_bed_source` reads both.

    Args:
      genotypes: N people, V variants.
      prefix: path without the extensions, in a folder that exists.

    Raises:
      FileNotFoundError: the folder does not exist.
      ValueError: an id or allele is empty or has white space.
    """
    packed, variants, samples, bits = genotypes
    chex.assert_shape(packed, (len(samples), packed_width(len(variants), bits)))
    dosages = _with_suffix(prefix, ".dosages")
    with ExitStack() as stack:
        bed, fam, bim = (
            stack.enter_context(replacing(_with_suffix(prefix, suffix)))
            for suffix in (".bed", ".fam", ".bim")
        )
        write_bim(variants, bim)
        write_fam(samples, fam)
        _write_bed(packed, len(variants), bed, bits)
        # Those of an older fileset of this name would pass for these genotypes'.
        dosages.unlink(missing_ok=True)
        if bits == 8:
            _write_dosages(packed, stack.enter_context(replacing(dosages)))


def _with_suffix(prefix: str | Path, suffix: str) -> Path:
    # Path.with_suffix would cut `height.v2` short.
    return Path(f"{prefix}{suffix}")


def open_fileset(
    prefix: Path, chromosome: str | None = None, chr_set: int = HUMAN
) -> Fileset:
    """Checks a fileset and maps its `.bed`; raises as `read_plink`.

    Args:
      prefix: path without the endings.
      chromosome, chr_set: as `check_chromosome` has them, which the `.bim` must pass.
    """
    for suffix in (".bed", ".bim", ".fam"):
        path = table_beside(prefix, suffix)
        if not path.is_file():
            raise FileNotFoundError(
                f"{path}: no such file; a PLINK 1 fileset is {prefix.name}.bed, "
                f"{prefix.name}.bim and {prefix.name}.fam in one folder"
            )
    bed = _with_suffix(prefix, ".bed")
    check_magic(bed)
    variants = read_bim(table := table_beside(prefix, ".bim"))
    check_chromosome(table, variants["CHROM"].unique(), chromosome, chr_set)
    samples = read_fam(table_beside(prefix, ".fam"))
    shape = (len(variants), packed_width(len(samples)))
    check_size(bed, *shape, len(samples))
    tails = read_tails(bed, *shape)
    check_padding(bed, tails, len(samples))
    check_last_people(bed, tails, len(samples))
    octets = np.memmap(bed, np.uint8, mode="r", offset=len(MAGIC), shape=shape)
    return Fileset(octets, variants, samples)


def check_same_people(
    first: str | Path, expected: pd.DataFrame, other: str | Path, found: pd.DataFrame
) -> None:
    """Raises ValueError where two files are not of the same people in order."""
    rows = min(len(expected), len(found))
    differ = (expected.iloc[:rows].values != found.iloc[:rows].values).any(axis=1)
    if not differ.any() and len(expected) == len(found):
        return
    row = int(np.argmax(differ)) if differ.any() else rows
    sides = [
        " ".join(map(str, table.iloc[row])) if row < len(table) else "no person"
        for table in (found, expected)
    ]
    raise ValueError(
        f"{other}: person {row + 1} is {sides[0]}, but {sides[1]} in {first}; "
        "expected the same people in the same order for every chromosome"
    )


def _write_bed(packed: np.ndarray, count: int, path: Path, bits: int) -> None:
    each = 8 // bits
    # A multiple of 4: a block of bytes then begins where a byte of the .bed does.
    step = 4 * max(1, _BYTES_PER_BLOCK // (4 * max(1, len(packed))))
    with path.open("wb") as file:
        file.write(MAGIC)
        for left in range(0, packed.shape[1], step):
            octets = packed[:, left : left + step]
            wanted = min(count - each * left, each * octets.shape[1])
            if bits == 8:
                octets = pack(BYTE_CALLS[octets])
            file.write(to_bed(octets, wanted).tobytes())


def _write_dosages(packed: np.ndarray, path: Path) -> None:
    step = max(1, _BYTES_PER_BLOCK // max(1, len(packed)))
    with path.open("wb") as file:
        for left in range(0, packed.shape[1], step):
            file.write(np.ascontiguousarray(packed[:, left : left + step].T).tobytes())
