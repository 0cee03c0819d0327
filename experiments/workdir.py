"""The folder of a run: where each stage writes, what is finished, what may resume.

    <workdir>/run.flags                      the resolved flags; rerun with --flagfile
    <workdir>/simulated/cohort.bed ...       only without genotypes
    <workdir>/imported/genotypes.bed ...     only of --pfile, --vcf, --bgen and --vcz
    <workdir>/cohort/      packed genotypes, tables, encoding, qc.tsv
    <workdir>/truth/       spikein.tsv, packed spike-ins, decoy permutation
    <workdir>/ensemble/<arm>/                parameters, history.tsv
    <workdir>/attribution/<arm>.parquet      scores; association.tsv: the GWAS
    <workdir>/benchmark/{recall,precision,stability,composite}.tsv
    <workdir>/report/index.html, figures/
    <workdir>/ablation/                      of experiments.ablate
    <workdir>/replicates/<r>/{truth,ensemble,attribution,...}   of --replicates

A stage's `done` file is written last. It holds the stage's seconds and notes.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from experiments.changed_flags import first_changed
from experiments.configuration import Configuration
from experiments.flags import as_flagfile
from experiments.reading import reading
from gxjax.replacing import replacing

__all__ = ["REPLICATED", "STAGES", "Workdir"]

STAGES = (
    *("cohort", "truth", "ensemble", "attribution"),
    *("faithfulness", "benchmark", "report"),
)

REPLICATED = ("truth", "ensemble", "attribution")
"""Stages that every replicate has of its own."""

_ABLATED = ("cohort", "truth", "ensemble")
"""Stages that `experiments.ablate` makes its scores of."""


class Workdir:
    """A run's folder. Nothing is created before a stage has something to write.

    Attributes:
      path: the folder; that of the replicate, if it is not the first.
      replicate: which replicate's stages `folder` names, from 0.
    """

    def __init__(self, path: str | Path, replicate: int = 0) -> None:
        # Stores and checkpoints take no "..".
        self.path = self._home = Path(path).resolve()
        self.replicate = replicate
        if replicate:
            self.path = self._home / "replicates" / str(replicate)

    def of_replicate(self, number: int) -> Workdir:
        """The same run's folder as replicate `number` sees it; 0 is the run itself."""
        return Workdir(self._home, number)

    def folder(self, name: str) -> Path:
        """Where a stage (or an arm of one) writes; there need be nothing yet."""
        own = name.partition("/")[0] in REPLICATED
        return (self.path if own else self._home) / name

    def stage(self, name: str) -> Path:
        """The folder of a stage, created if need be."""
        folder = self.folder(name)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def is_done(self, name: str) -> bool:
        """Whether a stage (or an arm of one, "ensemble/real") was finished."""
        return (self.folder(name) / "done").exists()

    def finish(self, name: str, seconds: float, notes: list[str]) -> None:
        """Marks a stage as finished; call it when all its files are in place."""
        record = {"seconds": round(seconds, 2), "notes": notes}
        write_text(self.stage(name) / "done", json.dumps(record, indent=1) + "\n")

    def record(self, name: str) -> dict[str, Any]:
        """What `finish` wrote: `seconds` and `notes`."""
        with reading(self.folder(name) / "done", name) as path:
            return json.loads(path.read_text())

    def require(self, name: str) -> None:
        """Raises ValueError unless a stage was finished."""
        if not self.is_done(name):
            raise ValueError(
                f"{self.path}: stage '{name}' is not done; run "
                "experiments/benchmark.py, "
                "or the launcher of that stage, with the same --workdir first"
            )

    def check_writable(self) -> None:
        """Raises an OSError naming the folder if the run could not write here."""
        folder = self.path
        while not folder.exists():
            folder = folder.parent
        if not folder.is_dir():
            raise NotADirectoryError(f"--workdir {self.path}: {folder} is not a folder")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(
                f"--workdir {self.path}: {folder} can't be written to"
            )

    def save_flags(self, configuration: Configuration) -> None:
        """Writes the resolved flags beside the results."""
        self.path.mkdir(parents=True, exist_ok=True)
        write_text(self.path / "run.flags", as_flagfile(configuration))

    def saved_flags(self) -> str | None:
        """The flags of the run that is here, or None."""
        file = self.path / "run.flags"
        return file.read_text() if file.exists() else None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keeps other runs out of the folder; leaves no folder that stayed empty.

        Raises:
          ValueError: another run is at work here.
        """
        self.check_writable()
        made = [p for p in (self.path, *self.path.parents) if not p.exists()]
        self.path.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise ValueError(
                f"--workdir {self.path}: another run is at work here; wait for it, or "
                "use another --workdir"
            ) from None
        except OSError:  # a file system without such locks
            pass
        try:
            yield
        finally:
            os.close(handle)
            with suppress(OSError):
                for folder in made:
                    folder.rmdir()

    def prepare(
        self,
        configuration: Configuration,
        overwrite: bool,
        launcher_of: str | None = None,
    ) -> None:
        """Makes sure that what is here belongs to this configuration.

        Args:
          configuration: of the run to come.
          overwrite: redo the stages whose flags changed and all after them; where none
            changed, all.
          launcher_of: a stage, which `overwrite` redoes in any case; earlier ones stay.

        Raises:
          ValueError: flags differ from those of the results here, without `overwrite`,
            or in a stage before `launcher_of`; or what is here is of no run.
        """
        self.check_writable()
        if self.saved_flags() is None:
            self._check_foreign()
            return
        changed, changes = first_changed(self.saved_flags(), configuration)
        order = [name for name in STAGES if name in (changed, launcher_of)]
        early = bool(launcher_of) and order[0] != launcher_of
        if changed and (self.path / changed).exists() and (early or not overwrite):
            raise ValueError(
                f"{self.path} holds results of other flags ({'; '.join(changes)}). Use "
                f"another --workdir, or --overwrite to redo stages from '{changed}' on"
                + (f", with the launcher of '{changed}'" if early else "")
            )
        first = order[0] if order else "cohort"
        if overwrite:
            self.clear_from(first)
        if changed and self.saved_flags() is not None:
            self.save_flags(configuration)

    def _check_foreign(self) -> None:
        """Folders of our names without run.flags: never write over what is another's.

        A first run that was killed leaves `cohort` and `simulated` so.
        """
        ours = (*STAGES[1:], "ablation")
        names = [name for name in ours if (self.path / name).exists()]
        names += ["cohort"] if self.is_done("cohort") else []
        if names:
            raise ValueError(
                f"--workdir {self.path}: there is a folder '{names[0]}', but no "
                "run.flags that says which run made it; use another --workdir"
            )

    def clear_from(self, stage: str) -> None:
        """Deletes the results of a stage and of all after it, of all replicates.

        Of a replicate but the first, its own, and what all share. The ablation of
        networks goes with them, its tables with any stage but the report.
        """
        if stage != STAGES[-1]:
            self._clear_ablation(scores=stage in _ABLATED)
        # The last stage first, its marker before all: a kill in between must not leave
        # what looks done beside earlier stages that will be done anew.
        for name in reversed(STAGES[STAGES.index(stage) :]):
            others = [] if self.replicate else self._home.glob(f"replicates/*/{name}")
            for folder in (*others, self.folder(name)):
                (folder / "done").unlink(missing_ok=True)
                if folder.exists():
                    shutil.rmtree(folder)
        if stage == "cohort":
            shutil.rmtree(self.path / "simulated", ignore_errors=True)
            (self.path / "run.flags").unlink(missing_ok=True)

    def _clear_ablation(self, *, scores: bool) -> None:
        """Deletes the tables of `experiments.ablate`, and perhaps the scores it keeps.

        Of a replicate but the first its scores, and the tables if it is in them.
        """
        folder = self.folder("ablation")
        own = folder / "scores" / str(self.replicate)
        if own.exists() or (folder.exists() and not self.replicate):
            for table in folder.glob("*.tsv"):
                table.unlink()
            if scores:
                shutil.rmtree(own if self.replicate else folder)

    def clear_after(self, stage: str) -> None:
        """Deletes the results of the stages after a stage."""
        if stage != STAGES[-1]:
            self.clear_from(STAGES[STAGES.index(stage) + 1])


def write_text(path: Path, text: str) -> None:
    """Writes a file whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text)
