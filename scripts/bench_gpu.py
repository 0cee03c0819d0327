#!/usr/bin/env python
"""Speed and memory on an accelerator, at the size of a biobank.

    python scripts/bench_gpu.py --what=attribution --out=attribution.json
    python scripts/bench_gpu.py --what=training --batch_size=512 --out=training.json
    python scripts/bench_gpu.py --what=experiment --out=experiment.json

Genotypes and kernel are random and made on the device. The smallest contestant comes
first, since a device tells only its highest peak of memory so far. Of training: seconds
per epoch, shares of the roofline, the plan beside the memory taken. Of attribution:
TFLOP/s count the products of V-wide matrices and nothing else, beside plain products of
the same type and precision in the same run. Of the whole published experiment: hours,
out of measured parts, each with what it was multiplied by; a table on standard error.
Runs on a CPU too, at --variants=2000 --people=640.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
from absl import app, flags
from bench.device_arm import TrainingSize
from bench.device_attribution import AttributionSize, compare_attributions
from bench.device_speed import plain_products
from bench.device_training import measure_training
from bench.extrapolation import as_table
from bench.fitting import largest_that_fits, memory_limit
from bench.networks import DRAWS, STEPS
from bench.published_experiment import Settings, measure_experiment, say
from bench.published_parts import Published

from gxjax.replacing import replacing


class Defaults(NamedTuple):
    """Of flags whose sensible values differ by what is measured."""

    people: int
    members: int
    batch_size: int


DEFAULTS = {
    "attribution": Defaults(people=4096, members=1, batch_size=256),
    "training": Defaults(people=300_000, members=10, batch_size=256),
    "experiment": Defaults(people=300_000, members=10, batch_size=128),
}


def by_what(field: str) -> str:
    """The defaults of one flag, for its help."""
    found = (f"{what} {getattr(each, field):,}" for what, each in DEFAULTS.items())
    return f"({', '.join(found)})"


WHAT = flags.DEFINE_enum("what", "attribution", list(DEFAULTS), "what to measure")
VARIANTS = flags.DEFINE_integer("variants", 500_000, "V", lower_bound=1)
PEOPLE = flags.DEFINE_integer(
    "people", None, f"N {by_what('people')}; the experiment's are split 80/10/10",
    lower_bound=1,
)  # fmt: skip
MEMBERS = flags.DEFINE_integer(
    "members", None, f"M {by_what('members')}; of training see --ensembles",
    lower_bound=1,
)  # fmt: skip
ENSEMBLES = flags.DEFINE_list("ensembles", ["1", "10"], "M of training, one each")
WIDTHS = flags.DEFINE_list("widths", ["1000", "200", "50"], "hidden widths")
BATCH = flags.DEFINE_integer(
    "batch_size", None, f"people of a step or block {by_what('batch_size')}",
    lower_bound=1,
)  # fmt: skip
BLOCK = flags.DEFINE_integer(
    "attribution_batch_size", 256, "people per block, of the experiment", lower_bound=1
)
EPOCHS = flags.DEFINE_integer("epochs", 100, "of the experiment", lower_bound=1)
BFLOAT16 = flags.DEFINE_bool(
    "bfloat16", False, "the experiment's products and Adam's first moment in bfloat16"
)
ORDER: Any = flags.DEFINE_enum(
    "data_order", "shared", ["shared", "own"], "of the experiment: own as published"
)
MERGE = flags.DEFINE_bool("merge_draws", False, "of the experiment, as of score")
MINUTES = flags.DEFINE_float(
    "minutes", 7.0, "for measuring the experiment; if short, without decoys"
)
SAMPLE = flags.DEFINE_float("sample_gib", 1.0, "of the store that is written and read")
FOLDER = flags.DEFINE_string("folder", None, "where the store is; a temporary one")
REPEATS = flags.DEFINE_integer("repeats", 3, "timed runs of each", lower_bound=1)
GIB = flags.DEFINE_float("max_gib", None, "GiB of the device that may be taken")
OUT = flags.DEFINE_string("out", None, "JSON file; standard output has it too")


def setting(name: str) -> int:
    """A flag's number, or its default for what is measured."""
    given = {"people": PEOPLE, "members": MEMBERS, "batch_size": BATCH}[name].value
    return getattr(DEFAULTS[WHAT.value], name) if given is None else given


def widths() -> tuple[int, ...]:
    return tuple(int(width) for width in WIDTHS.value)


def bench_attribution(keep: Callable[[Any], Any]) -> list[dict[str, Any]]:
    """People per second, TFLOP/s and memory of every contestant."""
    del keep
    size = AttributionSize(
        setting("people"), VARIANTS.value, setting("members"), widths(),
        setting("batch_size"),
    )  # fmt: skip
    limit = None if GIB.value is None else int(GIB.value * 2**30)
    return compare_attributions(size, REPEATS.value, limit)


def bench_training(keep: Callable[[Any], Any]) -> list[dict[str, Any]]:
    """Every ensemble in float32, then in bfloat16, each at the largest size that fits.

    `asked` says which size was asked for.
    """
    results: list[dict[str, Any]] = []
    for asked in map(int, ENSEMBLES.value):
        for bfloat16 in (False, True):
            say(f"training {asked} members, bfloat16={bfloat16} ...")

            def train(
                members: int, variants: int, bfloat16: bool = bfloat16
            ) -> dict[str, Any]:
                size = TrainingSize(
                    setting("people"), variants, members, widths(),
                    setting("batch_size"), bfloat16,
                )  # fmt: skip
                return measure_training(size, REPEATS.value, memory_limit(GIB.value))

            found = largest_that_fits(train, asked, VARIANTS.value, say)
            of = {"members": asked, "variants": VARIANTS.value}
            results.append({**found, "asked": of})
            keep(results)
    return results


def bench_experiment(keep: Callable[[Any], Any]) -> dict[str, Any]:
    """The whole published experiment, extrapolated."""
    published = Published(
        setting("people"), VARIANTS.value, setting("members"), EPOCHS.value,
        setting("batch_size"),
    )  # fmt: skip
    settings = Settings(
        widths=widths(),
        block=BLOCK.value,
        bfloat16=BFLOAT16.value,
        data_order=ORDER.value,
        merge_draws=MERGE.value,
        repeats=REPEATS.value,
        limit=memory_limit(GIB.value),
        minutes=MINUTES.value,
        sample_gib=SAMPLE.value,
        folder=Path(FOLDER.value) if FOLDER.value else None,
    )
    found, parts = measure_experiment(published, settings, keep)
    say(as_table(parts))
    return found


BENCHES = {
    "attribution": bench_attribution,
    "training": bench_training,
    "experiment": bench_experiment,
}


def write(head: dict[str, Any], results: Any, **more: Any) -> str:
    """The JSON so far, in --out if there is one."""
    text = json.dumps({**head, "results": results, **more}, indent=1)
    if OUT.value:
        with replacing(Path(OUT.value)) as path:
            path.write_text(text + "\n")
    return text


def main(argv: list[str]) -> None:
    del argv
    # JAX takes three quarters of a GPU by default; both names at once are an error.
    if "XLA_PYTHON_CLIENT_MEM_FRACTION" not in os.environ:
        os.environ.setdefault("XLA_CLIENT_MEM_FRACTION", "0.95")
    sizes = {name: setting(name) for name in Defaults._fields}
    head = {
        "device": jax.devices()[0].device_kind,
        "jax": jax.__version__,
        "what": WHAT.value,
        "settings": {
            **sizes, "variants": VARIANTS.value, "widths": list(widths()),
            "steps": STEPS, "draws": DRAWS, "epochs": EPOCHS.value,
            "attribution_batch_size": BLOCK.value, "bfloat16": BFLOAT16.value,
            "data_order": ORDER.value, "merge_draws": MERGE.value,
            "max_bytes": memory_limit(GIB.value),
        },
    }  # fmt: skip
    results = BENCHES[WHAT.value](partial(write, head))
    # Last, so that its arrays are no part of the peaks above.
    rows = min(setting("batch_size"), setting("people"))
    products = plain_products(widths()[0], VARIANTS.value, rows, REPEATS.value)
    print(write(head, results, product_tflops=products))


if __name__ == "__main__":
    app.run(main)
