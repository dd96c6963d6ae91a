"""Sweeps on the workers of a Dask cluster.

    >>> from partita.distributed import run
    >>> run("plan.yaml", "plan.sqlite", scheduler="tcp://127.0.0.1:8786")

The points are evaluated by the workers, in the batches of the plan; this process alone writes the
database, which is the one that `partita sweep` writes: the same rows for the same plan, wherever
they were made. A worker that dies costs the batches it was at, which others do again. Ended in the
middle, `resume=True` goes on with what was committed.

The workers need this package, and the files that the plan names, at the same paths.
"""

import argparse
import contextlib
import os
import sys
import tempfile
import threading

from ._core import InputError, Sweep

_opened = {}
_lock = threading.Lock()


def _open(text, plugins):
    """The sweep of a plan's text, opened once in a process."""
    with _lock:
        if (text, plugins) not in _opened:
            handle, path = tempfile.mkstemp(suffix=".yaml", prefix="partita-")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(text)
                _opened[text, plugins] = Sweep(path, list(plugins))
            finally:
                os.unlink(path)
        return _opened[text, plugins]


def evaluate(text, plugins, identity, begin, end):
    """Runs on a worker: the packed rows of the points [begin, end)."""
    sweep = _open(text, plugins)
    if sweep.identity != identity:
        raise InputError(
            "a worker has another version of Partita or other data than the client"
        )
    return sweep.evaluate(begin, end)


def _results(client, tasks, window, retries):
    """What the tasks come to, as they are done; no more than `window` are on their way."""
    from distributed import as_completed
    from distributed.scheduler import KilledWorker

    if not tasks:
        return
    waiting = iter(tasks)
    again = {}
    asked = {}

    def submit(task):
        future = client.submit(evaluate, *task, pure=False, retries=retries)
        asked[future.key] = task
        return future

    running = as_completed()
    for task in waiting:
        running.add(submit(task))
        if len(asked) >= window:
            break
    for future in running:
        task = asked.pop(future.key)
        try:
            yield (*task[-2:], future.result())
        except KilledWorker:
            # Dask gives up on a task whose workers died; those may have been others' fault.
            again[task] = again.get(task, 0) + 1
            if again[task] > retries:
                raise
            running.add(submit(task))
            continue
        following = next(waiting, None)
        if following is not None:
            running.add(submit(following))


def run(plan, database, scheduler, *, resume=False, retries=3, plugins=(), timeout=30, progress=None):
    """Evaluates the points of a plan on a Dask cluster, and keeps them in `database`.

    `scheduler` is its address, or a `distributed.Client`; `retries` is how often a batch is tried
    again whose worker died; `progress` is called with the fraction done. Returns how many points
    were evaluated by this call.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise InputError(
            "needs Dask's distributed (Debian: python3-distributed; pip: distributed)"
        ) from error
    with open(plan, encoding="utf-8") as file:
        text = file.read()
    plugins = tuple(plugins)
    sweep = Sweep(os.fspath(plan), list(plugins))
    own = isinstance(scheduler, str)
    try:
        client = Client(scheduler, timeout=timeout) if own else scheduler
    except Exception as error:  # Of tornado, asyncio or the system, as the moment has it.
        raise InputError(f"no scheduler answers at {scheduler}: {error}") from error
    try:
        store = sweep.store(os.fspath(database), resume)
        tasks = [(text, plugins, sweep.identity, *batch) for batch in store.missing()]
        done = begun = store.done
        # Two batches a thread keep a worker from waiting for the client.
        window = 2 * max(8, sum(client.nthreads().values()))
        for begin, end, rows in _results(client, tasks, window, retries):
            store.add(rows)
            done += end - begin
            if progress is not None:
                progress(done / sweep.points)
        store.settle()
    finally:
        if own:
            # A farewell that takes too long is no news; what was wrong before it is.
            with contextlib.suppress(Exception):
                client.close()
    return done - begun


def main(arguments=None):
    """What `partita sweep --scheduler` runs."""
    parser = argparse.ArgumentParser(prog="python3 -m partita.distributed", description=__doc__)
    parser.add_argument("plan")
    parser.add_argument("--database", required=True)
    parser.add_argument("--scheduler", required=True)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--retries", type=int, default=3)
    parser.add_argument("--plugin", action="append", default=[])
    parser.add_argument("--progress-lines", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)

    def tell(done):
        print(f"progress {done:.6f}", flush=True)

    # Workers import the function by this name; run as a script, it has another here.
    from partita.distributed import run as run_sweep

    try:
        run_sweep(
            given.plan,
            given.database,
            given.scheduler,
            resume=given.resume,
            retries=given.retries,
            plugins=given.plugin,
            progress=tell if given.progress_lines else None,
        )
    except Exception as error:  # noqa: BLE001: one line for whatever it is.
        why = " ".join(str(error).split()) or type(error).__name__
        # The command finds it among what the cluster's threads may still log.
        print(f"failed {why}" if given.progress_lines else why, file=sys.stderr, flush=True)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
