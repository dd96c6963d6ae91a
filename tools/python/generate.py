"""Writes commands.py: the commands as Python functions, from the parser's own table.

Run by the build: generate.py <folder of the package, with the compiled part in it>
"""

import keyword
import pathlib
import sys
import textwrap

NAMES = {"import": "import_network"}  # A keyword of Python.
ON_TERMINAL = {"serve"}  # Runs until it is stopped: partita.main(["serve"]).

HEAD = '''"""The commands as functions. Written by the build from the parser's table; do not edit."""

from __future__ import annotations

from typing import Any, Dict, Optional

from . import _core
from ._arguments import Argument, Value, Values, arguments, call

__version__ = "{version}"

__all__ = {names}
'''

RETURNS_JSON = """\
Returns what `partita {name} --json` writes, as Python's dicts and lists; with text=True what
`partita {name}` writes for people."""
RETURNS_TEXT = "Returns what `partita {name}` writes."


def name_parameters(arguments):
    """Python's names: an option gets an underscore where its name is a keyword or an operand's."""
    operands = {a["name"] for a in arguments if a["positional"]}
    for a in arguments:
        taken = not a["positional"] and a["name"] in operands
        name = a["name"].replace("-", "_")
        a["parameter"] = name + "_" if taken or keyword.iskeyword(name) else name


def annotation(argument):
    if argument["flag"]:
        return "bool"
    if argument["type"].startswith("N:") or argument["type"] == "N":
        kind = "int"
    elif argument["several"] or argument["type"] == "LIST" or "comma" in argument["help"]:
        kind = "Values"
    else:
        kind = "Value"
    return kind if argument["required"] else f"Optional[{kind}]"


def declared(argument):
    text = f"{argument['parameter']}: {annotation(argument)}"
    if argument["flag"]:
        return text + " = False"
    return text if argument["required"] else text + " = None"


def indented(text, by):
    return textwrap.indent(text, " " * by)


def wrapped(text, by):
    return indented(textwrap.fill(text, 96 - by), by)


def documented(argument):
    kind = argument["type"].split(":")[0] or "flag"
    return f"    {argument['parameter']} ({kind}):\n" + wrapped(argument["help"], 8)


def docstring(summary, listed, returns, footer):
    text = summary + ".\n"
    if listed:
        text += "\nParameters, as the command's options:\n\n"
        text += "\n".join(documented(a) for a in listed) + "\n"
    if returns:
        text += "\n" + returns + "\n"
    if footer:
        text += "\nOf the command's help:\n\n" + indented(footer.strip("\n"), 4) + "\n"
    return text.replace("\\", "\\\\").replace('"""', '\\"""')


def signature(listed, more=()):
    """Positional arguments and required options first; the others are keywords."""
    front = [a for a in listed if a["positional"]]
    front += [a for a in listed if a["required"] and not a["positional"]]
    rest = [a for a in listed if a not in front]
    front.sort(key=lambda a: not a["required"])
    parts = [declared(a) for a in front]
    keywords = [declared(a) for a in rest] + list(more)
    return parts + (["*"] + keywords if keywords else []), front + rest


def table_of(listed):
    rows = []
    for a in listed:
        given = [repr(a["name"])]
        given += [f"{key}=True" for key in ("positional", "flag", "several") if a[key]]
        rows.append(f"    {a['parameter']!r}: Argument({', '.join(given)}),\n")
    return "{\n" + "".join(rows) + "}\n"


def function(command):
    name = NAMES.get(command["name"], command["name"])
    has_json = any(a["name"] == "json" for a in command["arguments"])
    parts, listed = signature(
        [a for a in command["arguments"] if a["name"] != "json"],
        ["text: bool = False"] if has_json else [],
    )
    returns = (RETURNS_JSON if has_json else RETURNS_TEXT).format(name=command["name"])
    doc = docstring(command["summary"], listed, returns, command["footer"])
    constant = "_" + name.upper()
    return f'''
{constant}: Dict[str, Argument] = {table_of(listed)}

def {name}(
{indented(chr(10).join(part + "," for part in parts), 4)}
) -> {"Any" if has_json else "str"}:
    """{indented(doc, 4).lstrip()}    """
    said: {"Any" if has_json else "str"} = call({command["name"]!r}, {constant}, locals())
    return said

'''


def job(table):
    parts, listed = signature([a for a in table["arguments"] if a["name"] != "json"])
    doc = docstring(
        "A SoC, a network and its costs, prepared once for plans of one's own", listed, "", ""
    )
    return f'''
_JOB: Dict[str, Argument] = {table_of(listed)}

class Job(_core.Job):
    """{indented(doc, 4).lstrip()}    """

    def __init__(
        self,
{indented(chr(10).join(part + "," for part in parts), 8)}
    ) -> None:
        given = locals()
        del given["self"]
        _core.Job.__init__(self, arguments(_JOB, given))


def new_partitioner(name: str, *, into: Optional[Value] = None) -> str:
    """A partitioner of one's own in C++: code, test, CMake. Returns what was written."""
    return new("partitioner", name, into=into)
'''


def main(package):
    sys.path.insert(0, str(package))
    import _core

    job_options = _core.job_table()
    commands = [c for c in _core.command_table() if c["name"] not in ON_TERMINAL]
    for table in [*commands, job_options]:
        name_parameters(table["arguments"])
    names = [NAMES.get(c["name"], c["name"]) for c in commands] + ["Job", "new_partitioner"]
    version = _core.execute(["--version"]).split()[-1]
    text = HEAD.format(version=version, names=sorted(names))
    text += "".join(function(command) for command in commands) + job(job_options)
    (package / "commands.py").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
