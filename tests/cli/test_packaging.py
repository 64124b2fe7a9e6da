"""What is shipped: every package, its data, and nothing beside `segue`."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYERS = {"segue": "api", "grammar": "grammar", "compiler": "compiler", "runtime": "runtime"}
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]


def folders() -> set[str]:
    """The packages there are, by their folders."""
    found = {"segue"}
    for layer in ("grammar", "compiler", "runtime"):
        for file in (ROOT / layer).rglob("*.py"):
            found.add(".".join(("segue", *file.relative_to(ROOT).parts[:-1])))
    return found


def test_every_package_is_listed() -> None:
    assert sorted(SETTINGS["packages"]) == sorted(folders())


def test_every_package_says_what_it_is() -> None:
    for package in sorted(folders()):
        folder = ROOT / ("api" if package == "segue" else package[6:].replace(".", "/"))
        text = (folder / "__init__.py").read_text("utf-8")
        assert text.startswith('"""'), folder


def test_every_data_file_is_listed() -> None:
    listed = {
        file
        for package, patterns in SETTINGS["package-data"].items()
        for pattern in patterns
        for file in (ROOT / _folder(package)).glob(pattern)
    }
    there = {
        file
        for layer in LAYERS.values()
        for file in (ROOT / layer).rglob("*")
        if _is_ours(file) and file.suffix != ".py"
    }
    assert listed == there


def _is_ours(file: Path) -> bool:
    """Not a cache that a tool left behind."""
    parts = file.relative_to(ROOT).parts
    hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
    return file.is_file() and not hidden


def _folder(package: str) -> str:
    return "api" if package == "segue" else package.removeprefix("segue.").replace(".", "/")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy so that the checkout stays clean."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE", *LAYERS.values()):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name)
        else:
            shutil.copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "-w", str(out)]
    for _ in range(3):  # pip fetches setuptools, and networks fail for a moment now and then
        built = subprocess.run([*command, str(source)], capture_output=True, text=True, check=False)
        if built.returncode == 0:
            return next(out.glob("*.whl"))
    pytest.fail(built.stderr)


def test_the_wheel_holds_segue_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"segue", wheel.name.split("-")[0] + "-0.1.0.dist-info"}
    for layer, folder in LAYERS.items():
        prefix = "segue" if layer == "segue" else f"segue/{layer}"
        for file in (ROOT / folder).rglob("*"):
            if _is_ours(file):
                assert f"{prefix}/{file.relative_to(ROOT / folder).as_posix()}" in names


def test_the_wheel_has_the_command_and_the_lexer(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        entry = next(name for name in archive.namelist() if name.endswith("entry_points.txt"))
        text = archive.read(entry).decode()
    assert "segue = segue.runtime.cli:main" in text
    assert "[pygments.lexers]\nsegue = segue.runtime.pygments_lexer:SegueLexer" in text
