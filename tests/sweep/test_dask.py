"""A sweep on a Dask cluster: the same rows as at home, also when a worker dies in the middle."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from test_sweep import COMMAND, PLAN, Folder

QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def free_port():
    with socket.socket() as link:
        link.bind(("127.0.0.1", 0))
        return link.getsockname()[1]


class Cluster:
    """A scheduler and workers on loopback, without nannies: who dies stays dead."""

    def __init__(self, workers):
        self.folder = tempfile.TemporaryDirectory()
        self.address = f"tcp://127.0.0.1:{free_port()}"
        environment = dict(os.environ, DASK_DISTRIBUTED__WORKER__USE_FILE_LOCKING="False")
        host, port = self.address[6:].split(":")
        self.processes = [
            self.start("scheduler", environment, "--host", host, "--port", port, "--no-dashboard",
                       "--no-jupyter")
        ] + [
            self.start("worker", environment, self.address, "--host", host, "--nthreads", "1",
                       "--no-nanny", "--no-dashboard", "--memory-limit", "0", "--local-directory",
                       self.folder.name, "--name", f"worker-{number}")
            for number in range(workers)
        ]
        self.workers = self.processes[1:]

    @staticmethod
    def start(what, environment, *arguments):
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{what}", *arguments], env=environment, **QUIET
        )

    def wait(self, workers):
        from distributed import Client

        with Client(self.address, timeout=30) as client:
            client.wait_for_workers(workers, timeout=30)

    def end(self):
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()
        self.folder.cleanup()


class Dask(Folder):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(3)
        cls.addClassCleanup(cls.cluster.end)
        cls.cluster.wait(3)

    def setUp(self):
        super().setUp()
        self.write("plan.yaml", PLAN)

    def test_a_worker_killed_in_the_middle(self):
        home = self.sweep("plan.yaml", "--database", "home.sqlite", "--csv", "home.csv")
        self.assertEqual(home.returncode, 0, home.stderr)
        process = subprocess.Popen(
            [COMMAND, "sweep", "plan.yaml", "--database", "far.sqlite", "--csv", "far.csv",
             "--scheduler", self.cluster.address],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        rows = 0
        while process.poll() is None and rows == 0:
            time.sleep(0.005)
            try:
                rows = len(self.dump("far.sqlite")[2])
            except Exception:  # Not there yet, or being made.
                rows = 0
        self.cluster.workers[0].send_signal(signal.SIGKILL)
        out, err = process.communicate()
        self.assertEqual((process.returncode, err), (0, ""))
        self.assertGreater(rows, 0)
        self.assertLess(rows, 2000, "the worker was to die in the middle")
        self.assertEqual(out, home.stdout)
        self.assertEqual(self.read("far.csv"), self.read("home.csv"))
        self.assertEqual(self.dump("far.sqlite"), self.dump("home.sqlite"))

        from partita.distributed import run

        # Half of a database begun at home, the rest there.
        subprocess.run(["sqlite3", self.path("home.sqlite"), "delete from results where number >= 1000; "
                        "delete from points where number >= 1000"], check=True)
        told = []
        made = run(self.path("plan.yaml"), self.path("home.sqlite"), self.cluster.address,
                   resume=True, progress=told.append)
        self.assertEqual(made, 1000)
        self.assertEqual((told[-1], told), (1, sorted(told)))
        self.assertEqual(self.dump("far.sqlite"), self.dump("home.sqlite"))

    def test_what_is_wrong_is_one_line(self):
        from partita import InputError
        from partita.distributed import run

        with self.assertRaisesRegex(InputError, "no scheduler answers"):
            run(self.path("plan.yaml"), self.path("x.sqlite"), f"tcp://127.0.0.1:{free_port()}",
                timeout=1)
        self.assertFalse(os.path.exists(self.path("x.sqlite")))
        self.refused(
            self.sweep("plan.yaml", "--database", "x", "--scheduler", self.cluster.address,
                       env=dict(os.environ, PARTITA_PYTHON="/no/python")),
            "cannot be started",
        )
        self.write("taken.sqlite", "")
        self.refused(
            self.sweep("plan.yaml", "--database", "taken.sqlite", "--scheduler",
                       self.cluster.address),
            "is there already; --resume",
        )


if __name__ == "__main__":
    unittest.main()
