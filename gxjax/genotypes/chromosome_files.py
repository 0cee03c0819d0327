"""The files of one chromosome each that a path with `@` stands for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from gxjax.genotypes.tables import HUMAN

__all__ = [
    "ChromosomeFile",
    "check_chromosome",
    "chromosome_files",
    "find_filesets",
]

_ENDINGS = (".bed", ".bim", ".fam")


class ChromosomeFile(NamedTuple):
    """A prefix, and the chromosome that took the place of `@`; None without one."""

    prefix: Path
    chromosome: str | None


def find_filesets(
    prefix: str | Path, endings: Sequence[str] = _ENDINGS, chr_set: int = HUMAN
) -> list[Path]:
    """The prefixes of `chromosome_files`, which has the arguments and errors."""
    return [found.prefix for found in chromosome_files(prefix, endings, chr_set)]


def chromosome_files(
    prefix: str | Path, endings: Sequence[str] = _ENDINGS, chr_set: int = HUMAN
) -> list[ChromosomeFile]:
    """What a prefix with or without `@` stands for, in genomic order.

    Args:
      prefix: as of `read_plink`.
      endings: of the files that a prefix stands for, `("",)` for a file's own path.
      chr_set: autosomes of the species; the numbers after them are X, Y, XY and MT.

    Returns:
      One prefix, or one per chromosome of which any file is on disk.

    Raises:
      FileNotFoundError: there is an `@`, but no file that fits it.
      ValueError: one chromosome is there under two names (`chrX` and `chr23`, `chr1`
        and `chr01`).
    """
    path = Path(str(prefix).removesuffix(endings[0]))
    if "@" not in path.name or _on_disk(path, endings):
        return [ChromosomeFile(path, None)]
    found = []
    for names in _chromosomes(chr_set):
        candidates = [path.with_name(path.name.replace("@", name)) for name in names]
        present = [each for each in candidates if _on_disk(each, endings)]
        if len(present) > 1:
            raise ValueError(
                f"{prefix}: {present[0].name} and {present[1].name} are the same "
                "chromosome; expected one fileset for each. Remove or rename one."
            )
        found += [ChromosomeFile(each, names[0]) for each in present]
    if not found:
        raise FileNotFoundError(
            f"{prefix}: no {endings[0] or 'file'} in {path.parent} is named so with a "
            f"chromosome (1 to {chr_set}, X, Y, XY, MT) in place of @"
        )
    return found


def check_chromosome(
    path: str | Path,
    found: Iterable[str],
    expected: str | None,
    chr_set: int = HUMAN,
) -> None:
    """Raises ValueError where a chromosome's file has variants of others only.

    A file of X may hold the pseudo-autosomal regions alone, and one of these X. A
    chromosome whose name is not known (an accession, a contig) is never an error.

    Args:
      path: the file, for the message.
      found: the chromosomes of its variants, in any spelling.
      expected: of `ChromosomeFile`; None is never an error.
      chr_set: as of `chromosome_files`.
    """
    known = {name: names[0] for names in _chromosomes(chr_set) for name in names}
    known |= dict.fromkeys(("XY", str(chr_set + 3), "PAR1", "PAR2"), "X")
    names = sorted(set(found))
    places = {known.get(_bare(name)) for name in names}
    if expected is None or not names or places & {None, known[expected]}:
        return
    raise ValueError(
        f"{path}: all its variants are on chromosome {', '.join(names)}; expected some "
        f"on {expected}, by the file's name. Rename the file, or name it without @"
    )


def _bare(name: str) -> str:
    name = name.upper().removeprefix("CHR")
    return name.lstrip("0") or "0"


def _chromosomes(chr_set: int) -> list[tuple[str, ...]]:
    """Every chromosome with the spellings that file names use, in genomic order."""
    autosomes = [
        tuple(dict.fromkeys((str(number), f"{number:02d}")))
        for number in range(1, chr_set + 1)
    ]
    others = [
        (*letters, str(chr_set + number))
        for number, letters in enumerate((("X",), ("Y",), ("XY",), ("MT", "M")), 1)
    ]
    return [*autosomes, *others]


def _on_disk(prefix: Path, endings: Sequence[str]) -> bool:
    # Path.with_suffix would cut `height.v2` short.
    return any(Path(f"{prefix}{ending}").exists() for ending in endings)
