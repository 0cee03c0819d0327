"""Real processes on one machine, and a small training that they share."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pandas as pd

from gxjax.cohort.encoding import fit_encoding
from gxjax.ensemble import MLP, TrainingConfig, train
from gxjax.ensemble.mesh import make_mesh
from gxjax.genotypes.counts import count_codes
from gxjax.genotypes.packed import pack
from gxjax.types import VARIANT_COLUMNS, Arm, Block, Truth

PEOPLE, VARIANTS, MEMBERS = 160, 150, 2
CONFIG = TrainingConfig(epochs=2, batch_size=32, learning_rate=1e-3)


class Recorded:
    """A packed matrix that remembers which of its bytes were asked for."""

    def __init__(self, packed):
        self.packed, self.columns = packed, set()
        self.shape, self.dtype = packed.shape, packed.dtype

    def __getitem__(self, index):
        rows, columns = index
        self.columns |= set(range(*columns.indices(self.shape[1])))
        return self.packed[rows, columns]


def small_arm():
    """An arm of one block, phenotype [N] and split [N]."""
    draw = np.random.default_rng(1)
    codes = draw.binomial(2, 0.3, (PEOPLE, VARIANTS)).astype(np.uint8)
    packed = pack(codes)
    counts = count_codes(packed, VARIANTS, np.arange(96))
    nothing = np.full(VARIANTS, np.nan, np.float32)
    arm = Arm(
        "real",
        (Block(Recorded(packed), np.arange(PEOPLE, dtype=np.int32), VARIANTS),),
        pd.DataFrame({name: ["1"] * VARIANTS for name in VARIANT_COLUMNS}),
        Truth(np.zeros(VARIANTS, np.int8), np.full(VARIANTS, -1), nothing, nothing),
        fit_encoding(counts),
        counts,
    )
    signal = codes[:, :5].sum(axis=1) + draw.normal(size=PEOPLE)
    phenotype = ((signal - signal.mean()) / signal.std()).astype(np.float32)
    return arm, phenotype, np.repeat(np.arange(3, dtype=np.int8), [96, 32, 32])


def trained(mesh, **changes):
    """An ensemble, and the bytes of a person that this process read."""
    arm, phenotype, split = small_arm()
    ensemble = train(
        jax.random.key(0),
        arm,
        phenotype,
        split,
        model=MLP((8,), dropout=0.1),
        members=MEMBERS,
        mesh=make_mesh(mesh, members=MEMBERS, granules=16),
        **{"config": CONFIG, **changes},
    )
    return ensemble, sorted(arm.blocks[0].packed.columns)


def numbers(ensemble):
    """What of an ensemble is compared."""
    trees = ensemble.parameters, ensemble.statistics
    found = {jax.tree_util.keystr(p): x for p, x in jax.tree.leaves_with_path(trees)}
    names = ["train_loss", "validation_loss", "validation_score"]
    return {**found, "history": ensemble.history[names].to_numpy()}


def start_peers(file, task, folder, heartbeat=100):
    """Starts a task of `file` in two processes of one device each.

    Args:
      heartbeat: seconds after which a silent process counts as lost.
    """
    # Here, as the processes, which are started from a file, do not find it.
    from environment import QUICK_CHILD

    with socket.socket() as free:
        free.bind(("localhost", 0))
        address = f"localhost:{free.getsockname()[1]}"
    words = [task, address, str(heartbeat), str(folder)]
    return [
        subprocess.Popen(
            [sys.executable, file, str(process), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | QUICK_CHILD,
        )
        for process in range(2)
    ]


def run_peers(file, task, folder):
    """Runs a task of `file` in two processes to its end."""
    peers = start_peers(file, task, folder)
    try:
        said = [peer.communicate(timeout=1200)[0] for peer in peers]
    finally:
        for peer in peers:
            peer.kill()
            peer.communicate()
    assert [peer.returncode for peer in peers] == [0, 0], "\n".join(said)


def be_peer(*tasks):
    """What a file does that is started as one of two processes: one of its tasks."""
    process, task, address, heartbeat, folder = sys.argv[1:]
    jax.config.update("jax_num_cpu_devices", 1)
    jax.config.update("jax_disable_most_optimizations", True)
    jax.distributed.initialize(
        address,
        num_processes=2,
        process_id=int(process),
        heartbeat_timeout_seconds=int(heartbeat),
    )
    {function.__name__: function for function in tasks}[task](Path(folder))
