"""What the builder puts into pages: figures, tables, numbers, formulas."""

import pytest

from tests import checkouts

pytest.importorskip("math_core")
pytest.importorskip("mkdocs")

from docs._build import embed, extract, mathml
from docs._build.project import ROOT, BuildError

markdown = pytest.importorskip("markdown")


def test_palette_is_read_from_the_package(tmp_path):
    path = tmp_path / "plot.py"
    path.write_text(checkouts.PLOT)
    assert extract.palette(path) == {"#ffffff": "#101010", "#101010": "#eeeeee"}
    path.write_text(checkouts.PLOT.replace("#101010", "#ffffff", 1))
    with pytest.raises(BuildError, match="no colour twice"):
        extract.palette(path)
    assert extract.palette(ROOT / "lrdecay" / "plot.py")["#fdfdfb"] == "#14171c"


INDEX = {
    "nb": {
        "figures": {
            name: {
                "alt": 'A "line" < 1',
                "caption": "Up to `T` & $x<1$.",
                "file": f"figures/nb-{name}",
                "width": 12,
                "height": 8,
            }
            for name in ("one", "two")
        },
        "tables": {"rows": {"caption": "Rows.", "file": "tables/nb-rows.html"}},
        "numbers": {"loss": {"text": "0.5"}},
    }
}


def test_numbers_are_text_except_in_code():
    text = (
        "Loss {{ number nb.loss }}, $x = {{number nb.loss}}$, `{{ number nb.loss }}`.\n\n"
        "```md\n{{ figure nb.one }}\n```\n\n    ~~~~\n    {{ figure x.y }}\n    ~~~~\n\n"
        "``a ` {{ number nb.loss }}``, ${{ a }}$ and {{ number nb.loss }}\n"
    )
    assert embed.mark(text, INDEX) == (
        "Loss 0.5, $x = 0.5$, `{{ number nb.loss }}`.\n\n"
        "```md\n{{ figure nb.one }}\n```\n\n    ~~~~\n    {{ figure x.y }}\n    ~~~~\n\n"
        "``a ` {{ number nb.loss }}``, ${{ a }}$ and 0.5\n"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ figure other.one }}", "there is no notebooks/other.ipynb"),
        ("{{ figure nb.three }}", "nb has no figure 'three'; it has one, two"),
        ("{{ table nb.one }}", "nb has no table 'one'; it has rows"),
        ("{{ figur nb.one }}", "'figur' is none of figure, table, number"),
        ("{{ figure one }}", "is not of the form"),
        ("{{ number nb.loss }", "is not of the form"),
        ("`` ` {{ figure nb.one }} `", "x"),
    ],
)
def test_wrong_embeds_are_named(text, message):
    if message == "x":  # an opening tick without its end is no code
        assert "<lr-embed" in embed.mark(text, INDEX)
        return
    with pytest.raises(BuildError, match=message):
        embed.mark(text, INDEX)


def test_figures_and_tables_are_filled_in(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "nb-rows.html").write_text(
        "<table>\n<caption>Rows.</caption>\n<tr><td>1</td></tr>\n</table>"
    )
    text = "{{ figure nb.one }}\n\n- item\n\n    {{ figure nb.two }}\n\n{{ table nb.rows }}\n"
    html = markdown.markdown(embed.mark(text, INDEX))
    html = embed.fill(html, INDEX, tmp_path, "schedules/cosine/")
    assert "lr-embed" not in html
    assert "<p><figure" not in html
    assert html.count("<img") == 4
    assert html.count('loading="lazy"') == 2  # all but the first figure
    assert 'src="../../notebooks/figures/nb-one-dark.svg#only-dark"' in html
    assert 'alt="A &quot;line&quot; &lt; 1" width="12" height="8"' in html
    assert '<code>T</code> &amp; <span class="arithmatex">\\(x&lt;1\\)</span>' in html
    assert '<a href="../../notebooks/nb/">Run this</a></figcaption>' in html
    assert html.count("<caption>") == 1
    assert 'id="tab-nb-rows"' in html
    assert "<mo>&lt;</mo>" in mathml.convert(html)
    assert 'src="notebooks/' in embed.fill(embed.mark(text, INDEX), INDEX, tmp_path, "./")
    with pytest.raises(BuildError, match=r"'figure nb\.one' stands twice"):
        embed.fill(embed.mark(text + text, INDEX), INDEX, tmp_path, "")


def test_formulas_become_mathml():
    options = {"pymdownx.arithmatex": {"generic": True}}
    text = "If $a < b$ & so\n\n$$\nx = \\begin{cases} 1 & k<2 \\\\ 0 & k>2 \\end{cases}\n$$\n"
    html = markdown.markdown(text, extensions=["pymdownx.arithmatex"], extension_configs=options)
    html = mathml.convert(html)
    assert '<span class="arithmatex"><math><mi>a</mi><mo>&lt;</mo>' in html
    assert '<div class="arithmatex"><math display="block">' in html
    assert "\\(" not in html
    assert "\\[" not in html


@pytest.mark.parametrize(
    ("latex", "message"),
    [
        (r"\frac{1", r"formula '\\\\frac{1', at character 7: Expected closing token"),
        (r"\nosuch x", "Unknown command"),
        (r"a & b", "table-like environment"),
        ("", "an empty formula"),
    ],
)
def test_formula_that_does_not_parse_is_named(latex, message):
    with pytest.raises(BuildError, match=message) as caught:
        mathml.convert(f'<span class="arithmatex">\\({latex}\\)</span>')
    assert "\n" not in str(caught.value)
