"""What training will take of every device, before it takes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
from jax.sharding import Mesh

from gxjax.device_limit import largest
from gxjax.ensemble.layout import Layout
from gxjax.ensemble.program import Program
from gxjax.ensemble.training_config import TrainingConfig
from gxjax.ensemble.training_shapes import (
    Calls,
    batch_shapes,
    bytes_per_device,
    call_shapes,
    distinct_bytes,
    validation_shapes,
)
from gxjax.types import Arm, Encoding

__all__ = ["TrainingPlan", "check_plan", "settle", "training_plan"]

_STREAMED = 4
"""Batches on a device at once: being read, being sent, next, and trained on."""

_PARTS = ("parameters", "moments", "best", "genotypes", "tables", "temporaries")


class TrainingPlan(NamedTuple):
    """Bytes that training takes of each device.

    All but the temporaries are exact. These are the compiler's own account of start,
    step, validation and comparison with the best epoch, whichever needs most. What it
    can not tell: the gap between what an allocator was asked for and what it holds, and
    what a checkpoint holds on the host.

    Attributes:
      parameters: weights, batch statistics and counters.
      moments: the optimiser's.
      best: every member's best epoch.
      genotypes: packed; all of them, or the batches under way where streamed.
      tables: phenotypes, rows of people, encodings.
      temporaries: gradients, activations and what else the compiled programs need.
      resident: whether genotypes stay on the devices.
      compiled: whether a compiler told the temporaries; else estimated from shapes.
      mesh: devices along member, sample, variant.
      advice: (what would take less, the total then, about).
      limit: what the device may give; None where that is not known.
    """

    parameters: int
    moments: int
    best: int
    genotypes: int
    tables: int
    temporaries: int
    resident: bool
    compiled: bool
    mesh: tuple[int, ...]
    advice: tuple[tuple[str, int], ...]
    limit: int | None = None

    @property
    def total(self) -> int:
        """Bytes per device."""
        return sum(getattr(self, part) for part in _PARTS)

    def lines(self) -> list[str]:
        """The plan as text: a line a part, then the total and the limit."""
        names = dict(zip(_PARTS, _PARTS, strict=True))
        names["best"] = "best epochs"
        names["genotypes"] += ", packed" if self.resident else ", batches under way"
        names["temporaries"] = "gradients, activations"
        names["temporaries"] += "" if self.compiled else " (estimated)"
        shape = " x ".join(map(str, self.mesh))
        rows = [(names[part], _size(getattr(self, part))) for part in _PARTS]
        rows.append(("total", _size(self.total)))
        head = f"memory per device, of {shape} along member, sample, variant:"
        limit = "  no limit known: the device does not tell, and none was given"
        if self.limit is not None:
            share = 100 * self.total / max(self.limit, 1)
            limit = f"{_row('limit', _size(self.limit))}, {share:.0f} % of it planned"
        return [head, *(_row(name, size) for name, size in rows), limit]


def _row(name: str, size: str) -> str:
    return f"  {name:<34} {size:>10}"


def _size(count: int) -> str:
    for unit, name in ((2**30, "GiB"), (2**20, "MiB")):
        if count >= unit:
            return f"{count / unit:.2f} {name}"
    return f"{count / 2**10:.1f} KiB"


def training_plan(
    program: Program,
    arm: Arm,
    encoding: Encoding,
    tables: Any,
    layout: Layout,
    mesh: Mesh,
    config: TrainingConfig,
    resident: bool,
) -> TrainingPlan:
    """The `TrainingPlan` of a run; compiles its functions, allocates nothing.

    What is compiled here is not compiled again when the run calls it.

    Args:
      program: of the run.
      arm: N people; V columns.
      encoding: of the network's inputs, in the order of the columns.
      tables: (key, phenotype, case weight, `Hyperparameters`), placed.
      layout: of the columns.
      mesh: axes member, sample, variant.
      config: how networks are fitted.
      resident: whether packed genotypes stay on the devices.
    """
    state, best = program.shapes
    calls = call_shapes(program, arm, encoding, tables, layout, mesh, config, resident)
    placed, members = calls.predict[2], best.stopped.shape[0]
    # Of one batch or the other: validation begins when training waits for it.
    batches = (
        batch_shapes(config, members, layout, mesh, False),
        validation_shapes(config, layout, mesh, False),
    )
    streamed = _STREAMED * max(map(bytes_per_device, batches))
    temporaries, compiled = _temporaries(
        program, calls, instead=2 * bytes_per_device(state.parameters)
    )
    plan = TrainingPlan(
        parameters=bytes_per_device(state._replace(moments=())),
        moments=bytes_per_device(state.moments),
        best=bytes_per_device(best),
        genotypes=distinct_bytes(placed.packed) if placed.packed else streamed,
        tables=bytes_per_device((placed._replace(packed=None), tuple(tables))),
        temporaries=temporaries,
        resident=resident,
        compiled=compiled,
        mesh=tuple(mesh.shape.values()),
        advice=(),
    )
    gradient = min(bytes_per_device(state.parameters), temporaries)
    advice = _advice(plan, config, members, layout, gradient, streamed)
    return plan._replace(advice=tuple(advice))


def _advice(
    plan: TrainingPlan,
    config: TrainingConfig,
    members: int,
    layout: Layout,
    gradient: int,
    streamed: int,
) -> list[tuple[str, int]]:
    """What would take less, and about how much it would take."""
    total, found = plan.total, []
    along_member, _, along_variant = plan.mesh
    of_members = plan.parameters + plan.moments + plan.best + gradient
    if plan.resident and streamed < plan.genotypes:
        text = "stream the genotypes (resident=False)"
        found.append((text, total - plan.genotypes + streamed))
    if not config.bfloat16_moments:
        text = "keep the first moment in bfloat16 (bfloat16_moments)"
        found.append((text, total - plan.moments // 4))
    here = members // along_member
    if here > 1:
        fewer = here // 2
        text = f"at most {fewer} members on a device, instead of {here}: train fewer at"
        text += " a time, or on more devices along member"
        found.append((text, total - of_members * (here - fewer) // here))
    if layout.granules % (2 * along_variant) == 0:
        text = f"{2 * along_variant} devices along variant"
        found.append((text, (total - plan.tables) // 2 + plan.tables))
    text = f"a batch_size of {config.batch_size // 2}"
    found.append((text, total - (plan.temporaries - gradient) // 2))
    return found


def check_plan(plan: TrainingPlan, limit: int | None) -> None:
    """Raises ValueError, with what would help, for a plan beyond `limit` bytes."""
    if limit is None or plan.total <= limit:
        return
    options = [
        f"{text} (about {_size(total)}{'' if total <= limit else ', not enough alone'})"
        for text, total in plan.advice
    ]
    raise ValueError(
        f"training takes {_size(plan.total)} of every device; expected at most "
        f"{_size(limit)}. What takes less: {'; '.join(options)}"
    )


def settle(
    plan_of: Callable[[bool], TrainingPlan],
    resident: bool | None,
    limit: int | None,
    announce: Callable[[TrainingPlan], None] | None,
) -> bool:
    """Whether genotypes stay on the devices: as asked, or for None if they fit.

    Nothing is planned, and they stay, where there is no limit and no one to tell.

    Raises:
      ValueError: the plan, which was announced, does not fit.
    """
    if limit is None and announce is None:
        return resident is not False
    plan = plan_of(resident is not False)._replace(limit=limit)
    if resident is None and limit is not None and plan.total > limit:
        plan = plan_of(False)._replace(limit=limit)
    if announce is not None:
        announce(plan)
    check_plan(plan, limit)
    return plan.resident


def _temporaries(program: Program, calls: Calls, instead: int) -> tuple[int, bool]:
    """The most that a function needs, and whether a compiler has told it.

    That is beyond what it is given, and what of its results the plan counts anyway.
    """
    try:
        told = {
            name: getattr(program, name).lower(*given).compile().memory_analysis()
            for name, given in calls._asdict().items()
        }
    except jax.errors.JaxRuntimeError as error:
        # Some compilers refuse what can not fit; the plan says what would.
        if "RESOURCE_EXHAUSTED" not in str(error):
            raise
        told = {}
    needed = [
        found.temp_size_in_bytes + (_results(found) if name != "init" else 0)
        for name, found in told.items()
        if found is not None
    ]
    return largest(max(needed, default=instead)), bool(needed)


def _results(found: Any) -> int:
    """Bytes of results that are not written over what was given."""
    return max(0, found.output_size_in_bytes - found.alias_size_in_bytes)
