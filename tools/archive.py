"""Pack the site into one file that is read, and searched, without a server: `make archive`.

A browser that opens a file looks into no folder, runs no module and starts no worker. So links name
`index.html`, the search index is a script, as Material asks for it there, a frame does the work of
the search worker, and the parts that move stay the figures and tables that stand in for them.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Collection
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from tools.bootstrap import ROOT

NAME = "lrdecay-site"
LINK = re.compile(r'(?<= href=")(?![a-z]+:|/)([^"#?]*)(?=["#])')
MODULE = re.compile(r'<script [^>]*type="?module"?[^>]*></script>')
WORKER = re.compile(r'(?<="search": ")[^"]*?(?:assets/search\.js\?|workers/)(?=search)')
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
SKIPPED = ("downloads/", "404.html", "sitemap", "robots.txt", "feed.xml", "versions.json")
SHIM = """\
// A window of its own for a worker's script, which a file may not start.
window.Worker = class extends EventTarget {
  constructor(address) {
    super();
    const frame = document.body.appendChild(document.createElement("iframe"));
    frame.hidden = true;
    this.inner = frame.contentWindow;
    this.inner.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
    const script = this.inner.document.createElement("script");
    this.ready = new Promise((resolve) => (script.onload = resolve));
    script.src = new URL(address, location);
    this.inner.document.body.append(script);
  }

  async postMessage(data) {
    await this.ready;
    this.inner.dispatchEvent(new this.inner.MessageEvent("message", { data }));
  }
};
"""


def offline(name: str, data: bytes, names: Collection[str]) -> bytes:
    """Return a file of the site as a page opened from a disk needs it.

    Args:
        name: of the file.
        data: what it holds.
        names: of all files of the site.
    """
    if name == "search/search_index.json":
        index = json.loads(data)
        for entry in index["docs"]:
            page, mark, anchor = entry["location"].partition("#")
            entry["location"] = f"{page}index.html{mark}{anchor}"
        return f"var __index = {json.dumps(index, ensure_ascii=False)}".encode()
    if not name.endswith(".html"):
        return data
    root, folder = "../" * name.count("/"), posixpath.dirname(name)
    text = POLICY.sub("", MODULE.sub("", data.decode()))
    text = WORKER.sub(f"{root}assets/javascripts/workers/", text)
    shim = f'<script src="{root}assets/worker.js"></script>'
    text = text.replace("</head>", f"{shim}</head>", 1)

    def file(link: re.Match[str]) -> str:
        page = f"{link[1].rstrip('/')}/index.html"
        is_page = link[1] and posixpath.normpath(posixpath.join(folder, page)) in names
        return page if is_page else link[1]

    return LINK.sub(file, text).encode()


def pack(site: Path, target: Path) -> None:
    """Write the archive: the same bytes for the same site."""
    names = {p.relative_to(site).as_posix() for p in site.rglob("*") if p.is_file()}
    files = {
        name.replace("search_index.json", "search_index.js"): offline(
            name, (site / name).read_bytes(), names
        )
        for name in names
        if not name.startswith(SKIPPED)
    }
    files["assets/worker.js"] = SHIM.encode()
    target.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(ZipInfo(f"{NAME}/{name}"), files[name], ZIP_DEFLATED)


def main() -> None:
    """Pack `site/` into `dist/`."""
    target = ROOT / "dist" / f"{NAME}.zip"
    pack(ROOT / "site", target)
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
