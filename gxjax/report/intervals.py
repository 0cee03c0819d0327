"""What the intervals of the page cover, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from gxjax.report.labels import sentence_list

__all__ = ["BLOCKS", "BOTH", "FEW", "interval_words"]

_VARIANTS = ("planted variants",)
BLOCKS = ("blocks of the genome",)
BOTH = ("planted variants (of recall)", "blocks of the genome (of precision)")
"""What is drawn anew, besides members: for recall, for precision, and for both."""

FEW = 10
"""Below so many planted variants a bootstrap interval is rough."""


def interval_words(
    replicates: int,
    units: Sequence[str] = _VARIANTS,
    few: Mapping[str, int] = MappingProxyType({}),
) -> str:
    """What the bootstrap was drawn over, and where its intervals are rough.

    Args:
      replicates: number of truth seeds.
      units: what was drawn besides members and replicates.
      few: per effect type, in words, how many are planted, where they are below `FEW`.
    """
    drawn = sentence_list(["members", *units])
    words = "95\u00a0% bootstrap intervals over "
    if replicates > 1:
        words += f"{replicates} replicates (truth seeds), {drawn}"
    else:
        words += f"{drawn}, not over other truth seeds (one replicate)"
    if not few:
        return words
    named = sentence_list([f"{name} ({count})" for name, count in few.items()])
    return f"{words}; rough where fewer than {FEW} are planted: {named}"
