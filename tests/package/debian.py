"""Does the Debian package hold what it should, and say what it needs?"""
import re
import shutil
import unittest

from common import BUILD, InFolder, run


@unittest.skipUnless(shutil.which("dpkg-deb"), "no Debian here")
class Package(InFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # gzip: quick to make; a release is xz.
        run("cpack", "-G", "DEB", "--config", BUILD / "CPackConfig.cmake", "-B", cls.folder,
            "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip", folder=cls.folder)
        (cls.package,) = cls.folder.glob("*.deb")
        cls.fields = dict(re.findall(r"^(\S+): (.*)", run("dpkg-deb", "-f", cls.package),
                                     re.MULTILINE))
        listing = run("dpkg-deb", "-c", cls.package).splitlines()
        cls.files = {line.split(None, 5)[5].lstrip("."): line.split(None, 2)[:2]
                     for line in listing}

    def depends(self):
        return {re.match(r"\S+", one.strip()).group() for one in self.fields["Depends"].split(",")}

    def test_fields(self):
        architecture = run("dpkg", "--print-architecture").strip()
        self.assertEqual(self.package.name, f"partita_0.1.0_{architecture}.deb")
        self.assertEqual(self.fields["Package"], "partita")
        self.assertEqual(self.fields["Version"], "0.1.0")
        self.assertEqual(self.fields["Section"], "science")
        for field in ("Maintainer", "Description", "Installed-Size"):
            self.assertTrue(self.fields[field])

    def test_it_depends_on_the_libraries_that_the_command_loads(self):
        # ldd's libraries, by the packages that own them.
        loaded = re.findall(r"=> (/\S+)", run("ldd", BUILD / "partita"))
        owners = set()
        for library in loaded:
            name = library.rsplit("/", 1)[1]
            owners |= {line.split(":")[0] for line in run("dpkg", "-S", f"*/{name}").splitlines()
                       if line.endswith("/" + name)}
        direct = {"libsystemc", "libyaml-cpp0.7", "libfmt9", "libc6", "libstdc++6"}
        self.assertLessEqual(direct, self.depends())
        self.assertLessEqual({d for d in self.depends() if d.startswith("lib")}, owners)

    def test_contents(self):
        for file in ("/usr/bin/partita", "/usr/lib/libpartita_plan.a",
                     "/usr/lib/cmake/partita/partitaConfig.cmake",
                     "/usr/include/partita/sim/plan/plan.h",
                     "/usr/include/partita/partitioners/partitioner.h",
                     "/usr/share/partita/socs/rk3588.yaml",
                     "/usr/share/partita/traces/runtimes/tflite.yaml",
                     "/usr/share/man/man1/partita.1.gz",
                     "/usr/share/bash-completion/completions/partita",
                     "/usr/share/doc/partita/copyright", "/usr/share/doc/partita/docs/guide.md"):
            self.assertIn(file, self.files)
        self.assertEqual(self.files["/usr/bin/partita"], ["-rwxr-xr-x", "root/root"])
        self.assertEqual(self.files["/usr/share/partita/socs/rk3588.yaml"],
                         ["-rw-r--r--", "root/root"])
        for file, (rights, _) in self.files.items():
            self.assertRegex(file, r"^/(usr/.*)?$")
            self.assertRegex(rights, r"^(drwxr-xr-x|-rw[x-]r-[x-]r-[x-]|lrwxrwxrwx)$")
            self.assertNotRegex(file, r"\.(cpp|o|pyc|ninja)$|/tests/")

    def test_python_comes_with_what_it_needs(self):
        module = [f for f in self.files if f.startswith("/usr/lib/python3/dist-packages/partita/")]
        self.assertEqual(bool(module), (BUILD / "python/partita").is_dir())
        self.assertEqual("python3-numpy" in self.depends(), bool(module))
        if module:
            self.assertIn("python3", self.depends())


if __name__ == "__main__":
    unittest.main()
