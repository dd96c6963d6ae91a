"""Are arrays, estimates and simulations those of the command?"""

import os
import pathlib
import tempfile
import threading
import unittest

import numpy as np
import partita

BOARD = {"soc": "rk3399pro", "model": "alexnet-armcl", "runtime": "armcl-lwga"}
PHONE = {"soc": "snapdragon-855", "model": "squeezenet", "runtime": "roofline"}


class Numbers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.job = partita.Job(**BOARD)

    def test_simulation_of_a_mapping_is_the_commands(self):
        run = partita.run(**BOARD, mapping="GGLLBBBB")
        result = self.job.simulate("GGLLBBBB")
        estimate = self.job.estimate("GGLLBBBB")
        self.assertEqual(result.latency_s, run["latency_s"])
        self.assertEqual(result.energy_j, run["energy_j"])
        self.assertEqual(estimate.latency_s, run["estimate_latency_s"])
        self.assertEqual(result.breakdown, run["breakdown"])
        busy = {unit: part for unit, part in result.utilisation.items() if part > 0}
        self.assertEqual(
            busy, {unit: part for unit, part in run["utilisation"].items() if part > 0}
        )
        self.assertEqual(self.job.uncertainty("GGLLBBBB")["sd_s"], run["latency_sd_s"])
        self.assertEqual(self.job.bounds()["unsplit"]["value"], run["lower_bound"])

    def test_requests_back_to_back(self):
        run = partita.run(**BOARD, mapping="GGLLBBBB", requests=6, objective="throughput")
        result = partita.Job(**BOARD, objective="throughput").simulate("GGLLBBBB", requests=6)
        self.assertEqual(result.period_s, run["period_s"])
        self.assertEqual(result.value, run["value"])
        self.assertEqual(len(result.request_end_s), 6)
        self.assertEqual(result.request_end_s.max(), result.latency_s)

    def test_partition_is_the_commands(self):
        run = partita.run(**BOARD, partitioner="annealing", option={"max_evaluations": 40}, seed=7)
        plan = self.job.partition("annealing", max_evaluations=40, seed=7)
        self.assertEqual(plan.mapping, run["mapping"])
        self.assertEqual(plan.believed_value, run["believed_value"])
        self.assertEqual((plan.status, plan.made_by), (run["status"], "annealing"))

    def test_options_of_the_job_and_of_the_call(self):
        few = partita.Job(**BOARD, option={"max_evaluations": 40, "cooling": 0.5}, seed=7)
        self.assertEqual(few.partition("annealing").mapping, self.job.partition(
            "annealing", max_evaluations=40, cooling=0.5, seed=7).mapping)
        with self.assertRaisesRegex(partita.InputError, "max_evaluations"):
            few.partition("annealing", max_evaluations=-1)
        self.assertEqual(few.partition("annealing").status, "heuristic")

    def test_costs_add_up_to_the_estimate(self):
        # One unit, no contention: the time of the plan is the sum of its operators' times.
        job, unit = self.job, "cpu-big"
        mode = next(m.index for m in job.modes if m.unit == unit)
        costs = job.costs
        self.assertEqual(costs.latency_s.shape, (len(job.operators), len(job.modes)))
        plan = job.plan(np.full(len(job.operators), mode))
        breakdown = job.estimate(plan).breakdown
        self.assertAlmostEqual(
            costs.latency_s[:, mode].sum(),
            breakdown["compute_s"] + breakdown["input_s"],
            delta=len(job.operators) * 1e-12,  # Each is rounded to the picosecond.
        )
        self.assertEqual(plan.mapping, "B" * len(job.operators))
        self.assertEqual(job.on(unit).mapping, plan.mapping)

    def test_unsupported_is_infinite_and_masked(self):
        costs = self.job.costs
        self.assertTrue(np.isinf(costs.latency_s[~costs.supported]).all())
        self.assertTrue(np.isfinite(costs.latency_s[costs.supported]).all())
        self.assertTrue((costs.source[costs.supported] == "measured").all())
        with self.assertRaises(ValueError):
            costs.latency_s[0, 0] = 1  # Read-only.

    def test_transfers_are_the_price_of_a_cut(self):
        # A chain cut once: its estimate is the operators' times and one hand-over.
        job = partita.Job(**PHONE, no_contention=True)
        costs, modes = job.costs, [m.unit for m in job.modes]
        big, gpu = modes.index("cpu-prime"), modes.index("gpu")
        edge = next(
            i for i, (a, b) in enumerate(costs.edges) if b == a + 1 and (costs.edges[:, 0] == a).sum() == 1
        )
        self.assertEqual(costs.transfer_s.shape, (len(costs.edges), len(modes), len(modes)))
        self.assertTrue((costs.transfer_s[:, big, big] == 0).all())
        self.assertGreater(costs.transfer_s[edge, big, gpu], 0)

    def test_timeline_holds_together(self):
        result = self.job.simulate("GGLLBBBB", requests=2, record=True)
        tasks = result.timeline
        self.assertEqual(tasks["end_s"].max(), result.latency_s)
        compute = tasks[tasks["kind"] == "compute"]
        self.assertEqual(len(compute), 2 * len(self.job.operators))
        first = compute[compute["request"] == 0]
        self.assertEqual(list(first["unit"]), self.job.plan("GGLLBBBB").units)
        for unit in set(compute["unit"]):  # A unit does one thing at a time.
            mine = np.sort(compute[compute["unit"] == unit], order="start_s")
            self.assertTrue((mine["start_s"][1:] >= mine["end_s"][:-1] - 1e-12).all())
        self.assertGreater(len(result.samples), 0)
        self.assertEqual(len(self.job.simulate("GGLLBBBB").samples), 0)


class Agreement(unittest.TestCase):
    def test_estimate_is_simulation_without_contention(self):
        for name in (BOARD, PHONE):
            job = partita.Job(**name)
            rng = np.random.default_rng(5)
            usable = [np.flatnonzero(row) for row in job.costs.supported]
            for _ in range(20):
                plan = job.plan(np.array([rng.choice(modes) for modes in usable]))
                for requests in (1, 3):
                    estimate = job.estimate(plan, requests=requests)
                    simulated = job.simulate(plan, requests=requests, contention=False)
                    self.assertEqual(estimate.latency_s, simulated.latency_s)
                    self.assertEqual(
                        estimate.timeline["end_s"].tolist(), simulated.timeline["end_s"].tolist()
                    )

    def test_many_are_one_by_one(self):
        job = partita.Job(**PHONE)
        rng = np.random.default_rng(6)
        rows = rng.integers(0, len(job.modes), size=(30, len(job.operators)))
        runs = np.array([job.costs.supported[np.arange(rows.shape[1]), row].all() for row in rows])
        for many, one in (
            (job.estimate_many, job.estimate),
            (job.simulate_many, job.simulate),
        ):
            latency_s, energy_j = many(rows)
            self.assertTrue(np.isinf(latency_s[~runs]).all())
            for row, latency, energy in zip(rows[runs], latency_s[runs], energy_j[runs]):
                result = one(row)
                self.assertEqual((latency, energy), (result.latency_s, result.energy_j))


class Plans(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.job = partita.Job(**PHONE)

    def test_all_forms_of_one_plan(self):
        job = self.job
        plan = job.partition("heft")
        for form in (plan, plan.mapping, plan.assignment, plan.units, list(plan.mapping)):
            self.assertEqual(job.plan(form).shares, plan.shares)
            self.assertEqual(job.simulate(form).latency_s, job.simulate(plan).latency_s)

    def test_an_operator_in_pieces(self):
        job = self.job
        row = job.operators.index("conv1") if "conv1" in job.operators else 0
        channels = job.graph.operators[job.placed[row]].output_shapes[0][1]
        entries = ["cpu-prime"] * len(job.operators)
        entries[row] = [
            ("cpu-prime", "channel", 0, channels // 2),
            ("gpu", "channel", channels // 2, channels),
        ]
        plan = job.plan(entries)
        self.assertEqual(plan.assignment[row], -1)
        self.assertEqual(plan.mapping[row], "*")
        self.assertEqual(plan.units[row], "cpu-prime+gpu")
        self.assertEqual(
            job.estimate(plan).latency_s, job.simulate(plan, contention=False).latency_s
        )
        entries[row] = [("cpu-prime", "channel", 0, channels - 1)]
        with self.assertRaisesRegex(partita.InputError, job.operators[row]):
            job.plan(entries)

    def test_what_is_wrong_is_named(self):
        job, count = self.job, len(self.job.operators)
        with self.assertRaisesRegex(partita.InputError, f"3 letters for the {count} operators"):
            job.plan("BBB")
        with self.assertRaisesRegex(partita.InputError, "there is no mode 99; modes are 0 to"):
            job.plan([99] * count)
        with self.assertRaisesRegex(partita.InputError, 'operator 1 .*: unknown unit "tpu"'):
            job.plan(["gpu", "tpu"] + ["gpu"] * (count - 2))
        with self.assertRaisesRegex(TypeError, "neither a mode's index nor a unit's name: 0.5"):
            job.plan([0.5] * count)
        with self.assertRaisesRegex(partita.InputError, r"assignments\[1, 0\]: there is no mode -1"):
            job.estimate_many(np.array([[0] * count, [-1] + [0] * (count - 1)]))
        with self.assertRaisesRegex(TypeError, "of integers"):
            job.estimate_many(np.zeros((2, count)))
        with self.assertRaisesRegex(partita.InputError, 'unknown unit "tpu"'):
            job.on("tpu")
        with self.assertRaisesRegex(partita.InputError, "it has no options"):
            job.partition("heft", nonsense=1)
        with self.assertRaisesRegex(partita.InputError, "it is of a network with"):
            job.simulate(partita.Job(**BOARD).plan("GGLLBBBB"))

    def test_a_plan_through_a_file(self):
        plan = self.job.partition("heft")
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "plan.yaml")
            with open(file, "w", encoding="utf-8") as out:
                out.write(plan.to_yaml())
            self.assertEqual(self.job.load_plan(pathlib.Path(file)).shares, plan.shares)
            self.assertEqual(self.job.load_plan(file).shares, plan.shares)
            run = partita.run(**PHONE, plan=file)
        self.assertEqual(run["latency_s"], self.job.simulate(plan).latency_s)


class Descriptions(unittest.TestCase):
    def test_soc_is_what_show_says(self):
        soc, shown = partita.Soc("rk3399pro"), partita.show("soc", "rk3399pro")
        self.assertEqual([u.name for u in soc.units], [u["name"] for u in shown["units"]])
        # Two Cortex-A72: one NEON multiply-add of 4 fp32 a cycle each, 2 operations a MAC, at 1.8 GHz.
        self.assertEqual(soc.unit("cpu-big").peak_ops_per_s("fp32"), 2 * 4 * 2 * 1.8e9)
        self.assertEqual(soc.unit("cpu-big").frequencies_hz[-1], 1.8e9)
        with self.assertRaisesRegex(partita.InputError, "operating points are 0 to"):
            soc.unit("gpu").peak_ops_per_s(opp=99)

    def test_graph_is_what_show_says(self):
        graph, shown = partita.Graph("squeezenet"), partita.show("model", "squeezenet")
        self.assertEqual(graph.macs.tolist(), [o["macs"] for o in shown["operators"]])
        self.assertEqual([o.name for o in graph.operators], [o["name"] for o in shown["operators"]])
        edges = {
            (source, o["name"]) for o in shown["operators"] for source in o["from"]
        }
        names = [o.name for o in graph.operators]
        self.assertEqual({(names[a], names[b]) for a, b in graph.edges}, edges)
        self.assertEqual(len(graph), len(names))


class Manners(unittest.TestCase):
    def test_threads_wait_for_each_other(self):
        job = partita.Job(**PHONE)
        plan = job.partition("heft")
        expected = job.simulate(plan, requests=8).latency_s
        got = []

        def work():
            for _ in range(20):
                got.append(job.simulate(plan, requests=8).latency_s)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(got, [expected] * 80)

    def test_memory_does_not_grow(self):
        def resident():
            with open("/proc/self/statm", encoding="ascii") as numbers:
                return int(numbers.read().split()[1]) * 4096

        job = partita.Job(**PHONE)
        plan = job.partition("heft").assignment

        def runs(count):
            for _ in range(count):
                result = job.simulate(plan, record=True)
                result.timeline, result.samples, result.breakdown

        runs(300)
        before = resident()
        runs(2000)
        # A leak of one schedule (some 10 KB) a run would be 20 MB.
        self.assertLess(resident() - before, 2 << 20)


if __name__ == "__main__":
    unittest.main()
