"""The lab's service, started for a test on a port of its own."""

import http.client
import json
import os
import re
import subprocess

COMMAND = os.environ["PARTITA_COMMAND"]


class Service:
    def __init__(self, *options, cwd=None):
        port = [] if "--port" in options else ["--port", "0"]
        self.process = subprocess.Popen(
            [COMMAND, "serve", *port, *options], stdout=subprocess.PIPE, text=True, cwd=cwd
        )
        said = self.process.stdout.readline()
        self.port = int(re.search(r"http://127\.0\.0\.1:(\d+)/", said).group(1))
        self.url = f"http://127.0.0.1:{self.port}/"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        """Its exit code."""
        self.process.terminate()
        code = self.process.wait(20)
        self.process.stdout.close()
        return code

    def request(self, method, path, body=None, headers=None):
        """Status, headers, body as text. The path goes out as it is, `..` and all."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            link.request(method, path, body, headers or {})
            answer = link.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            link.close()

    def ask(self, question):
        """Status and answer."""
        body = question if isinstance(question, str) else json.dumps(question)
        status, _, text = self.request(
            "POST", "/api/evaluate", body, {"Content-Type": "application/json"}
        )
        return status, json.loads(text)


def command(*arguments):
    """What the command says as JSON."""
    done = subprocess.run([COMMAND, *arguments, "--json"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
