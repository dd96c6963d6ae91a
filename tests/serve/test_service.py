"""Does the lab's service answer as the command does, and refuse what it should?"""

import os
import shlex
import signal
import subprocess
import tempfile
import unittest

from lab_service import COMMAND, Service, command

JOB = {"soc": "snapdragon-855", "model": "squeezenet_v1_1", "partitioner": "heft"}
AS_OPTIONS = ["--soc", "snapdragon-855", "--model", "squeezenet_v1_1"]


class Answers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service()

    @classmethod
    def tearDownClass(cls):
        assert cls.service.end() == 0

    def good(self, **more):
        status, answer = self.service.ask({**JOB, **more})
        self.assertEqual(status, 200, answer)
        return answer

    def same(self, answer, said):
        for key in said:
            if key not in ("assignment", "partitioner", "status", "belief", "believed_value", "front"):
                self.assertEqual(answer[key], said[key], key)

    def test_a_plan_is_what_run_says(self):
        for name, objective in (("heft", "latency"), ("single", "energy")):
            said = command("run", *AS_OPTIONS, "--partitioner", name, "--objective", objective)
            self.same(self.good(partitioner=name, objective=objective), said)

    def test_every_task_is_there_and_ends_by_the_latency(self):
        answer = self.good()
        self.assertEqual(
            sorted({task["op"] for task in answer["tasks"] if task["kind"] == "compute"}),
            sorted(op["name"] for op in answer["operators"]),
        )
        last = max(task["finish_s"] for task in answer["tasks"])
        self.assertAlmostEqual(last, answer["latency_s"], delta=1e-12)
        for task in answer["tasks"]:
            self.assertLessEqual(task["ready_s"], task["start_s"])
            self.assertLessEqual(task["start_s"], task["finish_s"])

    def test_moves_are_what_an_edited_plan_file_says(self):
        # The network on the GPU; one operator moved, one cut over two units at 0.3 of its rows.
        job = {"partitioner": "single"}
        before = self.good(**job)
        whole, cut = [op for op in before["operators"] if "height" in op["cuts"]][:2]
        moves = {
            whole["name"]: {"unit": "cpu-big"},
            cut["name"]: {"units": ["gpu", "cpu-big"], "cut": "height", "part": 0.3},
        }
        answer = self.good(**job, moves=moves)
        self.assertEqual(answer["moved"], 2)
        with tempfile.TemporaryDirectory() as folder:
            plan = os.path.join(folder, "plan.yaml")
            command("run", *AS_OPTIONS, "--partitioner", "single", "--save-plan", plan)
            with open(plan) as file:
                lines = file.read().splitlines()
            rows = int(cut["shape"].split("x")[2])
            new = {
                whole["name"]: "unit: cpu-big}",
                cut["name"]: f"cut: height, shares: [{{unit: gpu, to: {int(0.3 * rows + 0.5)}}}, "
                f"{{unit: cpu-big, to: {rows}}}]}}",
            }
            for i, line in enumerate(lines):
                for name, place in new.items():
                    if line.startswith(f"  - {{op: {name}, "):
                        lines[i] = f"  - {{op: {name}, {place}"
            with open(plan, "w") as file:
                file.write("\n".join(lines))
            self.same(answer, command("run", *AS_OPTIONS, "--plan", plan))
        self.assertNotEqual(answer["latency_s"], before["latency_s"])

    def test_clocks_are_what_opp_says(self):
        slow = self.good(clocks={"gpu": 257e6})
        said = command("run", *AS_OPTIONS, "--partitioner", "heft", "--opp", "gpu=257MHz")
        self.same(slow, said)
        gpu = next(d for d in slow["domains"] if d["name"] == "gpu")
        self.assertEqual(gpu["opps_hz"][gpu["opp"]], 257e6)

    def test_changes_are_what_change_says(self):
        said = command(
            "run", *AS_OPTIONS, "--partitioner", "heft", "--change", "memory.bandwidth=0.25x"
        )
        self.same(self.good(changes={"memory.bandwidth": "0.25x"}), said)

    def test_wrong_questions_are_refused_in_one_line(self):
        op = self.good()["operators"][0]["name"]
        for change, words in [
            ({"soc": "snapdragon-999"}, "no SoC"),
            ({"soc": "../socs/rk3399pro.yaml"}, "no SoC"),
            ({"model": "/etc/passwd"}, "no network"),
            ({"partitioner": "hefty"}, "heft"),
            ({"objective": "speed"}, "latency"),
            ({"colour": "red"}, "unknown key"),
            ({"moves": {"nothing": {"unit": "gpu"}}}, "nothing"),
            ({"moves": {op: {"unit": "tpu"}}}, "gpu"),
            ({"clocks": {"gpu": 1}}, "gpu"),
            ({"changes": {"colour": "2x"}}, "memory.bandwidth"),
            ({"contention": "perhaps"}, "true"),
        ]:
            with self.subTest(change):
                status, answer = self.service.ask({**JOB, **change})
                self.assertEqual(status, 400)
                self.assertIn(words, answer["error"])
                self.assertNotIn("\n", answer["error"])
        for text in ("", "[]", "{", "nonsense", '{"soc": ', "[" * 5000, '{"soc": {"a": 1}}'):
            status, answer = self.service.ask(text)
            self.assertEqual(status, 400, text)
            self.assertTrue(answer["error"])

    def test_only_its_own_pages_to_its_own_readers(self):
        def status(*request):
            return self.service.request(*request)[0]

        json_type = {"Content-Type": "application/json"}
        for page in ("/", "/lab.js", "/lab.css", "/style.css"):
            code, headers, _ = self.service.request("GET", page)
            self.assertEqual(code, 200)
            self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        for path in ("/nothing", "/../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd"):
            self.assertEqual(status("GET", path), 404)
        self.assertEqual(status("GET", "/", None, {"Host": "elsewhere.example"}), 403)
        self.assertEqual(status("GET", "/", None, {"Host": f"localhost:{self.service.port}"}), 200)
        origin = {**json_type, "Origin": "http://elsewhere.example"}
        self.assertEqual(status("POST", "/api/evaluate", "{}", origin), 403)
        self.assertEqual(status("POST", "/api/evaluate", "{}", {"Content-Type": "text/plain"}), 415)
        self.assertEqual(status("POST", "/api/evaluate", " " * 300_000, json_type), 413)
        self.assertEqual(status("DELETE", "/"), 405)


class Documents(unittest.TestCase):
    def test_every_serve_command_of_the_docs_starts(self):
        root = os.path.join(os.path.dirname(__file__), "..", "..")
        found = []
        for name in ("README.md", "docs/lab.md"):
            with open(os.path.join(root, name)) as file:
                for line in file:
                    if line.startswith("build/release/partita serve"):
                        found.append(shlex.split(line, comments=True)[2:])
        self.assertGreaterEqual(len(found), 2)
        for options in found:
            if "--port" in options:  # Any that is free, here.
                options[options.index("--port") + 1] = "0"
            with Service(*options, cwd=root) as service:
                self.assertEqual(service.request("GET", "/")[0], 200)


class Limits(unittest.TestCase):
    def worker(self, service):
        """The engine's process: the child of the one that keeps it."""

        def children(pid):
            with open(f"/proc/{pid}/task/{pid}/children") as file:
                return [int(child) for child in file.read().split()]

        return children(children(service.process.pid)[0])[0]

    def test_an_engine_that_hangs_or_dies_is_replaced(self):
        question = {**JOB, "model": "alexnet", "partitioner": "single"}
        with Service("--seconds", "5") as service:
            self.assertEqual(service.ask(question)[0], 200)
            os.kill(self.worker(service), signal.SIGSTOP)
            self.assertEqual(service.ask(question), (503, {"error": "took too long"}))
            self.assertEqual(service.ask(question)[0], 200)
            os.kill(self.worker(service), signal.SIGKILL)
            self.assertEqual(service.ask(question)[0], 500)
            self.assertEqual(service.ask(question)[0], 200)

    def test_a_network_of_ones_own(self):
        with tempfile.NamedTemporaryFile("w", suffix=".param") as own:
            own.write(
                "7767517\n3 3\nInput data 0 1 data 0=16 1=16 2=3\n"
                "Convolution conv 1 1 data conv 0=8 1=3 4=1 6=216\nReLU relu 1 1 conv relu\n"
            )
            own.flush()
            with Service("--model", own.name) as service:
                status, answer = service.ask({**JOB, "model": own.name})
                self.assertEqual(status, 200, answer)
                self.assertEqual([op["name"] for op in answer["operators"]], ["conv", "relu"])

    def test_a_port_that_is_taken_is_wrong_input(self):
        with Service() as service:
            again = subprocess.run(
                [COMMAND, "serve", "--port", str(service.port)], capture_output=True, text=True, timeout=30
            )
            self.assertEqual(again.returncode, 2)
            self.assertIn(str(service.port), again.stderr)


if __name__ == "__main__":
    unittest.main()
