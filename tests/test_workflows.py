"""What runs elsewhere: pinned, and nothing that can write runs what other people wrote."""

import os
import re
import subprocess

import pytest

from tests.paths import ROOT

yaml = pytest.importorskip("yaml", reason="comes with MkDocs")

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"uses: (?:[\w.-]+/)+[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def jobs(path):
    workflow = yaml.safe_load(path.read_text("utf-8"))
    for name, job in workflow["jobs"].items():
        yield name, job, job.get("permissions", workflow["permissions"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_by_commit_and_say_the_version(path):
    used = [line for line in path.read_text("utf-8").splitlines() if "uses:" in line]
    assert used
    for line in used:
        assert PINNED.search(line), line


def test_one_action_has_one_pin():
    text = "".join(path.read_text("utf-8") for path in WORKFLOWS)
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
