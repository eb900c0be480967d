"""Runs one notebook in one kernel, and makes what comes out the same every time."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, override

import nbformat
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError

from .files import BuildError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .files import Project

TIMEOUT = 120  # seconds a notebook may take
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class _Python(KernelSpecManager):
    """Always this interpreter, whichever "python3" the machine's own kernel list names."""

    @override
    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the kernel of this interpreter."""
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        quiet = ["--HistoryManager.enabled=False", "--IPKernelApp.log_level=40"]
        return KernelSpec(argv=argv + quiet, display_name=kernel_name, language="python")


def environment(project: Project, scratch: Path) -> dict[str, str]:
    """Return the variables of a kernel: nothing of the user's own settings reaches a notebook."""
    return {
        **os.environ,
        "PYTHONPATH": str(project.root),
        "PYTHONHASHSEED": "0",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": str(project.cache / "matplotlib"),
        "IPYTHONDIR": str(scratch / "ipython"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "TZ": "UTC",
    }


async def warm_up(project: Project) -> None:
    """Let matplotlib list the fonts once, before several kernels do and one of them says so."""
    if any((project.cache / "matplotlib").glob("fontlist-*.json")):
        return
    with tempfile.TemporaryDirectory() as scratch:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", "import matplotlib.font_manager"),
            env=environment(project, Path(scratch)) | {"MPLBACKEND": "svg"},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            await process.wait()
        except asyncio.CancelledError:
            process.kill()
            raise


async def run(
    source: Path,
    project: Project,
    *,
    limit: float = TIMEOUT,
    traceback: bool = False,
    on_cell: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, Any]:
    """Execute a notebook in a kernel of its own and return it normalised.

    Args:
        source: the notebook.
        project: the checkout; its root is the working directory of the kernel.
        limit: seconds for the whole notebook.
        traceback: whether the message of a failing cell ends with its traceback.
        on_cell: called after each cell with the number done and the number of cells.

    Raises:
        BuildError: if the notebook is no notebook, or a cell fails, warns, or shows something that
            would differ from one build to the next. The message names the cell.
    """
    notebook = _read(source)
    metadata = dict(notebook.metadata)
    at, cells = 0, notebook.cells
    with tempfile.TemporaryDirectory(prefix="nb") as folder:
        scratch = Path(folder)
        manager = AsyncKernelManager(
            kernel_spec_manager=_Python(),
            connection_file=str(scratch / "k.json"),
            transport="ipc" if os.name == "posix" else "tcp",  # tcp prints a notice about security
        )
        client = NotebookClient(
            notebook,
            km=manager,
            timeout=None,
            force_raise_errors=True,  # whatever a cell's tags say
            record_timing=False,
            store_widget_state=False,
        )
        client.log.disabled = True  # the message below says it all
        log = scratch / "log"
        try:
            async with asyncio.timeout(limit):
                with log.open("wb") as out:
                    await manager.start_kernel(
                        cwd=str(project.root),
                        env=environment(project, scratch),
                        stdout=out,
                        stderr=out,
                    )
                await client.async_start_new_kernel_client()
                for at, cell in enumerate(cells):
                    await _execute(client, at)
                    _check(cell, place(source.stem, at, cell), project)
                    on_cell(at + 1, len(cells))
        except CellControlSignal as error:
            message = _reason(error, traceback=traceback)
            raise BuildError(f"{place(source.stem, at, cells[at])}: {message}") from None
        except TimeoutError:
            message = f"the notebook was stopped after {limit:g} seconds"
            raise BuildError(f"{place(source.stem, at, cells[at])}: {message}") from None
        except (DeadKernelError, RuntimeError) as error:
            said = log.read_text(errors="replace").strip().splitlines()
            reason = said[-1] if said else str(error).splitlines()[0]
            message = f"the kernel died: {reason}"
            raise BuildError(f"{place(source.stem, at, cells[at])}: {message}") from None
        finally:
            if client.kc is not None:
                client.kc.stop_channels()
            if manager.has_kernel:
                await manager.shutdown_kernel(now=True)
    return _normalise(notebook, metadata)


async def _execute(client: NotebookClient, at: int) -> None:
    """Execute one cell; nbclient calls a cancelled one a dead kernel."""
    task = asyncio.current_task()
    try:
        await client.async_execute_cell(client.nb.cells[at], at)
    except DeadKernelError:
        if task is not None and task.cancelling():
            raise asyncio.CancelledError from None
        raise


def _read(source: Path) -> nbformat.NotebookNode:
    name = f"notebooks/{source.name}"
    try:
        text = source.read_text("utf-8")
        data = json.loads(text)
        if (data["nbformat"], data["nbformat_minor"]) < (4, 5):
            raise BuildError(f"{name} must have format 4.5 or later, whose cells have ids")
        ids = [cell["id"] for cell in data["cells"]]
        if twice := sorted({one for one in ids if ids.count(one) > 1}):  # nbformat would draw others
            raise BuildError(f"{name} has more than one cell with the id {twice[0]!r}")
        nbformat.validate(data)
        notebook = nbformat.reads(text, as_version=4)
    except (ValueError, KeyError, TypeError, nbformat.ValidationError) as error:
        raise BuildError(f"{name} is no valid notebook: {str(error).splitlines()[0]}") from None
    if not ids:
        raise BuildError(f"{name} has no cells")
    return notebook


def place(name: str, index: int, cell: dict[str, Any]) -> str:
    """Name a cell for a message: notebook, number, id and first line."""
    source = "".join(cell["source"])
    first = next((line.strip() for line in source.splitlines() if line.strip()), "empty")
    return f"notebooks/{name}.ipynb, cell {index + 1} ({cell.get('id')}: {first[:60]!r})"


def _reason(error: CellControlSignal, *, traceback: bool) -> str:
    name, value = getattr(error, "ename", ""), getattr(error, "evalue", "")
    if not name:
        return str(error).splitlines()[0]
    reason = ANSI.sub("", f"{name}: {value}" if value else name)
    if traceback:
        return f"{reason}\n{ANSI.sub('', getattr(error, 'traceback', ''))}"
    return " ".join(reason.split())


def _check(cell: dict[str, Any], where: str, project: Project) -> None:
    """Refuse what must not be published: warnings, and whatever differs between builds."""
    for output in cell.get("outputs", []):
        if output["output_type"] == "stream" and output.get("name") == "stderr":
            first = ANSI.sub("", output["text"]).strip().partition("\n")[0]
            first = re.sub(r"^\S+\.py:\d+: ", "", first)  # the place of a warning changes
            raise BuildError(f"{where} wrote to stderr: {first}")
        texts = [output.get("text", "")]
        texts += [v for k, v in output.get("data", {}).items() if k.startswith("text/")]
        for text in map("".join, texts):
            if found := ADDRESS.search(text):
                raise BuildError(f"{where} shows {found[0]}, an address that is never the same")
            if str(project.root) in text:
                raise BuildError(f"{where} shows {project.root}, a path of this machine")


def _normalise(notebook: nbformat.NotebookNode, metadata: dict[str, Any]) -> dict[str, Any]:
    """Return the notebook with nothing of the run in it but its results."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        **metadata,
        "language_info": {"name": "python", "pygments_lexer": "ipython3"},
    }
    count = 0
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        outputs: list[Any] = []
        for output in cell.outputs:
            output.pop("transient", None)
            if output.output_type == "execute_result":
                output.execution_count = count
            # Text arrives in pieces whose number depends on the moment.
            if output.output_type == "stream" and outputs and outputs[-1].get("name") == "stdout":
                outputs[-1].text += output.text
            else:
                outputs.append(output)
        cell.outputs = outputs
    return nbformat.from_dict(notebook)
