"""What the tests of the installation share."""
import os
import pathlib
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["PARTITA_BUILD"])
SOURCE = pathlib.Path(os.environ["PARTITA_SOURCE"])
COMMAND = BUILD / "partita"


def run(*arguments, environment=None, folder=None, code=0):
    """Standard output; fails where the exit code is another. The environment has no PARTITA_*."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PARTITA_")}
    said = subprocess.run([str(a) for a in arguments], cwd=folder, env=clean | (environment or {}),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if said.returncode != code:
        raise AssertionError(f"{arguments}: exit code {said.returncode}\n{said.stdout[-4000:]}\n"
                             f"{said.stderr[-4000:]}")
    return said.stdout


class InFolder(unittest.TestCase):
    """A folder for a test case, removed after it."""

    @classmethod
    def setUpClass(cls):
        cls._folder = tempfile.TemporaryDirectory(prefix="partita-package-")
        cls.folder = pathlib.Path(cls._folder.name)
        cls.addClassCleanup(cls._folder.cleanup)
