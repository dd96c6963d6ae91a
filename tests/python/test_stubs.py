"""Are the stubs of the compiled part what it has?"""

import ast
import inspect
import pathlib
import unittest

import partita
from partita import _core

STUB = pathlib.Path(partita.__file__).with_name("_core.pyi")
ALIASES = {"Floats", "Ints", "Piece", "PlanLike"}


def described(body):
    """Names in a module or class of the stub; functions with their parameters."""
    names = {}
    for node in body:
        if isinstance(node, ast.FunctionDef):
            properties = {d.id for d in node.decorator_list if isinstance(d, ast.Name)}
            arguments = node.args
            names[node.name] = (
                None
                if "property" in properties
                else [a.arg for a in arguments.posonlyargs + arguments.args + arguments.kwonlyargs]
            )
        elif isinstance(node, ast.ClassDef):
            names[node.name] = described(node.body)
        elif isinstance(node, ast.AnnAssign):
            names[node.target.id] = None
    return names


def public(thing):
    return {name for name in vars(thing) if not name.startswith("_")}


def parameters(function):
    """Of the signature that the first line of a docstring of pybind11 has."""
    line = function.__doc__.splitlines()[0]
    inside, depth, names, word = line[line.index("(") + 1 : line.rindex(") ->")], 0, [], ""
    for letter in inside + ",":
        depth += (letter in "[(") - (letter in ")]")
        if letter == "," and depth == 0:
            names.append(word.split(":")[0].split("=")[0].strip())
            word = ""
        else:
            word += letter
    return [name for name in names if name and name != "*" and not name.startswith("**")]


class Stubs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stub = described(ast.parse(STUB.read_text(encoding="utf-8")).body)

    def test_the_same_names(self):
        self.assertEqual(set(self.stub) - ALIASES, public(_core))
        for name, inside in self.stub.items():
            thing = getattr(_core, name, None)
            if inspect.isclass(thing) and not issubclass(thing, Exception):
                described_here = {n for n in inside if not n.startswith("__")}
                self.assertEqual(described_here, public(thing), name)

    def test_the_same_parameters(self):
        checked = 0
        for name, inside in self.stub.items():
            thing = getattr(_core, name, None)
            pairs = (
                [(f"{name}.{n}", getattr(thing, n), p) for n, p in inside.items()]
                if isinstance(inside, dict) and not issubclass(thing, Exception)
                else [(name, thing, inside)]
            )
            for where, function, expected in pairs:
                if isinstance(expected, list):
                    self.assertEqual(parameters(function), expected, where)
                    checked += 1
        self.assertGreater(checked, 20)

    def test_everything_says_what_it_is(self):
        for name in partita.__all__:
            self.assertTrue(getattr(partita, name).__doc__, name)


if __name__ == "__main__":
    unittest.main()
