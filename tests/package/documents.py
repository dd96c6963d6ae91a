"""Are the documents and the headers' comments without a warning of doxygen; is the citation whole?"""
import re
import shutil
import unittest

import yaml

from common import COMMAND, SOURCE, InFolder, run


class Documents(InFolder):
    @unittest.skipUnless(shutil.which("doxygen"), "no doxygen here")
    def test_doxygen_has_nothing_to_complain_of(self):
        run(SOURCE / "tools/make_docs", self.folder)
        self.assertIn("Simulates neural-network inference",
                      (self.folder / "html/index.html").read_text())
        self.assertTrue((self.folder / "html/structpartita_1_1PartitionProblem.html").is_file())

    @unittest.skipUnless(shutil.which("doxygen"), "no doxygen here")
    def test_doxygen_is_asked_to_complain(self):
        """The test above could fail: a comment that is wrong is an error."""
        (self.folder / "wrong.h").write_text("/// \\nonsense of <nothing>\nint wrong();\n")
        settings = (SOURCE / "docs/Doxyfile").read_text()
        settings = re.sub(r"INPUT  .*\\\n.*\n", f"INPUT = {self.folder}/wrong.h\n", settings)
        file = self.folder / "Doxyfile"
        file.write_text(f"{settings}\nOUTPUT_DIRECTORY = {self.folder}/wrong\n")
        run("doxygen", file, folder=SOURCE, code=1)

    def test_citation(self):
        """Keys and types that the Citation File Format 1.2.0 requires, and our own facts."""
        citation = yaml.safe_load((SOURCE / "CITATION.cff").read_text())
        for key in ("cff-version", "message", "title", "authors"):
            self.assertIn(key, citation)
        known = {"abstract", "authors", "cff-version", "commit", "contact", "date-released", "doi",
                 "identifiers", "keywords", "license", "license-url", "message",
                 "preferred-citation", "references", "repository", "repository-artifact",
                 "repository-code", "title", "type", "url", "version"}
        self.assertLessEqual(set(citation), known)
        self.assertEqual(citation["cff-version"], "1.2.0")
        self.assertEqual(citation["type"], "software")
        self.assertEqual(citation["authors"], [{"name": "The Partita developers"}])
        self.assertEqual(f"partita {citation['version']}\n", run(COMMAND, "--version"))
        self.assertEqual(citation["license"], "Apache-2.0")
        self.assertIn("Apache License", (SOURCE / "LICENSE").read_text())
        self.assertRegex(str(citation["date-released"]), r"^\d{4}-\d{2}-\d{2}$")
        self.assertEqual(len(citation["keywords"]), len(set(citation["keywords"])))
        self.assertTrue(all(isinstance(word, str) for word in citation["keywords"]))


if __name__ == "__main__":
    unittest.main()
