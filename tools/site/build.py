"""Build the lesson as a folder of static files: JupyterLite, Pyodide, and our code in wheels.

python -m tools.site.build    the folder is build/site; downloads are kept in build/fetched
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from lesson_code import working_copy
from lesson_code.environment import pins
from tools import lesson
from tools.contents import page as contents
from tools.site.page import LAB, TEMPLATE, page

BUILD = lesson.PROJECT / "build"
FETCHED, LITE, SITE = BUILD / "fetched", BUILD / "lite", BUILD / "site"
KERNEL = "share/jupyter/labextensions/@jupyterlite/pyodide-kernel-extension/static/pypi"
PYPROJECT = tomllib.loads((lesson.PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
PINS = PYPROJECT["tool"]["lesson"]["site"]
CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
LOCK = "pyodide-lock.json"
PROGRESS = "/drive/progress.jsonl"  # among the notebooks, which the browser keeps
NPM = "https://registry.npmjs.org/pyodide/-/pyodide-{}.tgz"


def main() -> None:
    FETCHED.mkdir(parents=True, exist_ok=True)
    for folder in (LITE, SITE):
        shutil.rmtree(folder, ignore_errors=True)
    wheels = [*fetched_wheels(), lesson_wheel(), *kernel_wheels(), empty_wheel("jedi")]
    write_python(LITE / "static" / "pyodide", wheels)
    write_settings(LITE / "jupyter-lite.json", wheels)
    write_contents(LITE / "contents")
    options = ["--contents", "contents", "--output-dir", SITE, "--apps", "lab"]
    quiet = ["--no-unused-shared-packages", "--no-sourcemaps", "--no-libarchive"]
    lite = [sys.executable, "-m", "jupyterlite_core.app", "build", *options, *quiet]
    subprocess.run(lite, cwd=LITE, check=True, stdout=subprocess.DEVNULL)
    shutil.copytree(TEMPLATE.parent, SITE, dirs_exist_ok=True)
    (SITE / "index.html").write_text(page(), encoding="utf-8")
    (SITE / contents.NAME).write_text(contents.page(LAB), encoding="utf-8")
    write_licences(SITE / "licences.txt", wheels)
    size = sum(file.stat().st_size for file in SITE.rglob("*") if file.is_file())
    print(f"{SITE.relative_to(lesson.PROJECT)}: {size / 1e6:.0f} MB; to see it:")
    print(f"python -m http.server --directory {SITE.relative_to(lesson.PROJECT)}")


def fetched_wheels() -> list[Path]:
    """Fetch the pinned packages for the site, and the lesson's own libraries."""
    lesson_pins = PYPROJECT["project"]["optional-dependencies"]["lesson"]
    ours = [f"{name}=={version}" for name, version in pins(lesson_pins)]
    wanted = [pin for pin in ours if pin.partition("==")[0] in PINS["libraries"]]
    folder = FETCHED / "wheels"
    pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check"]
    only = ["--no-deps", "--only-binary=:all:", "--python-version", PINS["python"]]
    only += ["--platform", "any", "--implementation", "py", "--abi", "none"]
    subprocess.run([*pip, *only, "-d", folder, *wanted, *PINS["packages"]], check=True)
    names = {pin.replace("-", "_").replace("==", "-") for pin in [*wanted, *PINS["packages"]]}
    return [
        one for one in sorted(folder.glob("*.whl")) if "-".join(one.name.split("-")[:2]) in names
    ]


def lesson_wheel() -> Path:
    """Build the wheel of our own code; environment.py reads pyproject.toml beside it."""
    folder = FETCHED / "lesson"
    shutil.rmtree(folder, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "-w", folder, lesson.PROJECT], check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel, "a") as file:
        file.write(lesson.PROJECT / "pyproject.toml", "pyproject.toml")
    return wheel


def kernel_wheels() -> list[Path]:
    """Return the wheels that JupyterLite's kernel includes; a newer IPython replaces its own."""
    folder = Path(sys.prefix) / KERNEL
    wanted = ("piplite", "pyodide_kernel", "ipykernel")
    return [one for one in sorted(folder.glob("*.whl")) if one.name.startswith(wanted)]


def empty_wheel(name: str) -> Path:
    """Make a wheel without content, for `jedi` (and its `parso`), which JupyterLite's kernel asks
    for.

    They have 5 MB, and IPython completes the names that it knows without them.
    """
    path, info = FETCHED / f"{name}-0.0-py3-none-any.whl", f"{name}-0.0.dist-info"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(
            f"{info}/METADATA",
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.0\nLicense: empty\n",
        )
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", "")
    return path


def write_python(folder: Path, wheels: list[Path]) -> None:
    """Write Pyodide and the wheels, and the lock that names them."""
    folder.mkdir(parents=True)
    with tarfile.open(pyodide()) as npm:
        for name in CORE:
            (folder / name).write_bytes(npm.extractfile(f"package/{name}").read())
        lock = json.load(npm.extractfile(f"package/{LOCK}"))
    lock["packages"] = locked(wheels)
    (folder / LOCK).write_text(json.dumps(lock, indent=1), encoding="utf-8")
    for wheel in wheels:
        shutil.copy(wheel, folder)


def pyodide() -> Path:
    """Fetch Pyodide's package from npm. Raises ValueError if it is not the pinned one."""
    file = FETCHED / f"pyodide-{PINS['pyodide']}.tgz"
    if not file.exists():
        with urlopen(NPM.format(PINS["pyodide"]), timeout=60) as answer:
            file.write_bytes(answer.read())
    if (digest := hashlib.sha256(file.read_bytes()).hexdigest()) != PINS["pyodide-sha256"]:
        raise ValueError(f"{file} has another sha256 than pyproject.toml says: {digest}")
    return file


def locked(wheels: list[Path]) -> dict[str, dict[str, Any]]:
    """Return the entries of these wheels for Pyodide's lock; of their needs, those that exist here.

    The page that loads the lesson names its own needs: the front page does without IPython.
    """
    found = {}
    for wheel in wheels:
        head, files = metadata(wheel), zipfile.ZipFile(wheel).namelist()
        tops = {name.split("/")[0] for name in files if ".dist-info" not in name}
        needs = [one for one in head.get_all("Requires-Dist", []) if "extra ==" not in one]
        name = _normal(head["Name"])
        found[name] = {
            "name": name,
            "version": head["Version"],
            "file_name": wheel.name,
            "install_dir": "site",
            "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
            "package_type": "package",
            "imports": sorted(top.removesuffix(".py") for top in tops),
            "depends": [_normal(re.match(r"[\w.-]+", one)[0]) for one in needs],
            "unvendored_tests": False,
        }
    for one in found.values():
        one["depends"] = [name for name in one["depends"] if name in found]
    found[_normal(PYPROJECT["project"]["name"])]["depends"] = []
    return found


def metadata(wheel: Path) -> Any:
    with zipfile.ZipFile(wheel) as file:
        name = next(one for one in file.namelist() if one.endswith(".dist-info/METADATA"))
        return HeaderParser().parsestr(file.read(name).decode())


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def write_settings(file: Path, wheels: list[Path]) -> None:
    kernel = {
        "pyodideUrl": "./static/pyodide/pyodide.mjs",
        "disablePyPIFallback": True,
        "loadPyodideOptions": {
            "packages": sorted(locked(wheels)),
            "env": {"HOME": "/home/pyodide", "LESSON_PROGRESS": PROGRESS},
        },
    }
    settings = {"@jupyterlite/pyodide-kernel-extension:kernel": kernel}
    config = {
        "appName": "Job chaining",
        "exposeAppInBrowser": True,
        "litePluginSettings": settings,
    }
    whole = {"jupyter-lite-schema-version": 0, "jupyter-config-data": config}
    file.write_text(json.dumps(whole, indent=1), encoding="utf-8")


def write_contents(folder: Path) -> None:
    """Write the notebooks, whose cells have not run yet, and the documents that they link to."""
    shutil.copytree(lesson.PROJECT / "docs", folder / "docs")
    shutil.copy(lesson.PROJECT / "README.md", folder)
    (folder / "notebooks").mkdir()
    for path in lesson.paths():
        nb = working_copy.first_state(json.loads(path.read_text(encoding="utf-8")))
        (folder / "notebooks" / path.name).write_text(json.dumps(nb), encoding="utf-8")


def write_licences(file: Path, wheels: list[Path]) -> None:
    """Write the licence of each part that the site ships, with the texts."""
    parts = [*licences(wheels), ("pyodide", PINS["pyodide"], PINS["pyodide-licence"])]
    told = [f"{a} {b}: {c}\n" for a, b, c in sorted(parts)]
    file.write_text("".join([*told, *licence_texts(wheels)]), encoding="utf-8")


def licence_texts(wheels: list[Path]) -> Iterator[str]:
    for path in wheels:
        with zipfile.ZipFile(path) as wheel:
            for name in wheel.namelist():
                if re.search(r"\.dist-info/.*(LICEN[CS]E|COPYING)", name, re.IGNORECASE):
                    yield f"\n{'=' * 80}\n{name}\n\n{wheel.read(name).decode()}"


def licences(wheels: list[Path]) -> Iterator[tuple[str, str, str]]:
    for wheel in wheels:
        head = metadata(wheel)
        classes = [one for one in head.get_all("Classifier", []) if one.startswith("License")]
        told = head["License-Expression"] or "; ".join(one.split(" :: ")[-1] for one in classes)
        yield head["Name"], head["Version"], told or head["License"] or "see its package"


if __name__ == "__main__":
    main()
