"""Partitioners written in Python."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Mapping, Sequence, TypeVar

from . import _core


@dataclass(frozen=True)
class Option:
    """A number that a partitioner's user may set: `--option KEY=VALUE`, or a keyword."""

    preset: float
    least: float
    most: float
    unit: str = "1"
    help: str = ""


@dataclass(frozen=True)
class Partitioner:
    """A registered function and what is said about it."""

    name: str
    summary: str
    function: Callable[[_core.Problem], Any]
    objectives: Sequence[str] = ("latency",)
    options: Mapping[str, Option] = field(default_factory=dict)
    belief: str = "truth"
    source: str = ""
    search: bool = False


Function = TypeVar("Function", bound=Callable[[_core.Problem], Any])


def partitioner(
    name: str,
    summary: str,
    *,
    objectives: Sequence[str] = ("latency",),
    options: Mapping[str, Option] = {},
    belief: str = "truth",
    source: str = "",
    search: bool = False,
) -> Callable[[Function], Function]:
    """Makes a function known as a partitioner: `compare`, `run`, ... and `Job.partition` take it.

    The function gets a `Problem` and returns what `Job.plan` takes: letters, an array of modes'
    indices, a list, or a plan that the problem has made. What it raises comes out of the call that
    asked for it; an UnsupportedError makes `compare` list it as not applicable.

    name: small letters, digits and hyphens; a name given before is replaced.
    objectives: what it can optimise, of latency, energy, edp and throughput.
    options: numbers the user may set; the problem has them all, presets filled in.
    belief: what it plans by, from `partita.list("beliefs")`, unless the user says otherwise.
    search: it takes seconds; `partitioners="heuristics"` leaves it out.
    """

    def register(function: Function) -> Function:
        entry = Partitioner(
            name, summary, function, tuple(objectives), dict(options), belief, source, search
        )
        _core.check_partitioner(entry)
        _core.registered[name] = entry
        return function

    return register


def unregister(name: str) -> None:
    """Forgets a partitioner. KeyError: there is none of that name."""
    del _core.registered[name]


def registered() -> Dict[str, Partitioner]:
    """The partitioners in Python, by name."""
    return dict(_core.registered)
