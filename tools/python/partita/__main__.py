"""python3 -m partita: the command."""

import signal
import sys

from ._main import main

if __name__ == "__main__":
    # As the command: Ctrl-C ends it at once, also in the middle of the engine.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(main())
