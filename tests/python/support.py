"""The command beside the module."""

import os
import subprocess
import tempfile
import unittest

COMMAND = os.environ["PARTITA_COMMAND"]


def said_by_command(*arguments, code=0):
    """What the command writes to standard output, as text."""
    done = subprocess.run([COMMAND, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


class InScratch(unittest.TestCase):
    """A test that runs in an empty folder."""

    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self._before = os.getcwd()
        os.chdir(self._folder.name)

    def tearDown(self):
        os.chdir(self._before)
        self._folder.cleanup()
