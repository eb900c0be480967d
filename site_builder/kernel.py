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


def environment(project: Project, scratch: str) -> dict[str, str]:
    """Return the variables of a kernel: nothing of the user's own settings reaches a notebook."""
    return {
        **os.environ,
        "PYTHONPATH": str(project.root),
        "PYTHONHASHSEED": "0",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": str(project.cache / "matplotlib"),
        "IPYTHONDIR": scratch,
        "JUPYTER_PLATFORM_DIRS": "1",
        "TZ": "UTC",
    }


async def run(
    source: Path,
    project: Project,
    *,
    limit: float = TIMEOUT,
    traceback: bool = False,
    on_cell: Callable[[int, int], None] = lambda _done, _total: None,
) -> nbformat.NotebookNode:
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
    at, cells, message = 0, notebook.cells, ""
    with (
        tempfile.TemporaryDirectory(prefix="nb") as scratch,
        Path(scratch, "log").open("w+") as log,  # noqa: ASYNC230, of a local file
    ):
        manager = AsyncKernelManager(
            kernel_spec_manager=_Python(),
            connection_file=f"{scratch}/k.json",
            transport="ipc" if os.name == "posix" else "tcp",  # tcp prints a notice about security
        )
        # Errors are raised whatever a cell's tags say.
        client = NotebookClient(
            notebook, km=manager, timeout=None, force_raise_errors=True, record_timing=False
        )
        client.log.disabled = True  # the message below says it all
        try:
            async with asyncio.timeout(limit):
                variables = environment(project, scratch)
                await manager.start_kernel(cwd=project.root, env=variables, stdout=log, stderr=log)
                await client.async_start_new_kernel_client()
                for at, cell in enumerate(cells):
                    await _execute(client, at)
                    _check(cell, project)
                    on_cell(at + 1, len(cells))
        except BuildError as error:
            message = str(error)
        except CellControlSignal as error:
            message = f": {_reason(error, traceback=traceback)}"
        except TimeoutError:
            message = f": the notebook was stopped after {limit:g} seconds"
        except (DeadKernelError, RuntimeError) as error:
            log.seek(0)
            said = log.read().strip() or str(error).partition("\n")[0]
            message = f": the kernel died: {said.splitlines()[-1]}"
        finally:
            if client.kc is not None:
                client.kc.stop_channels()
            if manager.has_kernel:
                await manager.shutdown_kernel(now=True)
    if message:
        raise BuildError(f"{place(source.stem, at, cells[at])}{message}")
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
        if twice := sorted(
            {one for one in ids if ids.count(one) > 1}
        ):  # nbformat would draw others
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


def _reason(error: CellControlSignal, *, traceback: bool) -> str:
    name, value = getattr(error, "ename", ""), getattr(error, "evalue", "")
    if not name:
        return str(error).splitlines()[0]
    reason = ANSI.sub("", f"{name}: {value}" if value else name)
    if traceback:
        return f"{reason}\n{ANSI.sub('', getattr(error, 'traceback', ''))}"
    return " ".join(reason.split())


def _check(cell: dict[str, Any], project: Project) -> None:
    """Refuse what must not be published: warnings, and whatever differs between builds."""
    for output in cell.get("outputs", []):
        if output["output_type"] == "stream" and output.get("name") == "stderr":
            first = ANSI.sub("", output["text"]).strip().partition("\n")[0]
            first = re.sub(r"^\S+\.py:\d+: ", "", first)  # the place of a warning changes
            raise BuildError(f" wrote to stderr: {first}")
        texts = [output.get("text", "")]
        texts += [v for k, v in output.get("data", {}).items() if k.startswith("text/")]
        for text in map("".join, texts):
            if found := ADDRESS.search(text):
                raise BuildError(f" shows {found[0]}, an address that is never the same")
            if str(project.root) in text:
                raise BuildError(f" shows {project.root}, a path of this machine")


def _normalise(notebook: nbformat.NotebookNode, metadata: dict[str, Any]) -> nbformat.NotebookNode:
    """Return the notebook with nothing of the run in it but its results."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        **metadata,
        "language_info": {"name": "python", "pygments_lexer": "ipython3"},
    }
    codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for count, cell in enumerate(codes, 1):
        cell.metadata.pop("execution", None)
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
