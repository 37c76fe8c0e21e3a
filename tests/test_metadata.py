"""What is said of the project is said the same everywhere: name, version, licence, authors, Pythons, dependencies."""

import json
import re

import pytest
from ruamel.yaml import YAML

from scripts import licences
from tests.test_project import described, read

PROJECT = described()["project"]
SEMANTIC = r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[\w.-]+)?"


@pytest.fixture(scope="module")
def citation() -> dict:
    """The contents of CITATION.cff."""
    return YAML(typ="safe", pure=True).load(read("CITATION.cff"))


@pytest.fixture(scope="module")
def codemeta() -> dict:
    """The contents of codemeta.json."""
    return json.loads(read("codemeta.json"))


def test_the_version_is_semantic_and_the_same_everywhere(citation, codemeta):
    version = PROJECT["version"]
    assert re.fullmatch(SEMANTIC, version)
    assert citation["version"] == codemeta["version"] == version
    assert re.search(rf"^## {re.escape(version)}$", read("CHANGELOG.md"), re.MULTILINE)


def test_name_description_and_keywords_are_the_same_everywhere(citation, codemeta):
    assert codemeta["name"] == PROJECT["name"]
    assert citation["title"].startswith(f"{PROJECT['name']}: ")
    assert citation["abstract"] == codemeta["description"] == PROJECT["description"]
    assert citation["keywords"] == codemeta["keywords"] == PROJECT["keywords"]


def test_licence_and_authors_are_the_same_everywhere(citation, codemeta):
    assert citation["license"] == PROJECT["license"] == "MIT"
    assert codemeta["license"] == "https://spdx.org/licenses/MIT"
    assert read("LICENSE").startswith("MIT License\n")
    authors = [author["name"] for author in PROJECT["authors"]]
    assert [author["name"] for author in citation["authors"]] == authors
    assert [author["name"] for author in codemeta["author"]] == authors
    assert all(author in read("LICENSE") for author in authors)


def test_the_paper_to_cite_is_the_same_everywhere(citation, codemeta):
    assert codemeta["referencePublication"]["@id"] == f"https://doi.org/{citation['references'][0]['doi']}"
    assert codemeta["referencePublication"]["name"] == citation["references"][0]["title"]


def test_the_supported_pythons_are_the_same_everywhere(codemeta):
    pythons = [line.rpartition(" :: ")[2] for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)]
    assert PROJECT["requires-python"] == f">={pythons[0]}"
    assert read(".python-version").strip() == pythons[0]
    assert codemeta["runtimePlatform"] == [f"Python {python}" for python in pythons]
    assert re.search(rf"^\| Python \| {pythons[0]} \| .*{pythons[-1]}.* \|$", read("docs/releasing.md"), re.MULTILINE)


def test_the_page_about_releases_gives_the_lower_bounds():
    rows = re.findall(r"^\| ([\w.-]+) \| ([\d.]+) \|.*\|$", read("docs/releasing.md"), re.MULTILINE)
    asked = [found for line in PROJECT["dependencies"] for found in re.findall(r"^([\w.-]+)>=([\d.]+)", line)]
    assert [row for row in rows if row[0] != "Python"] == asked


def test_the_page_of_licences_covers_the_lock():
    rows = re.findall(r"^\| ([\w.-]+) \| (\S+) \| (.+) \|$", read("docs/licences.md"), re.MULTILINE)
    rows = [row for row in rows if row[0] != "package"]
    assert [row[:2] for row in rows] == [item[:2] for item in licences.locked()]
    assert len(rows) == len(re.findall(r"^[a-z0-9.-]+==", read("requirements.lock"), re.MULTILINE))


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"License-Expression": "MIT OR Apache-2.0", "License": "MIT"}, "MIT OR Apache-2.0"),
        ({"Classifier": "License :: OSI Approved :: BSD License", "License": "a long text"}, "BSD License"),
        ({"License": "MIT License\n\nCopyright"}, "MIT License"),
        ({"License": "Copyright (c) 2012"}, "see the package"),
        ({"Classifier": "License :: OSI Approved"}, "see the package"),
        ({}, "see the package"),
    ],
)
def test_a_licence_is_taken_from_where_a_package_says_it(metadata, said, tmp_path):
    folder = tmp_path / "made_up-1.dist-info"
    folder.mkdir()
    lines = [f"{key}: {value}".replace("\n", "\n        ") for key, value in metadata.items()]
    (folder / "METADATA").write_text("\n".join(["Metadata-Version: 2.4", "Name: made-up", "Version: 1", *lines]) + "\n")
    assert licences.licence(licences.by_name([str(tmp_path)])["made-up"]) == said
