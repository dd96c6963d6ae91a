"""Does a sweep give the same rows whoever makes them, whatever ends it, and refuse what is wrong?"""

import csv
import json
import os
import random
import resource
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

COMMAND = os.environ["PARTITA_COMMAND"]

PLAN = """\
title: three factors
design: latin-hypercube
points: 2000
seed: 4
job:
  soc: [snapdragon-855, rk3588]
  model: squeezenet
  partitioner: [single, greedy, ios]
changes:
  memory.bandwidth: {from: 0.1x, to: 4x, scale: log}
  gpu.speed: {from: 0.5x, to: 2x}
  links: [0x, 1x, 4x]
batch: 40
"""


class Folder(unittest.TestCase):
    def setUp(self):
        self.kept = tempfile.TemporaryDirectory()
        self.addCleanup(self.kept.cleanup)
        self.folder = self.kept.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def sweep(self, *arguments, **options):
        return subprocess.run(
            [COMMAND, "sweep", *arguments], cwd=self.folder, capture_output=True, text=True, **options
        )

    def dump(self, name):
        """Every row of points and results by number, and whose they are."""
        link = sqlite3.connect(f"file:{self.path(name)}?mode=rw", uri=True)  # Not made by a look.
        try:
            tables = ("plan", "points ORDER BY number", "results ORDER BY number")
            return [link.execute(f"SELECT * FROM {table}").fetchall() for table in tables]
        finally:
            link.close()

    def refused(self, done, *says):
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("partita: "), done.stderr)
        for part in says:
            self.assertIn(part, done.stderr)


class Local(Folder):
    def setUp(self):
        super().setUp()
        self.write("plan.yaml", PLAN)

    def whole(self):
        done = self.sweep("plan.yaml", "--database", "one.sqlite", "--csv", "one.csv", "--jobs", "1")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_any_number_of_processes_and_kills(self):
        said = self.whole()
        three = self.sweep("plan.yaml", "--database", "3.sqlite", "--csv", "3.csv", "--jobs", "3")
        self.assertEqual((three.returncode, three.stdout), (0, said), three.stderr)
        self.assertEqual(self.read("3.csv"), self.read("one.csv"))
        self.assertEqual(self.dump("3.sqlite"), self.dump("one.sqlite"))
        self.assertFalse(os.path.exists(self.path("3.sqlite-wal")))

        rng = random.Random(1)
        kept = -1
        for turn in range(8):
            process = subprocess.Popen(
                [COMMAND, "sweep", "plan.yaml", "--database", "k.sqlite", "--resume", "--jobs", "2"],
                cwd=self.folder,
                stdout=subprocess.DEVNULL,
            )
            try:
                process.wait(rng.uniform(0.05, 0.5))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
            process.wait()
            try:
                rows = len(self.dump("k.sqlite")[2])
            except sqlite3.OperationalError:  # Killed before its tables were there.
                rows = 0
            self.assertGreaterEqual(rows, kept)
            self.assertEqual(rows % 40, 0)
            kept = rows
        done = self.sweep("plan.yaml", "--database", "k.sqlite", "--resume", "--csv", "k.csv")
        self.assertEqual((done.returncode, done.stdout), (0, said), done.stderr)
        self.assertEqual(self.read("k.csv"), self.read("one.csv"))
        self.assertEqual(self.dump("k.sqlite"), self.dump("one.sqlite"))

        # A finished one is only told again, and never written over.
        before = os.stat(self.path("k.sqlite")).st_mtime_ns
        again = self.sweep("plan.yaml", "--database", "k.sqlite", "--resume")
        self.assertEqual((again.returncode, again.stdout), (0, said))
        self.assertIn("is finished", again.stderr)
        self.refused(self.sweep("plan.yaml", "--database", "k.sqlite"), "is there already; --resume")
        self.assertEqual(self.dump("k.sqlite"), self.dump("one.sqlite"))
        self.assertEqual(os.stat(self.path("k.sqlite")).st_mtime_ns, before)
        self.write("other.yaml", PLAN.replace("seed: 4", "seed: 5"))
        self.refused(
            self.sweep("other.yaml", "--database", "k.sqlite", "--resume"), "is of another plan"
        )

    def test_a_worker_that_is_killed(self):
        said = self.whole()
        process = subprocess.Popen(
            [COMMAND, "sweep", "plan.yaml", "--database", "w.sqlite", "--csv", "w.csv", "--jobs", "3"],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            text=True,
        )
        children = []
        while not children and process.poll() is None:
            listed = f"/proc/{process.pid}/task/{process.pid}/children"
            with open(listed) as file:
                children = file.read().split()
            time.sleep(0.01)
        self.assertTrue(children)
        os.kill(int(children[0]), signal.SIGKILL)
        out, _ = process.communicate()
        self.assertEqual((process.returncode, out), (0, said))
        self.assertEqual(self.read("w.csv"), self.read("one.csv"))

    def test_a_full_disk_keeps_what_was_committed(self):
        said = self.whole()

        def small():
            resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

        self.refused(
            self.sweep("plan.yaml", "--database", "f.sqlite", "--jobs", "2", preexec_fn=small),
            "f.sqlite",
            "--resume goes on",
        )
        rows = self.dump("f.sqlite")[2]
        self.assertGreater(len(rows), 0)
        self.assertLess(len(rows), 2000)
        self.assertLessEqual(set(rows), set(self.dump("one.sqlite")[2]))
        done = self.sweep("plan.yaml", "--database", "f.sqlite", "--resume", "--csv", "f.csv")
        self.assertEqual((done.returncode, done.stdout), (0, said), done.stderr)
        self.assertEqual(self.read("f.csv"), self.read("one.csv"))

    def test_rows_are_what_run_says(self):
        self.whole()
        with open(self.path("one.csv")) as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 2000)
        self.assertEqual([int(row["number"]) for row in rows], list(range(2000)))
        ran = [row for row in rows if not row["reason"]]
        self.assertGreater(len(ran), 1200)
        for row in random.Random(2).sample(ran, 6):
            changes = [
                word
                for key in ("memory.bandwidth", "gpu.speed", "links")
                for word in ("--change", f"{key}={row[key]}x")
            ]
            done = subprocess.run(
                [COMMAND, "run", "--soc", row["soc"], "--model", row["model"], "--partitioner",
                 row["partitioner"], "--json", *changes],
                capture_output=True, text=True,
            )
            said = json.loads(done.stdout)
            self.assertEqual(said["latency_s"], float(row["latency_s"]))
            self.assertEqual(said["energy_j"], float(row["energy_j"]))
            self.assertEqual(said["latency_sd_s"], float(row["latency_sd_s"]))
            self.assertEqual(said["mapping"], row["plan"])


class Designs(Folder):
    def test_points_that_cannot_run_are_rows(self):
        self.write(
            "plan.yaml",
            "job: {soc: [rk3588, snapdragon-855], model: squeezenet, partitioner: [single, "
            "tflite-delegate], objective: [latency, throughput]}\n",
        )
        done = self.sweep("plan.yaml", "--json", "--pareto", "latency,energy")
        self.assertEqual(done.returncode, 0, done.stderr)
        told = json.loads(done.stdout)
        self.assertEqual(told["points"], 8)
        self.assertEqual(told["ran"] + sum(told["reasons"].values()), 8)
        self.assertGreater(sum(told["reasons"].values()), 0)
        front = told["front"]["points"]
        latencies = [point["latency_s"] for point in front]
        energies = [point["energy_j"] for point in front]
        self.assertEqual(latencies, sorted(latencies))
        self.assertEqual(energies, sorted(energies, reverse=True))

    def test_the_page_holds_the_points_and_the_axes(self):
        self.write("plan.yaml", PLAN.replace("points: 2000", "points: 60").replace("three", "<3>"))
        done = self.sweep("plan.yaml", "--report", "page.html", "--pareto", "latency,energy", "--json")
        if "Vega" in done.stderr:
            self.skipTest("built without Vega")
        self.assertEqual(done.returncode, 0, done.stderr)
        page = self.read("page.html").decode()
        self.assertIn("&lt;3&gt; factors", page)
        self.assertNotIn("<3> factors", page)
        for point in json.loads(done.stdout)["front"]["points"]:
            self.assertIn(f"point {point['number']}", page)
        for text in ("Points", "What each axis does", "latency, ms", "partitioner greedy", "4x"):
            self.assertIn(text, page)
        self.refused(
            self.sweep("plan.yaml", "--database", "b", "--report", "page.pdf"), "report format"
        )
        self.assertFalse(os.path.exists(self.path("b")))

    def test_live_points(self):
        self.write(
            "plan.yaml",
            "job: {soc: snapdragon-855, model: squeezenet, partitioner: heft}\n"
            "live: {scheduler: [plan, edf], governors: [performance, stock], duration: 200ms}\n"
            "changes: {gpu.speed: [1x, 2x]}\n",
        )
        for jobs in ("1", "2"):
            done = self.sweep("plan.yaml", "--database", jobs, "--csv", jobs + ".csv", "--jobs", jobs)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.read("1.csv"), self.read("2.csv"))
        with open(self.path("1.csv")) as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 8)
        one = next(r for r in rows if r["scheduler"] == "plan" and r["governors"] == "stock"
                   and r["gpu.speed"] == "2")
        said = json.loads(
            subprocess.run(
                [COMMAND, "live", "--soc", "snapdragon-855", "--model", "squeezenet", "--governor",
                 "stock", "--duration", "200ms", "--change", "gpu.speed=2x", "--json"],
                capture_output=True, text=True,
            ).stdout
        )
        self.assertEqual(float(one["energy_j"]), said["energy_j"])
        self.assertEqual(float(one["mean_latency_s"]), said["streams"][0]["mean_latency_s"])

    def test_bad_plans_name_the_place(self):
        job = "job: {soc: rk3588, model: squeezenet, partitioner: heft}\n"
        live = "live: {duration: 1s}\n"
        for text, *says in (
            ("job: {soc: rk3589, model: squeezenet, partitioner: heft}\n", ":1:12: job.soc", "rk3588"),
            ("job: {soc: rk3588, model: squeeze, partitioner: heft}\n", ":1:27: job.model"),
            ("job: {soc: rk3588, model: squeezenet, partitioner: [heft, hefd]}\n", ":1:59: ", "heft"),
            ("job: {soc: rk3588, model: squeezenet}\n", "partitioner"),
            ("job: {soc: [rk3588, rk3588], model: squeezenet, partitioner: heft}\n", "listed twice"),
            (job + "desing: grid\n", ":2:1: ", "desing"),
            (job + "design: sobol\n", ":2:9: design", "latin-hypercube"),
            (job + "points: 5\n", ":2:9: points", "a grid has none"),
            (job + "design: random\n", "points"),
            (job + "design: random\npoints: 200000000\n", ":3:9: points"),
            (job + "design: random\npoints: 5\ndraws: 3\n", ":4:8: draws"),
            (job + "design: latin-hypercube\npoints: 9999\ndraws: 3\n", ":4:8: draws", "4000"),
            (job + "changes: {gpu.spede: [1x]}\n", ":2:22: changes.gpu.spede", "gpu.speed"),
            (job + "changes: {gpu.speed: [1x, 0x]}\n", ":2:27: ", "greater than zero"),
            (job + "changes: {gpu.speed: [1x, 1x]}\n", "listed twice"),
            (job + "changes: {memory.bandwidth: [1x, 20 GB/s]}\n", "do not mix"),
            (job + "changes: {gpu.speed: {from: 2x, to: 1x, steps: 3}}\n", "above `from`"),
            (job + "changes: {gpu.speed: {from: 1x, to: 2x}}\n", "steps"),
            (job + "changes: {links: {from: 0x, to: 2x, scale: log, steps: 3}}\n", "log scale"),
            (job + "changes: {gpu.speed: {from: 1x, to: 2x, steps: 100000}, "
             "cpu.speed: {from: 1x, to: 2x, steps: 100000}}\n", "1e+10 points"),
            (job + "options: {budget: [3]}\n", ":2:19: options.budget"),
            (job + live.replace("1s", "0s"), "greater than zero"),
            (job + live.replace("duration", "durations"), "durations"),
            (job + "live: {scheduler: [edf, efd]}\n", ":2:25: live.scheduler"),
            (job + "live: {conditions: game, workload: camera}\n", "one or the other"),
            (job.replace("heft", "heft, clocks: [top, gpu=1Hz]"), ":1:72: job.clocks[1]", "gpu=1Hz"),
            ("- 1\n", "plan.yaml:1"),
            ("job: {soc: [], model: squeezenet, partitioner: heft}\n", "list is empty"),
        ):
            with self.subTest(text):
                self.write("plan.yaml", text)
                self.refused(self.sweep("plan.yaml"), "plan.yaml", *says)
                self.assertEqual(os.listdir(self.folder), ["plan.yaml"])

    def test_bad_arguments(self):
        self.write("plan.yaml", "job: {soc: rk3588, model: squeezenet, partitioner: single}\n")
        for arguments, says in (
            (["none.yaml"], "none.yaml"),
            (["plan.yaml", "--pareto", "latency,speed"], "latency_s"),
            (["plan.yaml", "--pareto", "latency,latency_s"], "named twice"),
            (["plan.yaml", "--by", "speed"], "energy_j"),
            (["plan.yaml", "--jobs", "0"], "--jobs"),
            (["plan.yaml", "--database", "no/where.sqlite"], "cannot be opened"),
            (["plan.yaml", "--database", "plan.yaml", "--resume"], "plan.yaml"),
        ):
            with self.subTest(arguments):
                self.refused(self.sweep(*arguments), says)
                self.assertEqual(os.listdir(self.folder), ["plan.yaml"])


if __name__ == "__main__":
    unittest.main()
