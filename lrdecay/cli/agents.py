"""For agents."""

from __future__ import annotations

from .program import OTHER, app, fail


@app.command(rich_help_panel=OTHER)
def mcp() -> None:
    """Serve the tools to an agent over standard input and output (Model Context Protocol).

    It needs `pip install lrdecay[mcp]`, and no network. An agent's configuration names the command
    `lrdecay` with the argument `mcp`.

    Example: `{"mcpServers": {"lrdecay": {"command": "lrdecay", "args": ["mcp"]}}}`
    """
    try:
        from ..mcp import main
    except ModuleNotFoundError as error:
        fail(str(error))
    main()
