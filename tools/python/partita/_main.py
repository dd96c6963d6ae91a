"""The command itself."""

from __future__ import annotations

import sys
from typing import Optional, Sequence

from . import _core


def main(argv: Optional[Sequence[str]] = None) -> int:
    """The command line: writes to the terminal, returns 0, or 2 for wrong input.

    argv: without the program's name; None: sys.argv's. What a partitioner in Python raises, and
    failures, come out as exceptions.
    """
    sys.stdout.flush()
    try:
        _core.execute(list(sys.argv[1:] if argv is None else argv), terminal=True)
    except (_core.InputError, _core.UnsupportedError) as error:
        print("partita:", " ".join(str(error).split()), file=sys.stderr)
        return 2
    return 0
