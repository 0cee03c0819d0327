"""What the commands with flags of their own share: those beside the pipeline's stages.

A command is `define() -> FlagValues` and `main(argv)`; see experiments/associate.py.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from absl import flags

from experiments.flags import new_flags, parse_flags
from experiments.launcher import launch

__all__ = ["check_out", "define_strings", "help_page", "parse_command", "run_command"]


def define_strings(*names_and_texts: tuple[str, str]) -> flags.FlagValues:
    """Flag values with --flagfile, and a flag of text for each name and help text."""
    values = new_flags()
    for name, text in names_and_texts:
        flags.DEFINE_string(name, None, text, flag_values=values)
    return values


def parse_command(
    values: flags.FlagValues, argv: Sequence[str], needed: Sequence[str] = ()
) -> dict[str, Any]:
    """The value of every flag by name; lists without white space around items.

    Args:
      values: the flags of the command, as `define_strings` begins them.
      argv: the command line, the program's name first.
      needed: flags without which the command can do nothing.

    Raises:
      ValueError: an unknown flag or argument, a wrong value, an unreadable flag file,
        or a needed flag that is not given.
    """
    parse_flags(values, argv)
    for name in needed:
        if not values[name].value:
            raise ValueError(f"--{name} is needed; --help lists the flags")
    return {name: _stripped(values[name].value) for name in values}


def check_out(out: str) -> Path:
    """The prefix --out as a path.

    Raises:
      FileNotFoundError: its folder does not exist.
    """
    path = Path(out)
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"--out={out}: no folder {path.parent}; create it first"
        )
    return path


def run_command(
    name: str,
    summary: str,
    define: Callable[[], flags.FlagValues],
    main: Callable[[list[str]], None],
) -> None:
    """Runs `python -m experiments.<name>` and exits as `launcher.launch` says.

    --help prints the summary, which has an example, and the flags that `define` makes.
    """
    if any(word in ("--help", "-h", "-help", "--helpfull") for word in sys.argv[1:]):
        print(help_page(summary, define()))
        sys.exit(0)
    launch(f"python -m experiments.{name}", summary, main)


def help_page(summary: str, values: flags.FlagValues) -> str:
    """The summary, and the flags in the order of their definition."""
    lines = [summary.strip(), "", "flags:"]
    for name in values:
        flag = values[name]
        text = flag.help or ""
        if flag.default is not None and flag.default != "" and flag.default != []:
            text += f" [default: {_shown(flag.default)}]"
        lines += textwrap.wrap(
            f"--{'[no]' if flag.boolean else ''}{name}: {text}",
            width=86,
            initial_indent="  ",
            subsequent_indent="      ",
        )
    return "\n".join(lines)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _stripped(value: Any) -> Any:
    return [item.strip() for item in value] if isinstance(value, list) else value
