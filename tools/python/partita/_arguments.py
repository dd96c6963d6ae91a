"""From Python's keywords to the command's arguments."""

from __future__ import annotations

import json
import os
from typing import Any, Dict, List, Mapping, NamedTuple, Sequence, Union

from . import _core

Value = Union[str, int, float, "os.PathLike[str]"]
"""What one option takes; the command reads its text."""
Values = Union[Value, Sequence[Value], Mapping[str, Value]]
"""Several of it, or KEY: VALUE pairs."""


class Argument(NamedTuple):
    """One argument of a command, as the parser knows it."""

    name: str
    positional: bool = False
    flag: bool = False
    several: bool = False


def _text(name: str, value: Any) -> str:
    if isinstance(value, (str, os.PathLike)):
        return os.fspath(value)
    if isinstance(value, bool) or value is None:
        raise TypeError(f"{name}: takes a text or a number, not {value!r}")
    if hasattr(value, "__index__"):
        return str(value.__index__())
    if hasattr(value, "__float__"):
        return repr(float(value))
    raise TypeError(f"{name}: takes a text or a number, not {value!r}")


def _texts(name: str, value: Any) -> List[str]:
    if isinstance(value, Mapping):
        return [f"{key}={_text(name, item)}" for key, item in value.items()]
    if isinstance(value, (str, bytes, os.PathLike)) or not hasattr(value, "__iter__"):
        return [_text(name, value)]
    return [_text(name, item) for item in value]


def arguments(known: Mapping[str, Argument], given: Mapping[str, Any]) -> List[str]:
    """The command's arguments. None and False leave an option out."""
    options: List[str] = []
    positional: List[str] = []
    for name, value in given.items():
        argument = known[name]
        if value is None:
            continue
        if argument.flag:
            if not isinstance(value, bool):
                raise TypeError(f"{name}: True or False, not {value!r}")
            if value:
                options.append(f"--{argument.name}")
        elif argument.positional:
            positional += _texts(name, value)
        elif argument.several:
            options += [f"--{argument.name}={text}" for text in _texts(name, value)]
        else:
            options.append(f"--{argument.name}={','.join(_texts(name, value))}")
    return options + (["--"] + positional if positional else [])


def call(command: str, known: Mapping[str, Argument], given: Dict[str, Any]) -> Any:
    """What the command says: of --json as Python's dicts and lists, else its text."""
    as_text = given.pop("text", True)
    line = [command] + ([] if as_text else ["--json"]) + arguments(known, given)
    said = _core.execute(line)
    return said if as_text else json.loads(said)
