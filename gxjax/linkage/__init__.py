"""Linkage disequilibrium: r^2, pruning, clumping, and principal components."""

from gxjax.linkage.clump import Clumps, clump
from gxjax.linkage.correlation import R2Block, pair_r2, r2_to, window_r2
from gxjax.linkage.haplotype_r2 import haplotype_r2
from gxjax.linkage.neighbours import (
    find_neighbours,
    join_neighbours,
    pad_neighbours,
)
from gxjax.linkage.packed_source import PackedSource
from gxjax.linkage.principal_components import (
    PrincipalComponents,
    principal_components,
    pruned_components,
)
from gxjax.linkage.prune import Pruned, prune
from gxjax.linkage.window import Window, parse_window

__all__ = [
    "Clumps",
    "PackedSource",
    "PrincipalComponents",
    "Pruned",
    "R2Block",
    "Window",
    "clump",
    "find_neighbours",
    "haplotype_r2",
    "join_neighbours",
    "pad_neighbours",
    "pair_r2",
    "parse_window",
    "principal_components",
    "prune",
    "pruned_components",
    "r2_to",
    "window_r2",
]
