"""Do completion and manual say what the command understands?"""
import json
import re
import shutil
import subprocess
import unittest

from common import COMMAND, SOURCE, InFolder, run


def known(*arguments):
    """What the command says it would have understood."""
    said = subprocess.run([COMMAND, *arguments], capture_output=True, text=True, check=False)
    return set(re.search(r"known: (.*)", said.stderr).group(1).split(", "))


class Completion(InFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.script = cls.folder / "partita.bash"
        cls.script.write_text(run(COMMAND, "completion", "bash"))
        for name in ("net.onnx", "phone log.txt"):
            (cls.folder / name).touch()
        (cls.folder / "results").mkdir()

    def complete(self, *words):
        """COMPREPLY where the cursor is behind the last word; words are as readline breaks them."""
        code = ("source \"$1\"; shift; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _partita;"
                "printf '%s\\n' \"${COMPREPLY[@]}\"")
        out = run("bash", "--norc", "-uc", code, "bash", self.script, COMMAND, *words,
                  folder=self.folder)
        return [line for line in out.split("\n") if line]

    def names(self, kind):
        return [row["name"] for row in json.loads(run(COMMAND, "list", kind, "--json"))]

    def test_names_are_those_of_the_listing(self):
        for kind in known("list", "nothing"):
            names = run(COMMAND, "list", kind, "--names").splitlines()
            if kind == "runtimes":  # A row a SoC and runtime there.
                self.assertEqual(set(names), set(self.names(kind)))
                self.assertEqual(len(names), len(set(names)))
            else:
                self.assertEqual(names, self.names(kind))

    def test_commands_and_options(self):
        self.assertEqual(self.complete("com"), ["compare"])
        helped = re.findall(r"^  ([a-z]+)  ", run(COMMAND, "--help"), re.MULTILINE)
        self.assertIn("run", helped)
        self.assertLessEqual(set(helped), set(self.complete("")))
        self.assertNotIn("man", self.complete(""))
        self.assertEqual(self.complete("run", "--part"), ["--partitioner"])
        for command in helped:
            page = run(COMMAND, command, "--help")
            options = set(re.findall(r"^  (?:-\w,)?(--[a-z-]+)", page, re.MULTILINE))
            self.assertEqual(set(self.complete(command, "--")), options, command)

    def test_values_by_name(self):
        socs = self.names("socs")
        rk = [name for name in socs if name.startswith("rk")]
        self.assertEqual(self.complete("run", "--soc", "rk"), rk)
        self.assertEqual(self.complete("run", "--soc", "=", "rk"), rk)
        self.assertEqual(self.complete("run", "--soc", "="), socs)
        self.assertEqual(self.complete("run", "--soc", ""), socs)
        self.assertEqual(self.complete("run", "--json", "--remote", "edge-d"), ["edge-desktop"])
        self.assertEqual(self.complete("compare", "--soc", "rk3588", "--over", "wifi-5"),
                         ["wifi-5"])
        self.assertEqual(self.complete("run", "--partitioner", "chain-d"), ["chain-dp"])
        self.assertEqual(self.complete("run", "--runtime", "armcl-lw"),
                         [n for n in run(COMMAND, "list", "runtimes", "--names").split()
                          if n.startswith("armcl-lw")])
        self.assertEqual(self.complete("live", "--conditions", ""), self.names("conditions"))
        self.assertEqual(self.complete("live", "--workload", ""), self.names("workloads"))
        self.assertEqual(self.complete("live", "--scheduler", ""), self.names("schedulers"))
        self.assertEqual(self.complete("validate", "rk"), ["rk3399pro-mappings"])
        self.assertEqual(set(self.complete("validate", "")), {"all", *self.names("suites")})
        self.assertEqual(self.complete("study", "E3-support", "E5"),
                         [n for n in self.names("experiments") if n.startswith("E5")])
        self.assertEqual(self.complete("show", "link", ""), self.names("links"))
        self.assertEqual(self.complete("show", "soc", "rk3588", "--comp"), ["--compress"])

    def test_lists(self):
        self.assertEqual(self.complete("compare", "--soc", "rk3588,snapdragon-66"),
                         ["rk3588,snapdragon-660"])
        self.assertEqual(self.complete("run", "--model", "googlenet+alexnet-a"),
                         ["googlenet+alexnet-armcl"])
        self.assertEqual(self.complete("compare", "--partitioners", "heft,chain-d"),
                         ["heft,chain-dp"])

    def test_words_are_those_that_are_understood(self):
        job = ["--soc", "rk3588", "--model", "squeezenet"]
        plan = [*job, "--partitioner", "heft"]
        self.assertEqual(set(self.complete("run", "--objective", "")),
                         known("run", *plan, "--objective", "x"))
        self.assertEqual(set(self.complete("run", "--off", "")), known("run", *plan, "--off", "x"))
        self.assertEqual(set(self.complete("live", "--off", "")),
                         known("live", *job, "--off", "x"))
        self.assertEqual(set(self.complete("list", "")), known("list", "x"))
        self.assertEqual(set(self.complete("show", "")), known("show", "x", "y"))
        self.assertEqual(set(self.complete("new", "")), known("new", "x", "y"))
        self.assertEqual(set(self.complete("live", "--governor", "")),
                         {"stock", *known("live", *job, "--governor", "x")})
        self.assertEqual(self.complete("run", "--option", "max_pl"), ["max_plans="])

    def test_files_and_folders(self):
        self.assertEqual(self.complete("import", "ne"), ["net.onnx"])
        self.assertEqual(self.complete("run", "--model", "net."), ["net.onnx"])
        self.assertEqual(self.complete("fit", "--from", "phone"), ["phone log.txt"])
        self.assertEqual(self.complete("new", "partitioner", "mine", "--into", "re"), ["results"])

    def test_nothing_where_nothing_is_known(self):
        self.assertEqual(self.complete("run", "--seed", ""), [])
        self.assertEqual(self.complete("nonsense", "x"), [])
        self.assertEqual(self.complete("bench", "x"), [])

    @unittest.skipUnless(shutil.which("shellcheck"), "no shellcheck here")
    def test_shellcheck(self):
        run("shellcheck", self.script)


class Manual(InFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.page = cls.folder / "partita.1"
        cls.page.write_text(run(COMMAND, "man"))

    def test_no_warnings(self):
        said = subprocess.run(["man", "--warnings=w", "-l", self.page], capture_output=True,
                              text=True, check=False, env={"LC_ALL": "C.UTF-8", "MANWIDTH": "80",
                                                           "PATH": "/usr/bin:/bin"})
        self.assertEqual((said.returncode, said.stderr), (0, ""))

    def test_every_option_of_every_command_is_in_its_section(self):
        text = run("man", "-l", self.page, environment={
            "LC_ALL": "C.UTF-8", "MANWIDTH": "100", "MAN_KEEP_FORMATTING": "", "MANPAGER": "cat"})
        sections = re.split(r"^   (\w[\w-]*)$", text, flags=re.MULTILINE)
        section = dict(zip(sections[1::2], sections[2::2]))
        commands = re.findall(r"^  ([a-z]+)  ", run(COMMAND, "--help"), re.MULTILINE)
        self.assertEqual(list(section), commands)
        for command in commands:
            page = run(COMMAND, command, "--help")
            options = re.findall(r"^  (?:-\w,)?(--[a-z-]+)", page, re.MULTILINE)
            self.assertGreater(len(options), 0)
            for option in options:
                self.assertRegex(section[command], rf"(?m)^ +(-h, )?{option}( |$)")
        for title in ("EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES", "PARTITIONERS"):
            self.assertRegex(text, rf"(?m)^{title}$")
        for name in run(COMMAND, "list", "partitioners", "--names").split():
            self.assertRegex(text, rf"(?m)^ +{name}( |$)")

    def test_they_are_not_offered_but_they_are_there(self):
        self.assertNotRegex(run(COMMAND, "--help"), r"(?m)^  (man|completion)\b")
        self.assertIn("known: ", subprocess.run([COMMAND, "mam"], capture_output=True, text=True,
                                                check=False).stderr)
        self.assertNotIn("completion", known("mam"))
        run(COMMAND, "completion", "zsh", code=2)
        self.assertEqual(known("completion", "zsh"), {"bash"})
        # The same text each time: packages are reproducible.
        self.assertEqual(run(COMMAND, "man"), self.page.read_text())


if __name__ == "__main__":
    unittest.main()
