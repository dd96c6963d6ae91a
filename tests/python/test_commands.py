"""Does a function say what the command says, and take what the command takes?"""

import inspect
import json
import os
import pathlib
import subprocess
import sys
import unittest

import partita
from partita import _core
from support import InScratch, said_by_command

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "docs" / "examples"
RUN = ["run", "--soc", "rk3399pro", "--model", "alexnet-armcl"]


class Parity(InScratch):
    def check(self, function, keywords, *arguments):
        text = said_by_command(*arguments, "--json")
        self.assertEqual(_core.execute([*arguments, "--json"]), text)
        self.assertEqual(function(**keywords), json.loads(text))

    def test_run(self):
        self.check(
            partita.run,
            {"soc": "rk3399pro", "model": "alexnet-armcl", "partitioner": "chain-dp"},
            *RUN, "--partitioner", "chain-dp",
        )

    def test_run_with_every_kind_of_argument(self):
        self.check(
            partita.run,
            {
                "soc": "rk3399pro",
                "model": "alexnet-armcl",
                "partitioner": "annealing",
                "option": {"max_evaluations": 50},
                "opp": ["big=1.2GHz", "top"],
                "off": ["copy", "input"],
                "requests": 4,
                "no_contention": True,
                "seed": 3,
            },
            *RUN, "--partitioner", "annealing", "--option", "max_evaluations=50", "--opp", "big=1.2GHz",
            "--opp", "top", "--off", "copy,input", "--requests", "4", "--no-contention",
            "--seed", "3",
        )

    def test_compare(self):
        self.check(
            partita.compare,
            {
                "soc": "snapdragon-855",
                "model": "squeezenet",
                "runtime": "roofline",
                "partitioners": ["single", "heft"],
                "objective": "energy",
            },
            "compare", "--soc", "snapdragon-855", "--model", "squeezenet", "--runtime",
            "roofline", "--partitioners", "single,heft", "--objective", "energy",
        )

    def test_compare_of_several_socs_in_processes(self):
        self.check(
            partita.compare,
            {
                "soc": ["rk3399pro", "rk3588"],
                "model": "squeezenet",
                "runtime": "roofline",
                "partitioners": "greedy",
                "jobs": 2,
            },
            "compare", "--soc", "rk3399pro,rk3588", "--model", "squeezenet", "--runtime",
            "roofline", "--partitioners", "greedy",
        )

    def test_live(self):
        self.check(
            partita.live,
            {
                "soc": "rk3588",
                "model": "squeezenet",
                "runtime": "roofline",
                "duration": "200 ms",
                "governor": "stock",
                "off": "heat",
            },
            "live", "--soc", "rk3588", "--model", "squeezenet", "--runtime", "roofline",
            "--duration", "200 ms", "--governor", "stock", "--off", "heat",
        )

    def test_explain(self):
        self.check(
            partita.explain,
            {"soc": "rk3399pro", "model": "alexnet-armcl", "partitioner": "heft", "first": True},
            "explain", "--soc", "rk3399pro", "--model", "alexnet-armcl", "--partitioner",
            "heft", "--first",
        )

    def test_list_and_show(self):
        self.check(partita.list, {"what": "partitioners"}, "list", "partitioners")
        self.check(partita.show, {"what": "soc", "name": "rk3588"}, "show", "soc", "rk3588")
        self.check(
            partita.show,
            {"what": "model", "name": "resnet18", "compress": ["prune:0.5", "int8"]},
            "show", "model", "resnet18", "--compress", "prune:0.5,int8",
        )

    def test_text_for_people(self):
        self.assertEqual(
            partita.show("link", "wifi-5", text=True), said_by_command("show", "link", "wifi-5")
        )

    def test_replay_of_what_live_has_sampled(self):
        job = {"soc": "rk3588", "model": "squeezenet", "runtime": "roofline"}
        partita.live(**job, duration="100ms", samples=pathlib.Path("phone.csv"))
        self.check(
            partita.replay,
            {"recording": "phone.csv", **job, "duration": "50ms"},
            "replay", "phone.csv", "--soc", "rk3588", "--model", "squeezenet", "--runtime",
            "roofline", "--duration", "50ms",
        )

    def test_import_and_new(self):
        pathlib.Path("tiny.yaml").write_text(
            'network: tiny\nsource: "by hand"\noperators:\n'
            "  - {name: data, kind: input, shape: 1x3x8x8}\n"
            "  - {name: c1, kind: conv, in: [data], channels: 4, kernel: 3, pad: 1}\n",
            encoding="utf-8",
        )
        told = partita.import_network("tiny.yaml", output="again.yaml")
        self.assertEqual(told, said_by_command("import", "tiny.yaml", "--output", "again.yaml"))
        self.assertEqual(partita.show("model", "./again.yaml")["operators"][1]["macs"], 6912)
        self.assertIn("wrote ./my_idea.cpp", partita.new_partitioner("my-idea"))
        self.assertTrue(os.path.exists("my_idea_test.cpp"))

    def test_validate(self):
        self.check(partita.validate, {"suite": "contention"}, "validate", "contention")

    def test_study(self):
        self.check(
            partita.study, {"experiments": ["E3"], "quick": True}, "study", "E3", "--quick"
        )

    def test_fit(self):
        log = str(EXAMPLES / "benchncnn.txt")
        self.check(
            partita.fit,
            {"soc": "rk3588", "runtime": "ncnn", "from_": [EXAMPLES / "benchncnn.txt"]},
            "fit", "--soc", "rk3588", "--runtime", "ncnn", "--from", log,
        )

    def test_bench_is_the_command(self):
        # It takes long and never says the same twice; what it refuses comes from it.
        with self.assertRaisesRegex(partita.InputError, "--plugin none.so: no such file"):
            partita.bench(plugin="none.so")


class CommandLine(InScratch):
    def python(self, *arguments):
        return subprocess.run(
            [sys.executable, "-m", "partita", *arguments],
            capture_output=True, text=True, check=False,
        )

    def test_module_is_the_command(self):
        done = self.python("list", "links")
        self.assertEqual((done.returncode, done.stdout), (0, said_by_command("list", "links")))

    def test_wrong_input_is_one_line_and_code_2(self):
        done = self.python("run", "--soc", "nothing", "--model", "squeezenet", "--partitioner",
                           "heft")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertEqual(done.stderr, said_by_command(
            "run", "--soc", "nothing", "--model", "squeezenet", "--partitioner", "heft", code=2))


class Signatures(unittest.TestCase):
    def test_every_option_is_a_parameter(self):
        for command in _core.command_table():
            if command["name"] == "serve":  # Runs until it is stopped.
                continue
            function = getattr(
                partita, {"import": "import_network"}.get(command["name"], command["name"])
            )
            options = [a["name"].replace("-", "_") for a in command["arguments"]]
            expected = {"from_" if o == "from" else o for o in options} - {"json"}
            if "json" in options:
                expected.add("text")
            self.assertEqual(set(inspect.signature(function).parameters), expected)
            self.assertTrue(function.__doc__.startswith(command["summary"]))

    def test_job_takes_what_run_takes_of_a_job(self):
        job = set(inspect.signature(partita.Job).parameters)
        run = set(inspect.signature(partita.run).parameters)
        of_one_plan = {"partitioner", "mapping", "plan", "save_plan", "off", "trace", "csv", "text"}
        self.assertEqual(run - job - {"report"}, of_one_plan)
        self.assertEqual(job - run, set())

    def test_values_that_are_no_texts(self):
        with self.assertRaisesRegex(TypeError, "requests: takes a text or a number"):
            partita.run("rk3588", "squeezenet", partitioner="heft", requests=True)
        with self.assertRaisesRegex(TypeError, "no_contention: True or False"):
            partita.run("rk3588", "squeezenet", partitioner="heft", no_contention="yes")


class Errors(unittest.TestCase):
    def test_input_error_is_a_value_error_with_the_commands_line(self):
        with self.assertRaises(ValueError) as caught:
            partita.run("nothing", "squeezenet", partitioner="heft")
        self.assertIs(type(caught.exception), partita.InputError)
        self.assertIn('unknown SoC "nothing"', str(caught.exception))

    def test_unsupported_error_is_a_runtime_error(self):
        with self.assertRaises(RuntimeError) as caught:
            partita.run("rk3588", "squeezenet", partitioner="pipeline", objective="energy")
        self.assertIs(type(caught.exception), partita.UnsupportedError)
        self.assertIn("cannot optimise energy", str(caught.exception))

    def test_of_one_among_several(self):
        with self.assertRaises(partita.InputError):
            partita.compare("rk3588,nothing", "squeezenet", partitioners="heft", jobs=2)


if __name__ == "__main__":
    unittest.main()
