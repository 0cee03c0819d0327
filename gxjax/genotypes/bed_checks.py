"""Does a `.bed` have the format, and does it belong to its `.bim` and `.fam`?"""

from __future__ import annotations

from pathlib import Path

import numpy as np

__all__ = [
    "MAGIC",
    "check_last_people",
    "check_magic",
    "check_padding",
    "check_size",
    "read_tails",
]

MAGIC = b"\x6c\x1b\x01"
_DOZENS = 24
_TAIL = 16
_WINDOW = 1 << 23


def check_magic(bed: Path) -> None:
    """Raises ValueError unless the file begins as a variant-major `.bed`."""
    with bed.open("rb") as file:
        head = file.read(3)
    if len(head) < 3:
        raise ValueError(
            f"{bed}: {len(head)} bytes; expected at least the 3 magic bytes 6c 1b 01. "
            "The file is truncated."
        )
    if head == b"\x6c\x1b\x00":
        raise ValueError(
            f"{bed}: sample-major (third byte 00); expected variant-major (01). Make "
            "it anew with plink2 --make-bed."
        )
    if head != MAGIC:
        raise ValueError(
            f"{bed}: begins with {head.hex(' ')}; expected 6c 1b 01, a PLINK 1 .bed. "
            "From another format: plink2 --make-bed."
        )


def check_size(bed: Path, variants: int, width: int, people: int) -> None:
    """Raises ValueError unless the size fits the variants, of `width` bytes each."""
    found, expected = bed.stat().st_size, 3 + variants * width
    if found == expected:
        return
    held, rest = divmod(found - 3, width)
    short = "is truncated" if found < expected else "holds more"
    guess = f"It {short}, or the .fam has not its people."
    if rest == 0:
        guess = f"Its size fits {held} variants of {people} people."
    elif (found - 3) % variants == 0:
        most = 4 * ((found - 3) // variants)
        guess = f"Its size fits {variants} variants of {most - 3} to {most} people."
    raise ValueError(
        f"{bed}: {found} bytes; expected {expected} for the {variants} variants of the "
        f".bim and the {people} people of the .fam. {guess}"
    )


def read_tails(bed: Path, variants: int, width: int) -> np.ndarray:
    """The last bytes of every variant, which is where a wrong `.fam` shows.

    Args:
      bed: of the right size.
      variants: V.
      width: bytes of a variant.

    Returns:
      uint8 [V, min(width, 16)].
    """
    tails = np.empty((variants, min(width, _TAIL)), np.uint8)
    step = max(1, _WINDOW // width)
    # In windows: what was touched of a map counts as memory of ours while it is held.
    for start in range(0, variants, step):
        shape = (min(step, variants - start), width)
        offset = len(MAGIC) + start * width
        window = np.memmap(bed, np.uint8, mode="r", offset=offset, shape=shape)
        tails[start : start + step] = window[:, -_TAIL:]
    return tails


def check_padding(bed: Path, octets: np.ndarray, people: int) -> None:
    """Raises ValueError for a genotype behind the last person: the `.fam` is short.

    Args:
      bed: for the message.
      octets: uint8 [V, .], the last bytes of each variant, one at least.
      people: N, the rows of the `.fam`.
    """
    if people % 4 == 0:
        return
    padded = np.flatnonzero(octets[:, -1] >> np.uint8(2 * (people % 4)))
    if padded.size:
        raise ValueError(
            f"{bed}: variant {padded[0] + 1} has genotypes behind the last of the "
            f"{people} people of the .fam (its padding bits are not 0). The .fam lacks "
            "rows, or belongs to another .bed."
        )


def check_last_people(bed: Path, octets: np.ndarray, people: int) -> None:
    """Raises ValueError where the `.fam` has up to 3 rows too many.

    Padding then reads as people with two copies of A1 at every variant, and neither the
    size nor the padding betrays it. Nobody real is so while everyone before has another
    genotype at dozens of variants.

    Args:
      bed: for the message.
      octets: uint8 [V, .], the last bytes of each variant, as `read_tails` has them.
      people: N, the rows of the `.fam`.
    """
    tail = octets[:, -_TAIL:]
    slots = [(tail >> np.uint8(2 * slot)) & np.uint8(3) for slot in range(4)]
    others = np.stack([(slot != 0).sum(axis=0) for slot in slots], axis=1).ravel()
    # Slots from the last person back; the first of a byte is never padding alone.
    others = others[: others.size - -people % 4][::-1]
    spare = (people - 1) % 4
    surplus = int(np.cumprod(others[:spare] == 0).sum())
    real = others[surplus:]
    if surplus and real.size >= 4 and real.min() >= _DOZENS:
        raise ValueError(
            f"{bed}: the last {surplus} of the {people} people of the .fam have two "
            "copies of A1 at every variant, as padding reads; expected genotypes of "
            "their own. The .fam has rows too many, or belongs to another .bed."
        )
