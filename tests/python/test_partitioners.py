"""Does a partitioner in Python compete with the others, and fail as Python does?"""

import os
import signal
import subprocess
import sys
import traceback
import unittest

import numpy as np
import partita

JOB = {"soc": "rk3399pro", "model": "alexnet-armcl", "runtime": "armcl-lwga"}


class Registered(unittest.TestCase):
    def tearDown(self):
        for name in partita.registered():
            partita.unregister(name)

    def test_the_best_of_all_plans_wins_and_the_worst_loses(self):
        job = partita.Job(**JOB)
        modes = [np.flatnonzero(row) for row in job.costs.supported]
        grids = np.meshgrid(*modes, indexing="ij")
        rows = np.stack([grid.ravel() for grid in grids], axis=1)
        seconds, _ = job.simulate_many(rows)

        @partita.partitioner("best-known", "the best of all plans")
        def best(problem):
            return rows[seconds.argmin()]

        @partita.partitioner("worst-known", "the worst of them")
        def worst(problem):
            return rows[np.where(np.isinf(seconds), 0, seconds).argmax()]

        table = partita.compare(**JOB, partitioners="single,best-known,worst-known")
        values = {plan["name"]: plan["value"] for plan in table["plans"]}
        self.assertEqual(values["best-known"], seconds.min())
        self.assertLess(values["best-known"], values["single"])
        self.assertEqual(table["plans"][-1]["name"], "worst-known")
        self.assertEqual(job.partition("best-known").made_by, "best-known")
        run = partita.run(**JOB, partitioner="best-known")
        self.assertEqual(run["value"], seconds.min())

    def test_greedy_in_python_is_greedy(self):
        # The fastest unit for each operator, hand-overs aside.
        @partita.partitioner("mine", "fastest mode each", objectives=["latency", "energy"])
        def mine(problem):
            costs = problem.costs
            return (costs.latency_s if problem.objective == "latency" else costs.energy_j).argmin(1)

        job = partita.Job(**JOB)
        costs = job.costs.latency_s
        self.assertEqual(
            job.partition("mine").assignment.tolist(), costs.argmin(axis=1).tolist()
        )
        listed = {p["name"]: p for p in partita.list("partitioners")}
        self.assertEqual(listed["mine"]["objectives"], ["latency", "energy"])

    def test_it_sees_the_belief_and_its_options(self):
        seen = {}

        @partita.partitioner(
            "looks",
            "notes what it is asked",
            options={"weight": partita.Option(1, least=0, most=5, help="of nothing")},
        )
        def looks(problem):
            seen["transfers"] = problem.costs.transfer_s.copy()
            seen["options"], seen["seed"] = problem.options, problem.seed
            plan = problem.plan([0] * len(problem.operators))
            seen["believed"] = problem.value(plan)
            seen["many"] = problem.estimate_many(plan.assignment[None, :])[0][0]
            seen["problem"] = problem
            return plan

        job = partita.Job(**JOB)
        plan = job.partition("looks", belief="no-transfers", weight=2.5, seed=11)
        self.assertTrue((seen["transfers"][np.isfinite(seen["transfers"])] == 0).all())
        self.assertTrue((job.costs.transfer_s > 0).any())
        self.assertEqual((seen["options"], seen["seed"]), ({"weight": 2.5}, 11))
        self.assertEqual(seen["believed"], plan.believed_value)
        self.assertEqual(seen["many"], seen["believed"])
        with self.assertRaisesRegex(RuntimeError, "have ended"):
            seen["problem"].operators
        with self.assertRaisesRegex(partita.InputError, "weight"):
            job.partition("looks", weight=6)

    def test_it_may_ask_the_engine(self):
        @partita.partitioner("asks", "of the single units the best on the simulator")
        def asks(problem):
            values = {}
            for mode in problem.modes:
                if problem.costs.supported[:, mode.index].all():
                    plan = problem.plan([mode.index] * len(problem.operators))
                    values[mode.index] = problem.ask(plan)
            return [min(values, key=values.get)] * len(problem.operators)

        table = partita.compare(**JOB, partitioners="single,asks")
        self.assertEqual(len({plan["value"] for plan in table["plans"][:2]}), 1)

    def test_what_it_raises_comes_out_with_its_traceback(self):
        @partita.partitioner("raises", "fails")
        def raises(problem):
            return {}["no such key"]

        for call in (
            lambda: partita.compare(**JOB, partitioners="single,raises"),
            lambda: partita.Job(**JOB).partition("raises"),
        ):
            try:
                call()
            except KeyError as error:
                self.assertEqual(error.args, ("no such key",))
                frames = traceback.extract_tb(error.__traceback__)
                self.assertEqual(frames[-1].name, "raises")
            else:
                self.fail("it did not raise")

    def test_not_applicable_is_said_in_the_table(self):
        @partita.partitioner("never", "does not apply")
        def never(problem):
            raise partita.UnsupportedError("never applies")

        table = partita.compare(**JOB, partitioners="single,never")
        self.assertIn({"name": "never", "why": "never applies"}, table["not_applicable"])

    def test_illegal_plans_are_named(self):
        answers = {
            "short": ([0], "partitioner short: plan: 1 entries for the 8 operators"),
            "far": ([0] * 7 + [77], "partitioner far: plan: operator 7 .* no mode 77"),
        }
        for name, (answer, says) in answers.items():
            partita.partitioner(name, "wrong")(lambda problem, answer=answer: answer)
            with self.assertRaisesRegex(partita.InputError, says):
                partita.run(**JOB, partitioner=name)

        @partita.partitioner("unable", "an operator where it cannot run")
        def unable(problem):
            row, mode = np.argwhere(~problem.costs.supported)[0]
            assignment = problem.costs.latency_s.argmin(axis=1)
            assignment[row] = mode
            return assignment

        with self.assertRaisesRegex(partita.InputError, "partitioner unable: illegal plan: "):
            partita.run(**JOB, partitioner="unable")
        partita.partitioner("nothing", "returns nothing")(lambda problem: None)
        with self.assertRaisesRegex(TypeError, "a plan is made of"):
            partita.run(**JOB, partitioner="nothing")

    def test_a_library_finds_the_modules_functions(self):
        plugin = os.environ["PARTITA_TEST_PLUGIN"]
        job = partita.Job("rk3588", "squeezenet", runtime="roofline", plugin=plugin)
        plan = job.partition("last-mode")
        last = [m for m in job.modes if job.costs.supported[:, m.index].all()][-1]
        self.assertEqual(set(plan.units), {last.unit})
        run = partita.run(
            "rk3588", "squeezenet", runtime="roofline", plugin=plugin, partitioner="last-mode"
        )
        self.assertEqual(run["mapping"], plan.mapping)

    def test_names_and_descriptions_are_checked(self):
        with self.assertRaisesRegex(partita.InputError, 'the name "heft" is already taken'):
            partita.partitioner("heft", "another")(lambda problem: None)
        with self.assertRaisesRegex(partita.InputError, 'unknown objective "speed"'):
            partita.partitioner("mine", "x", objectives=["speed"])(lambda problem: None)
        self.assertEqual(partita.registered(), {})
        partita.partitioner("mine", "first")(lambda problem: None)
        partita.partitioner("mine", "second")(lambda problem: None)
        self.assertEqual(partita.registered()["mine"].summary, "second")

    def test_several_socs_with_it(self):
        @partita.partitioner("mine", "fastest mode each")
        def mine(problem):
            return problem.costs.latency_s.argmin(axis=1)

        tables = partita.compare(
            ["rk3399pro", "rk3588"], "squeezenet", runtime="roofline", jobs=2,
            partitioners="greedy,mine",
        )
        self.assertEqual(
            [sum(p["name"] == "mine" for p in table["plans"]) for table in tables], [1, 1]
        )

    def test_live_streams_follow_its_plan(self):
        calls = []

        @partita.partitioner("mine", "fastest mode each")
        def mine(problem):
            calls.append(problem.graph_name)
            return problem.costs.latency_s.argmin(axis=1)

        report = partita.live(
            "rk3588", model="squeezenet", runtime="roofline", duration="50ms", partitioner="mine"
        )
        self.assertEqual(calls, ["squeezenet"])
        self.assertGreater(report["streams"][0]["done"], 0)

    def test_ctrl_c_ends_a_search(self):
        # Some that would go on for hours, one of them in processes of its own.
        for search in (
            f"partita.Job(**{JOB}).partition('annealing', max_evaluations=1e9)",
            "partita.compare(['rk3399pro', 'rk3588'], 'resnet18', runtime='roofline', jobs=2, "
            "partitioners='annealing', option={'max_evaluations': 1e9})",
        ):
            script = f"import partita\nprint('searching', flush=True)\n{search}\n"
            with subprocess.Popen(
                [sys.executable, "-c", script],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            ) as child:
                try:
                    self.assertEqual(child.stdout.readline(), "searching\n")
                    child.send_signal(signal.SIGINT)
                    _, complaint = child.communicate(timeout=60)
                finally:
                    child.kill()
            self.assertEqual(complaint.splitlines()[-1], "KeyboardInterrupt")


if __name__ == "__main__":
    unittest.main()
