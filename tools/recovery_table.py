"""Write the measured recovery of `identify` into its page: `python tools/recovery_table.py`."""

import re
from pathlib import Path

from lrdecay.tuning.identify.recovery import recorded, table

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "identify.md"


def main() -> None:
    """Replace what the page says between how it was measured and its limits."""
    text = PAGE.read_text("utf-8")
    place = r"(?<=measures it again\.\n\n).*?(?=\n\n## Limits)"
    PAGE.write_text(re.sub(place, lambda _: table(recorded()), text, flags=re.DOTALL), "utf-8")


if __name__ == "__main__":
    main()
