"""Does an installation work where it is moved to, and for programs and plug-ins of others?"""
import json
import re
import subprocess
import sys
import unittest

from common import BUILD, SOURCE, InFolder, run



def shell(section, begins, places):
    """Runs what docs/install.md says in a section, from a line on, in other places."""
    text = (SOURCE / "docs/install.md").read_text()
    text = re.search(rf"\n## {section}.*?(?=\n## |\Z)", text, re.DOTALL).group()
    lines = re.search(r"```sh\n(.*?)```", text, re.DOTALL).group(1)
    lines = lines[lines.index(begins):]
    for place, instead in {**places, "build/release": BUILD}.items():
        lines = lines.replace(place, str(instead))
    return run("bash", "-euc", lines, folder=SOURCE)


class Installed(InFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        first = cls.folder / "partita"
        shell("From source", "cmake --install", {"~/partita": first})
        cls.prefix = cls.folder / "moved" / "on"
        cls.prefix.parent.mkdir()
        first.rename(cls.prefix)
        cls.command = cls.prefix / "bin" / "partita"
        # What the data say here they say nowhere else.
        soc = cls.prefix / "share/partita/socs/rk3588.yaml"
        text = soc.read_text()
        title = json.loads(run(cls.command, "show", "soc", "rk3588", "--json"))["title"]
        soc.write_text(text.replace(title, "Moved", 1))

    def title(self, command, **environment):
        shown = run(command, "show", "soc", "rk3588", "--json", environment=environment,
                    folder=self.folder)
        return json.loads(shown)["title"]

    def test_the_command_reads_its_own_data(self):
        self.assertEqual(self.title(self.command), "Moved")
        link = self.folder / "link"
        link.symlink_to(self.command)
        self.assertEqual(self.title(link), "Moved")
        self.assertNotEqual(self.title(self.command, PARTITA_DATA=str(SOURCE)), "Moved")
        self.assertNotEqual(self.title(BUILD / "partita"), "Moved")

    def test_all_of_the_data_is_there_and_nothing_else(self):
        share = self.prefix / "share/partita"
        for folder in ("socs", "models", "traces", "validation"):
            wanted = {p.relative_to(SOURCE) for p in (SOURCE / folder).rglob("*")
                      if p.is_file() and p.suffix in (".yaml", ".csv", ".json", ".param")}
            self.assertTrue(wanted)
            there = {p.relative_to(share) for p in (share / folder).rglob("*") if p.is_file()}
            self.assertEqual(wanted - there, set())
            self.assertEqual({p for p in there if p.suffix in (".cpp", ".h", ".py", ".pyc")}, set())

    def test_it_predicts_as_the_build_does(self):
        job = ["run", "--soc", "snapdragon-855", "--model", "mobilenetv2_w1", "--runtime", "tflite",
               "--partitioner", "heft", "--json"]
        self.assertEqual(run(self.command, *job), run(BUILD / "partita", *job))

    def test_a_program_links_it(self):
        build = self.folder / "consumer"
        said = shell("In a program of yours", "", {"~/partita": self.prefix, "~/mine": build})
        cache = (build / "CMakeCache.txt").read_text()
        self.assertIn(f"partita_DIR:PATH={self.prefix}/lib/cmake/partita", cache)
        mapping, estimated, simulated = said.splitlines()[-1].split()
        job = json.loads(run(self.command, "run", "--soc", "rk3588", "--model", "squeezenet",
                             "--runtime", "roofline", "--partitioner", "heft", "--json"))
        self.assertEqual(mapping, job["mapping"])
        self.assertAlmostEqual(float(estimated), job["estimate_latency_s"], delta=1e-15)
        self.assertAlmostEqual(float(simulated), job["latency_s"], delta=1e-15)

    def test_the_document_shows_the_program(self):
        shown = re.search(r"```cmake\n(.*?)```", (SOURCE / "docs/install.md").read_text(),
                          re.DOTALL).group(1)
        self.assertIn(shown, (SOURCE / "tests/consumer/CMakeLists.txt").read_text())

    def test_a_version_or_room_that_is_not_there_is_not_found(self):
        for asked, says in (("0.2", "compatible with requested version"), ("0.1 COMPONENTS phone", "there is no room phone; known: headers, base,")):
            folder = self.folder / asked.replace(" ", "-")
            folder.mkdir()
            (folder / "CMakeLists.txt").write_text(
                "cmake_minimum_required(VERSION 3.25)\nproject(none LANGUAGES NONE)\n"
                f"find_package(partita {asked} REQUIRED)\n")
            said = subprocess.run(["cmake", "-S", folder, "-B", folder / "build",
                                   f"-DCMAKE_PREFIX_PATH={self.prefix}"],
                                  capture_output=True, text=True, check=False)
            self.assertNotEqual(said.returncode, 0)
            self.assertIn(says, " ".join(said.stderr.split()))

    def test_a_plug_in_is_built_with_it(self):
        mine = self.folder / "mine"
        mine.mkdir()
        run(self.command, "new", "partitioner", "my-idea", "--into", mine)
        self.assertIn(f'set(PARTITA "{self.prefix}"', (mine / "CMakeLists.txt").read_text())
        run("cmake", "-G", "Ninja", "-S", mine, "-B", mine / "build", "-DCMAKE_BUILD_TYPE=Debug")
        cache = (mine / "build/CMakeCache.txt").read_text()
        self.assertIn(f"partita_DIR:PATH={self.prefix}/lib/cmake/partita", cache)
        run("cmake", "--build", mine / "build", "--target", "my_idea")
        result = json.loads(run(self.command, "run", "--soc", "rk3588", "--model", "squeezenet",
                                "--partitioner", "my-idea", "--plugin",
                                mine / "build/libmy_idea.so", "--json"))
        self.assertEqual(result["partitioner"], "my-idea")

    def test_manual_and_completion_are_where_they_are_looked_for(self):
        self.assertTrue((self.prefix / "share/man/man1/partita.1.gz").is_file())
        self.assertTrue((self.prefix / "share/bash-completion/completions/partita").is_file())
        page = run("man", "-M", self.prefix / "share/man", "partita",
                   environment={"MANPAGER": "cat", "LC_ALL": "C.UTF-8"})
        self.assertIn("EXIT STATUS", page)

    @unittest.skipUnless((BUILD / "python/partita").is_dir(), "built without the Python module")
    def test_python_reads_the_same_data(self):
        code = ("import partita, pathlib; print(pathlib.Path(partita.__file__).parent);"
                "print(partita.Soc('rk3588').title)")
        where, title = run(sys.executable, "-c", code, folder=self.folder, environment={
            "PYTHONPATH": str(self.prefix / "lib/python3/dist-packages")}).splitlines()
        self.assertEqual(where, str(self.prefix / "lib/python3/dist-packages/partita"))
        self.assertEqual(title, "Moved")


if __name__ == "__main__":
    unittest.main()
