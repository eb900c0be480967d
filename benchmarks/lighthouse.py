"""Judge pages of the site by Lighthouse, each beside a stock Material page of the same Markdown.

    python -m benchmarks.lighthouse [--tiny] [--runs N]

A Markdown table: mobile emulation, gzip as a static host serves it, the median of five runs. The
stock site has the theme's defaults, the search it comes with, and the same pages as Markdown, which
shows them without their mathematics and parts that move. Lighthouse comes from npm into
`build/lighthouse/`; without npm, a sentence says so. `--tiny` runs one page once.
"""

import argparse
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import override

from tests.chromium import CHROMIUM, FLAGS

ROOT = Path(__file__).resolve().parents[1]
INSTALLING = 90  # seconds: npm tries each package again where there is no network
PATIENCE = 300  # seconds, for a run
VERSION = "12.8.2"  # the last major that runs on Node 20
RUNNER = ROOT / "build" / "lighthouse"
PAGES = {
    "home": "",
    "a family": "schedules/cosine/",
    "a rule": "heuristics/h009/",
    "a notebook": "notebooks/micrograd/",
    "the table of rules": "heuristics/",
    "explorer": "tools/explorer/",
}
SCORES = ("performance", "accessibility", "best-practices", "seo")
STOCK = """
site_name: Stock
docs_dir: {docs}
theme: {{name: material, features: [navigation.instant, navigation.tabs, content.code.copy]}}
markdown_extensions: [attr_list, md_in_html, admonition, tables, footnotes, def_list]
"""
PACKED = {".html", ".css", ".js", ".json", ".svg", ".xml", ".txt"}


class Host(SimpleHTTPRequestHandler):
    """Serves files as a static host does: text gzipped, to be kept for ten minutes."""

    protocol_version = "HTTP/1.1"

    @override
    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        data, packed = path.read_bytes(), path.suffix in PACKED
        data = gzip.compress(data) if packed else data
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "max-age=600")
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(data)

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


def installed() -> bool:
    """Bring Lighthouse into build/; return whether it is there."""
    program = RUNNER / "node_modules" / ".bin" / "lighthouse"
    npm = shutil.which("npm")
    if not program.exists() and npm is not None:
        package = f"lighthouse@{VERSION}"
        patience = ["--fetch-retries=1", "--fetch-timeout=30000"]
        command = [npm, "install", "--silent", *patience, "--prefix", RUNNER, package]
        subprocess.run(command, check=False, timeout=INSTALLING)
    return program.exists() and bool(CHROMIUM)


def stock(folder: Path) -> Path:
    """Return a site of the same Markdown with the theme as it comes."""
    shutil.copytree(
        ROOT / "build" / "docs", folder / "docs", ignore=shutil.ignore_patterns("*.ipynb")
    )
    for notebook in (ROOT / "build" / "docs" / "notebooks").glob("*.ipynb"):
        cells = json.loads(notebook.read_text("utf-8"))["cells"]
        text = "\n\n".join(
            "```python\n" * (one["cell_type"] == "code")
            + "".join(one["source"])
            + "\n```" * (one["cell_type"] == "code")
            for one in cells
        )
        (folder / "docs" / "notebooks" / f"{notebook.stem}.md").write_text(text, "utf-8")
    (folder / "mkdocs.yml").write_text(STOCK.format(docs=folder / "docs"), "utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "-q", "-f", folder / "mkdocs.yml"]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    subprocess.run(command, check=True, env=environment, capture_output=True)
    return folder / "site"


def judge(url: str, runs: int) -> dict[str, float]:
    """Return the medians of the four scores, and of the bytes that were sent."""
    found: dict[str, list[float]] = {name: [] for name in (*SCORES, "bytes")}
    command = [RUNNER / "node_modules" / ".bin" / "lighthouse", url, "--quiet", "--output=json"]
    command += [f"--chrome-flags=--headless=new {' '.join(FLAGS)}"]
    environment = os.environ | {"CHROME_PATH": CHROMIUM}
    for _ in range(runs):
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, timeout=PATIENCE
        )
        report = json.loads(done.stdout)
        for name in SCORES:
            found[name].append(100 * (report["categories"][name]["score"] or 0))
        found["bytes"].append(report["audits"]["total-byte-weight"]["numericValue"])
    return {name: statistics.median(values) for name, values in found.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--tiny", action="store_true", help="one page, one run")
    parser.add_argument("--runs", type=int, default=5, help="of each page: 5 by default")
    chosen = parser.parse_args()
    try:
        there = installed()
        if there:
            table(1 if chosen.tiny else chosen.runs, tiny=chosen.tiny)
    except (subprocess.SubprocessError, OSError, ValueError, KeyError) as error:
        print(f"Lighthouse came to no end: {error}")
        sys.exit(not chosen.tiny)  # in tiny it is seen whether it can run at all
    if not there:
        print("Lighthouse was not run: it needs npm, Node 18.20 or newer, and Chromium.")


def table(runs: int, *, tiny: bool) -> None:
    """Print the scores of each page, beside those of the stock page."""
    print("| page | performance | accessibility | best practices | SEO | kB sent |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        sites = {"": ROOT / "site"} | ({} if tiny else {"stock: ": stock(Path(folder))})
        for kind, path in list(PAGES.items())[: 1 if tiny else None]:
            for name, site in sites.items():
                handler = partial(Host, directory=site)
                with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
                    threading.Thread(target=server.serve_forever, daemon=True).start()
                    address = f"http://127.0.0.1:{server.server_address[1]}/{path}"
                    found = judge(address, runs)
                    server.shutdown()
                row = [f"{found[score]:.0f}" for score in SCORES] + [f"{found['bytes'] / 1000:.0f}"]
                print(f"| {name}{kind} | {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
