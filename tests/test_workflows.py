"""What runs elsewhere: pinned, and nothing that can write runs what other people wrote."""

import os
import re
import subprocess
import sys

import pytest

from lrdecay import Cosine
from lrdecay.export import to_json
from tests.paths import ROOT

yaml = pytest.importorskip("yaml", reason="comes with MkDocs")

ACTION = ROOT / "action.yml"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"uses: (?:[\w.-]+/)+[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def jobs(path):
    workflow = yaml.safe_load(path.read_text("utf-8"))
    for name, job in workflow["jobs"].items():
        yield name, job, job.get("permissions", workflow["permissions"])


@pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=lambda path: path.stem)
def test_actions_are_pinned_by_commit_and_say_the_version(path):
    used = [line for line in path.read_text("utf-8").splitlines() if "uses:" in line]
    assert used
    for line in used:
        assert PINNED.search(line), line


def test_one_action_has_one_pin():
    text = "".join(path.read_text("utf-8") for path in [*WORKFLOWS, ACTION])
    pins = set(re.findall(r"uses: (\S+)@(\S+) # (\S+)", text))
    assert len({action for action, *_ in pins}) == len(pins)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_what_can_write_runs_git_alone_and_what_runs_packages_has_no_token(path):
    for name, job, granted in jobs(path):
        used = {step["uses"].partition("@")[0]: step for step in job["steps"] if "uses" in step}
        if "write" in granted.values():
            assert (path.stem, name) == ("publish", "publish")
            assert used.keys() == {"actions/download-artifact"}
            assert not re.search(r"\b(make|python|pip|node|npm)\b", str(job["steps"]))
        else:
            assert granted == {"contents": "read"}
            assert used["actions/checkout"]["with"]["persist-credentials"] is False
            assert "github.token" not in str(job)
            assert "secrets" not in str(job)


def test_every_supported_python_is_in_the_matrix():
    supported = ["3.11", "3.12", "3.13", "3.14"]
    for path in (ROOT / ".github" / "workflows" / f"{name}.yml" for name in ("test", "package")):
        found = [
            job["strategy"]["matrix"]["python"] for _, job, _ in jobs(path) if "strategy" in job
        ]
        assert found == [supported]
    assert f'requires-python = ">={supported[0]}"' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_publishing_leaves_one_commit_with_newest_and_releases_and_no_token(tmp_path):
    ((_, _, _), (_, job, _)) = jobs(ROOT / ".github" / "workflows" / "publish.yml")
    (step,) = (step for step in job["steps"] if "run" in step)
    bare = tmp_path / "owner" / "repo.git"
    git("init", "--quiet", "--bare", bare)
    pushed = [("tag", "v0.1.0", "first"), ("branch", "main", "old"), ("tag", "v0.2.0", "release")]
    pushed += [("branch", "main", "new"), ("tag", "v0.2.0", "again")]
    for number, (kind, name, page) in enumerate(pushed, 1):
        site = tmp_path / str(number) / step["working-directory"]
        (site / "_sources").mkdir(parents=True)
        (site / "_sources" / f"{page}.txt").write_text(page)
        (site / ".gitignore").write_text("*.txt\n")  # of a notebook's making, say
        subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
            cwd=site,
            env={
                **os.environ,
                "TOKEN": "secret-token",
                "GITHUB_SHA": str(number) * 40,
                "GITHUB_REF_TYPE": kind,
                "GITHUB_REF_NAME": name,
                "GITHUB_SERVER_URL": f"file://{tmp_path}",
                "GITHUB_REPOSITORY": "owner/repo",
            },
            check=True,
        )
    assert git("-C", bare, "log", "--format=%s", "gh-pages") == f"Site of {'5' * 40}\n"
    held = git("-C", bare, "ls-tree", "-r", "--name-only", "gh-pages").split()
    releases = [("v0.1.0/", "first"), ("v0.2.0/", "again")]
    folders = [("", "new"), *releases]
    names = [[".gitignore", ".nojekyll", f"_sources/{page}.txt"] for _, page in folders]
    assert sorted(held) == sorted(
        f"{folder}{name}" for (folder, _), each in zip(folders, names, strict=True) for name in each
    )
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert b"secret-token" not in file.read_bytes()
            assert b"eC1hY2Nlc3MtdG9rZW46" not in file.read_bytes()  # its beginning, encoded


def git(*arguments):
    done = subprocess.run(["git", *arguments], check=True, capture_output=True, text=True)
    return done.stdout


def test_hooks_before_a_commit_are_the_locked_tools():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    assert {repo["repo"] for repo in config["repos"]} == {"local"}  # nothing is fetched
    assert all(hook["entry"].startswith(".venv") for hook in config["repos"][0]["hooks"])


SHORT = "the schedule was made for 500 updates and the run has 1,000"


@pytest.fixture
def kept(tmp_path):
    """A folder with a schedule that fits a run of 1000 updates, and one that does not."""
    folder = tmp_path / "configs" / "schedules"
    folder.mkdir(parents=True)
    for name, total in (("good", 1000), ("bad", 500)):
        (folder / f"{name}.json").write_text(to_json(Cosine(1e-3, total)), "utf-8")
    return tmp_path


def here(*command, cwd, **env):
    (cwd / "bin").mkdir(exist_ok=True)
    for name, program in (("python", ""), ("lrdecay", " -m lrdecay")):
        script = cwd / "bin" / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}"{program} "$@"\n', "utf-8")
        script.chmod(0o755)
    path = f"{cwd / 'bin'}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "COLUMNS": "300", "PYTHONPATH": str(ROOT), "PATH": path, **env}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("names", "updates", "status"),
    [
        (["good"], "1000", 0),
        (["bad"], "1000", 1),
        (["good", "bad"], "1000", 1),
        (["bad", "good"], None, 0),
    ],
)
def test_the_hook_lints_the_files_of_a_commit(kept, names, updates, status):
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert (hook["id"], hook["language"]) == ("lrdecay-lint", "python")
    files = [f"configs/schedules/{name}.json" for name in names]
    assert all(re.search(hook["files"], file) for file in files)
    assert not re.search(hook["files"], "package.json")
    given = [] if updates is None else ["--updates", updates]  # as `args` of who uses the hook
    code, told = here(*hook["entry"].split(), *given, *files, cwd=kept)
    assert (code, SHORT in told) == (status, status == 1)


@pytest.mark.parametrize(
    ("files", "updates", "status"),
    [
        ("configs/schedules/good.json", "1000", 0),
        ("configs/**/*.json", "1000", 1),
        ("**/*.json", "", 0),
        ("**/none.json", "", 2),
        ("$(touch out) configs/schedules/good.json; touch out", "1000", 2),
    ],
)
def test_the_action_lints_the_files_that_fit(kept, files, updates, status):
    action = yaml.safe_load(ACTION.read_text("utf-8"))
    assert action["runs"]["using"] == "composite"
    lints = action["runs"]["steps"][-1]
    assert lints["env"] == {
        f"{name.upper()}": f"${{{{ inputs.{name} }}}}" for name in action["inputs"]
    }
    assert "${{" not in lints["run"]  # what a user gives reaches the script as data
    shell = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", lints["run"]]
    code, told = here(*shell, cwd=kept, FILES=files, UPDATES=updates)
    assert (code, SHORT in told) == (status, status == 1)
    assert not (kept / "out").exists()
