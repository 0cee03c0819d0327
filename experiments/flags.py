"""Turns `Configuration` into absl flags and parsed flags into a `Configuration`."""

from __future__ import annotations

import dataclasses
import math
import textwrap
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from absl import flags

from experiments.configuration import Configuration

_NUMBERS: dict[Any, Any] = {"tuple[int, ...]": int, "tuple[float, ...]": float}

__all__ = [
    "CommandLine",
    "as_flagfile",
    "define_option",
    "help_text",
    "new_flags",
    "option_value",
    "parse",
    "parse_flags",
    "sections",
]


def new_flags() -> flags.FlagValues:
    """Flag values with no flag but those that read a --flagfile."""
    values = flags.FlagValues()
    for name, text in (
        ("flagfile", "flags from a file, one a line"),
        ("undefok", "flags that may be unknown"),
    ):
        flags.DEFINE_string(name, "", text, flag_values=values)
    return values


def parse_flags(values: flags.FlagValues, argv: Sequence[str]) -> None:
    """Parses a command line, the program's name first, into the flags defined.

    Raises:
      ValueError: an unknown flag or argument, a wrong value, an unreadable flag file.
    """
    try:
        rest = values(list(argv))[1:]
    except flags.Error as error:
        # absl begins some of its messages so itself.
        text = str(error).removeprefix("ERROR:: ")
        raise ValueError(f"{text}; --help lists the flags") from error
    if rest:
        raise ValueError(f"{rest[0]!r} is not a flag: flags begin with --; see --help")


def sections(configuration: Configuration | type[Configuration]) -> dict[str, Any]:
    """The stages' own dataclasses (or instances) by stage name, in pipeline order."""
    names = [field.name for field in dataclasses.fields(Configuration)]
    if isinstance(configuration, type):
        hints = typing.get_type_hints(configuration)
        return {name: hints[name] for name in names}
    return {name: getattr(configuration, name) for name in names}


def define_flags(values: flags.FlagValues) -> None:
    """Defines every flag of `Configuration`, with --workdir and --overwrite."""
    flags.DEFINE_string(
        "workdir", "gxjax_out", "folder of all results", flag_values=values
    )
    flags.DEFINE_bool(
        "overwrite",
        False,
        "redo the stages whose flags changed, and all after them; with no change, all",
        flag_values=values,
    )
    for section in sections(Configuration).values():
        hints = typing.get_type_hints(section)
        for field in dataclasses.fields(section):
            define_option(field, hints[field.name], values)


def define_option(field: Any, hint: Any, values: flags.FlagValues) -> None:
    """Defines the flag of a dataclass's field, whose resolved type is `hint`."""
    name, default, metadata = field.name, field.default, field.metadata
    shared: dict[str, Any] = {"help": metadata["help"], "flag_values": values}
    bounds: dict[str, Any] = {
        "lower_bound": metadata.get("lower"),
        "upper_bound": metadata.get("upper"),
    }
    kinds = typing.get_args(hint) or (hint,)
    if "choices" in metadata:
        flags.DEFINE_enum(name, default, list(metadata["choices"]), **shared)
    elif typing.get_origin(hint) is tuple:
        flags.DEFINE_list(name, [str(item) for item in default], **shared)
    elif bool in kinds:
        flags.DEFINE_bool(name, default, **shared)
    elif int in kinds:
        flags.DEFINE_integer(name, default, **shared, **bounds)
    elif float in kinds:
        flags.DEFINE_float(name, default, **shared, **bounds)
    else:
        flags.DEFINE_string(name, default, **shared)


class CommandLine(NamedTuple):
    """What a command line asks for."""

    configuration: Configuration
    workdir: Path
    overwrite: bool


def parse(argv: Sequence[str]) -> CommandLine:
    """Parses a command line; paths are made absolute.

    Raises:
      ValueError: an unknown flag or argument, a wrong value, an unreadable flag file.
    """
    values = new_flags()
    define_flags(values)
    parse_flags(values, argv)
    workdir, overwrite = values["workdir"].value, values["overwrite"].value
    if not workdir:
        raise ValueError("--workdir is empty: name the folder of all results")
    return CommandLine(
        _configuration(values), Path(str(workdir)).absolute(), bool(overwrite)
    )


def _configuration(values: flags.FlagValues) -> Configuration:
    parts = {}
    for name, section in sections(Configuration).items():
        found = {
            field.name: option_value(field, values[field.name].value)
            for field in dataclasses.fields(section)
        }
        parts[name] = section(**found)
    return Configuration(**parts)


def option_value(field: dataclasses.Field, value: Any) -> Any:
    """What was given for a field's flag, checked; raises ValueError."""
    if field.type in _NUMBERS:
        return _numbers(field, value)
    if isinstance(value, list):
        if not value:
            raise ValueError(f"--{field.name} is empty: name at least one")
        return tuple(text.strip() for text in value)
    if field.metadata.get("is_path") and value is not None:
        if not value:
            raise ValueError(f"--{field.name} is empty: name a file or leave it out")
        return str(Path(value).absolute())
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"--{field.name}={value}: expected a finite number")
    return value


def _numbers(field: dataclasses.Field, value: list[str]) -> tuple[int | float, ...]:
    """A list of numbers; 'none' is an empty one, where whole numbers are asked for."""
    kind = _NUMBERS[field.type]
    lowest = field.metadata["lower"]
    if kind is int and value == ["none"]:
        return ()
    try:
        numbers = tuple(kind(text) for text in value)
    except ValueError:
        numbers = ()
    if not numbers or not all(lowest <= number < math.inf for number in numbers):
        what = "whole numbers" if kind is int else "numbers"
        raise ValueError(
            f"--{field.name}={','.join(value)}: expected {what} of {lowest} or more "
            f"with commas between, for example {_shown(field.default)}"
        )
    return numbers


def help_text(program: str, summary: str) -> str:
    """The page that --help prints: examples, then every flag by stage."""
    lines = [summary.strip(), "", f"usage: {program} [--flag value ...]", ""]
    own = "--workdir DIR  --overwrite  --flagfile FILE (flags from a file, one a line)"
    lines += ["every stage:", f"  {own}", ""]
    for name, section in sections(Configuration).items():
        lines.append(f"{name}: {section.__doc__}")
        for field in dataclasses.fields(section):
            choices = field.metadata.get("choices")
            text = field.metadata["help"] + (
                f" ({'|'.join(choices)})" if choices else ""
            )
            if field.default is not None:
                text += f" [default: {_shown(field.default)}]"
            switch = "[no]" if isinstance(field.default, bool) else ""
            lines += textwrap.wrap(
                f"--{switch}{field.name}: {text}",
                width=86,
                initial_indent="  ",
                subsequent_indent="      ",
            )
        lines.append("")
    return "\n".join(lines)


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "none"
    return str(value)


def as_flagfile(configuration: Configuration) -> str:
    """The flags as a --flagfile that repeats the run, one line a flag."""
    lines = []
    for name, section in sections(configuration).items():
        lines.append(f"# {name}")
        for field in dataclasses.fields(section):
            value = getattr(section, field.name)
            if not field.metadata.get("saved", True):
                continue
            if isinstance(value, bool):
                lines.append(f"--{'' if value else 'no'}{field.name}")
            elif value is not None:
                lines.append(f"--{field.name}={_shown(value)}")
    return "\n".join(lines) + "\n"


def by_section(flagfile: str) -> dict[str, dict[str, str]]:
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
