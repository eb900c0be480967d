"""Runs one notebook in one kernel, and makes what comes out the same every time."""

from __future__ import annotations

import asyncio
import json
import os
import re
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import nbformat
from click import unstyle
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from .files import BuildError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from .files import Project

TIMEOUT = 120  # seconds a notebook may take
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")
QUIET = ["--HistoryManager.enabled=False", "--IPKernelApp.log_level=40"]


async def run(
    source: Path, project: Project, *, limit: float = TIMEOUT, traceback: bool = False
) -> nbformat.NotebookNode:
    """Execute a notebook in a kernel of its own and return it normalised.

    Args:
        source: the notebook.
        project: the checkout; its root is the working directory of the kernel.
        limit: seconds for the whole notebook.
        traceback: whether the message of a failing cell ends with its traceback.

    Raises:
        BuildError: if the notebook is no notebook, or a cell fails, warns, or shows something that
            would differ from one build to the next. The message names the cell.
    """
    notebook = _read(source)
    at, cells, message, deadline = 0, notebook.cells, "", asyncio.timeout(limit)
    with (
        tempfile.TemporaryDirectory(prefix="nb") as scratch,
        Path(scratch, "log").open("w+") as log,  # noqa: ASYNC230, of a local file
    ):
        try:
            async with deadline, _kernel(notebook, project, scratch, log) as client:
                for at, cell in enumerate(cells):
                    await client.async_execute_cell(cell, at)
                    _check(cell, project)
        except BuildError as error:
            message = str(error)
        except CellExecutionError as error:
            said = unstyle(f"{error.ename}: {error.evalue}".removesuffix(": "))
            whole = f"\n{unstyle(error.traceback)}" if traceback else ""
            message = f": {' '.join(said.split())}{whole}"
        except (RuntimeError, TimeoutError) as error:
            task = asyncio.current_task()  # nbclient calls a cell that was cancelled a dead kernel
            if deadline.expired():
                message = f": the notebook was stopped after {limit:g} seconds"
            elif task is not None and task.cancelling():
                raise asyncio.CancelledError from None
            else:
                log.seek(0)
                said = log.read().strip() or str(error).partition("\n")[0]
                message = f": the kernel died: {said.splitlines()[-1]}"
    if message:
        raise BuildError(f"{place(source.stem, at, cells[at])}{message}")
    notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    for cell in cells:
        _join(cell)
    return notebook


@asynccontextmanager
async def _kernel(
    notebook: nbformat.NotebookNode, project: Project, scratch: str, log: IO[str]
) -> AsyncGenerator[NotebookClient]:
    """Start a kernel for a notebook; nothing of the user's own settings reaches it."""
    manager = AsyncKernelManager(
        # Always this interpreter, whichever "python3" the machine's own kernel list names.
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
        connection_file=f"{scratch}/k.json",
        transport="ipc" if os.name == "posix" else "tcp",  # tcp prints a notice about security
    )
    # Errors are raised whatever a cell's tags say.
    client = NotebookClient(
        notebook, km=manager, timeout=None, force_raise_errors=True, record_timing=False
    )
    client.log.disabled = True  # the message of `run` says it all
    variables = {
        **os.environ,
        "PYTHONPATH": str(project.root),
        "PYTHONHASHSEED": "0",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": str(project.cache / "matplotlib"),
        "IPYTHONDIR": scratch,
        "JUPYTER_PLATFORM_DIRS": "1",
        "TZ": "UTC",
    }
    try:
        await manager.start_kernel(
            cwd=project.root, env=variables, stdout=log, stderr=log, extra_arguments=QUIET
        )
        await client.async_start_new_kernel_client()
        yield client
    finally:
        if client.kc is not None:
            client.kc.stop_channels()
        if manager.has_kernel:
            await manager.shutdown_kernel(now=True)


def _read(source: Path) -> nbformat.NotebookNode:
    name = f"notebooks/{source.name}"
    try:
        text = source.read_text("utf-8")
        data = json.loads(text)
        if (data["nbformat"], data["nbformat_minor"]) < (4, 5):
            raise BuildError(f"{name} must have format 4.5 or later, whose cells have ids")
        ids = [cell["id"] for cell in data["cells"]]
        if twice := [one for one in ids if ids.count(one) > 1]:  # nbformat would draw others
            raise BuildError(f"{name} has more than one cell with the id {twice[0]!r}")
        if not ids:
            raise BuildError(f"{name} has no cells")
        nbformat.validate(data)
        return nbformat.reads(text, as_version=4)
    except (ValueError, KeyError, TypeError, nbformat.ValidationError) as error:
        raise BuildError(f"{name} is no valid notebook: {str(error).splitlines()[0]}") from None


def place(name: str, index: int, cell: dict[str, Any]) -> str:
    """Name a cell for a message: notebook, number, id and first line."""
    lines = (line.strip() for line in cell["source"].splitlines())
    first = next(filter(None, lines), "empty")
    return f"notebooks/{name}.ipynb, cell {index + 1} ({cell.get('id')}: {first[:60]!r})"


def _check(cell: dict[str, Any], project: Project) -> None:
    """Refuse what must not be published: warnings, and whatever differs between builds."""
    for output in cell.get("outputs", []):
        if output["output_type"] == "stream" and output.get("name") == "stderr":
            first = unstyle(output["text"]).strip().partition("\n")[0]
            first = re.sub(r"^\S+\.py:\d+: ", "", first)  # the place of a warning changes
            raise BuildError(f" wrote to stderr: {first}")
        texts = [output.get("text", "")]
        texts += [v for k, v in output.get("data", {}).items() if k.startswith("text/")]
        for text in map("".join, texts):
            if found := ADDRESS.search(text):
                raise BuildError(f" shows {found[0]}, an address that is never the same")
            if str(project.root) in text:
                raise BuildError(f" shows {project.root}, a path of this machine")


def _join(cell: dict[str, Any]) -> None:
    """Join the pieces in which text arrives, whose number depends on the moment."""
    outputs: list[Any] = []
    for output in cell.get("outputs", []):
        if output["output_type"] == "stream" and outputs and outputs[-1].get("name") == "stdout":
            outputs[-1]["text"] += output["text"]
        else:
            outputs.append(output)
    if "outputs" in cell:
        cell["outputs"] = outputs
