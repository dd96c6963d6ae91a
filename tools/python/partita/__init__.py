"""Simulator and performance model of neural-network inference on mobile SoCs.

Every command is a function here, with the command's options as keywords, and returns what the
command writes with --json:

    >>> import partita
    >>> table = partita.compare("rk3399pro", "alexnet-armcl", partitioners="single,heft")
    >>> table["plans"][0]["name"]

For loops of one's own there is `Job`: a SoC, a network and its costs as NumPy arrays, plans made
from arrays, estimated and simulated. `partitioner` makes a Python function one of the
partitioners.

One thread at a time is in the engine; others wait, and Python's other threads go on. Work in
parallel by processes. Wrong input raises InputError (a ValueError); what this build, unit or
algorithm cannot do, UnsupportedError (a RuntimeError).
"""

from . import draw
from ._core import (
    Costs,
    Graph,
    InputError,
    Mode,
    Operator,
    Plan,
    Problem,
    Result,
    Soc,
    Unit,
    UnsupportedError,
    data_folder,
)
from ._main import main
from ._partitioners import Option, Partitioner, partitioner, registered, unregister
from .commands import *  # noqa: F403: the list of commands is the parser's.
from .commands import __all__ as _commands
from .commands import __version__

__all__ = [
    "Costs",
    "Graph",
    "InputError",
    "Mode",
    "Operator",
    "Option",
    "Partitioner",
    "Plan",
    "Problem",
    "Result",
    "Soc",
    "Unit",
    "UnsupportedError",
    "data_folder",
    "draw",
    "main",
    "partitioner",
    "registered",
    "unregister",
] + _commands
