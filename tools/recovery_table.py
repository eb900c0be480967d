"""Write the measured recovery of `identify` into its page: `python tools/recovery_table.py`."""

import re
from pathlib import Path

from lrdecay.tuning.identify.recovery import recorded, table

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "identify.md"


def main() -> None:
    """Replace the table of the page."""
    text = PAGE.read_text("utf-8")
    new = re.sub(
        r"^\| Points × digits \|.*\n(\|.*\n)*",
        lambda _: table(recorded()) + "\n",
        text,
        flags=re.MULTILINE,
    )
    PAGE.write_text(new, "utf-8")


if __name__ == "__main__":
    main()
