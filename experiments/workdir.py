"""The folder of a run: where each stage writes, what is finished, what may resume.

    <workdir>/run.flags                      the resolved flags; rerun with --flagfile
    <workdir>/simulated/cohort.bed ...       only without --bfile
    <workdir>/cohort/      packed genotypes, tables, encoding, qc.tsv
    <workdir>/truth/       spikein.tsv, packed spike-ins, decoy permutation
    <workdir>/ensemble/<arm>/                parameters, history.tsv
    <workdir>/attribution/<arm>.parquet      scores; association.tsv: the GWAS
    <workdir>/benchmark/{recall,precision,stability,composite}.tsv
    <workdir>/report/index.html, figures/

A stage's `done` file is written last. It holds the stage's seconds and notes.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from experiments.configuration import Configuration
from experiments.flags import as_flagfile, sections
from gxjax.replacing import replacing

__all__ = ["STAGES", "Workdir"]

STAGES = ("cohort", "truth", "ensemble", "attribution", "benchmark", "report")


class Workdir:
    """A run's folder. Nothing is created before a stage has something to write."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).absolute()

    def stage(self, name: str) -> Path:
        """The folder of a stage, created if need be."""
        folder = self.path / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def is_done(self, name: str) -> bool:
        """Whether a stage (or an arm of one, "ensemble/real") was finished."""
        return (self.path / name / "done").exists()

    def finish(self, name: str, seconds: float, notes: list[str]) -> None:
        """Marks a stage as finished; call it when all its files are in place."""
        record = {"seconds": round(seconds, 2), "notes": notes}
        write_text(self.stage(name) / "done", json.dumps(record, indent=1) + "\n")

    def record(self, name: str) -> dict[str, Any]:
        """What `finish` wrote: `seconds` and `notes`."""
        return json.loads((self.path / name / "done").read_text())

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

    def prepare(self, configuration: Configuration, overwrite: bool) -> None:
        """Makes sure that what is here belongs to this configuration.

        Raises:
          ValueError: flags differ from those of the results here, without `overwrite`.
        """
        self.check_writable()
        stage, changes = self._first_changed(configuration)
        if stage is None:
            if overwrite:
                self.clear_from("cohort")
            return
        if not (self.path / stage).exists():
            self.save_flags(configuration)
            return
        if not overwrite:
            raise ValueError(
                f"{self.path} holds results of other flags ({'; '.join(changes)}). Use "
                f"another --workdir, or --overwrite to redo stages from '{stage}' on"
            )
        self.clear_from(stage)
        if stage != "cohort":
            self.save_flags(configuration)

    def clear_from(self, stage: str) -> None:
        """Deletes the results of a stage and of all stages after it."""
        later = STAGES[STAGES.index(stage) :]
        if stage == "cohort":
            (self.path / "run.flags").unlink(missing_ok=True)
            later += ("simulated",)
        for name in later:
            # The marker first: a kill in between must not leave what looks done.
            (self.path / name / "done").unlink(missing_ok=True)
            if (self.path / name).exists():
                shutil.rmtree(self.path / name)

    def _first_changed(
        self, configuration: Configuration
    ) -> tuple[str | None, list[str]]:
        """The first stage with other flags than those saved, and what changed."""
        saved = self.saved_flags()
        if saved is None:
            return None, []
        old, new = (_by_stage(text) for text in (saved, as_flagfile(configuration)))
        for stage in sections(configuration):
            before, now = old.get(stage, {}), new[stage]
            names = sorted(before.keys() | now.keys())
            changes = [
                f"--{name} was {before.get(name, 'unset')}, is {now.get(name, 'unset')}"
                for name in names
                if before.get(name) != now.get(name)
            ]
            if changes:
                return stage, changes
        return None, []


def write_text(path: Path, text: str) -> None:
    """Writes a file whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text)


def _by_stage(flagfile: str) -> dict[str, dict[str, str]]:
    """`as_flagfile`'s text as {stage: {flag: value}}."""
    found: dict[str, dict[str, str]] = {}
    stage = ""
    for line in flagfile.splitlines():
        if line.startswith("# "):
            stage = line[2:]
            found[stage] = {}
        elif line.startswith("--"):
            name, equals, value = line[2:].partition("=")
            switch = not equals and name.startswith("no")
            found[stage][name[2:] if switch else name] = (
                value if equals else str(not switch).lower()
            )
    return found
