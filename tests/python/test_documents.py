"""Do the Python blocks of the documents run, and print what stands below them?"""

import contextlib
import io
import os
import pathlib
import re
import unittest

from support import InScratch

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
BLOCK = re.compile(r"^```(python|output)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def matches(expected, got):
    """Line by line; `...` stands for any lines."""
    pattern = "".join(
        r"(?:.*\n)*" if line == "..." else re.escape(line) + "\n" for line in expected.splitlines()
    )
    return re.fullmatch(pattern, "".join(line.rstrip() + "\n" for line in got.splitlines()))


class Documents(InScratch):
    def check(self, name):
        text = (DOCS / name).read_text(encoding="utf-8")
        names, said, ran = {"__name__": "__main__"}, "", 0
        for block in BLOCK.finditer(text):
            kind, content = block.groups()
            line = text.count("\n", 0, block.start()) + 1
            with self.subTest(f"{name}:{line}"):
                if kind == "output":
                    self.assertTrue(matches(content, said), f"it printed\n{said}")
                    continue
                out = io.StringIO()
                with contextlib.redirect_stdout(out):
                    exec(compile("\n" * line + content, name, "exec"), names)  # Lines as in the file.
                said, ran = out.getvalue(), ran + 1
        return ran

    def test_python(self):
        self.assertGreater(self.check("python.md"), 5)
        self.assertEqual(os.listdir("."), [])

    def tearDown(self):
        import partita

        for name in partita.registered():
            partita.unregister(name)
        super().tearDown()


if __name__ == "__main__":
    unittest.main()
