"""Which flags differ from those that a run was made with, and from which stage on."""

from __future__ import annotations

from experiments.configuration import Configuration
from experiments.flags import as_flagfile, by_section, sections

__all__ = ["first_changed"]


def first_changed(
    saved: str | None, configuration: Configuration
) -> tuple[str | None, list[str]]:
    """The first stage with other flags than those saved, and what changed.

    Args:
      saved: `as_flagfile`'s text of the run that is there; None: there is none.
      configuration: of the run to come.

    Returns:
      The stage's name and "--flag was old, is new" of its flags; (None, []) where
      nothing changed.
    """
    if saved is None:
        return None, []
    old, new = (by_section(text) for text in (saved, as_flagfile(configuration)))
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
