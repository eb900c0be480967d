"""What the builder puts into pages: figures, tables, numbers, formulas."""

import pytest

from tests import checkouts

pytest.importorskip("math_core")
pytest.importorskip("mkdocs")
pytest.importorskip("pymdownx")

from markdown import Markdown

from site_builder import notebooks, pages
from site_builder.files import ROOT, BuildError

TOLD = pages.Settings(
    "https://example.org/rates/", "https://github.com/some/repo", "1", "c" * 40, {}, "0"
)
SHOWN = {
    "nb": {
        "files": {"notebooks/nb.ipynb": r'"source": "x = \"lrdecay[plot]\""'},
        "figures": {
            name: {
                "alt": 'A "line" [1] < 1',
                "caption": "Up to `T` & $x<1$.",
                "file": f"notebooks/figures/nb-{name}",
                "notebook": "nb",
                "width": 12,
                "height": 8,
            }
            for name in ("one", "two")
        },
        "tables": {
            "rows": {
                "caption": "Rows at $x$.",
                "notebook": "nb",
                "rows": '\n<tr><th scope="row">a_b_c *d*</th><td>5 %</td></tr>\n</table>',
                "text": "a | 5 %",
            }
        },
        "numbers": {"loss": "0.5"},
    }
}
NOTHING = {"rules": [], "files": {}}
EXTENSIONS = ["abbr", "attr_list", "md_in_html", "tables", "smarty", "toc"]
EXTENSIONS += ["pymdownx.arithmatex", "pymdownx.superfences", "site_builder.markdown"]


def render(tmp_path, **sources):
    """Return what the pages of a checkout become, and the configuration made with them."""
    project = checkouts.make(tmp_path / "checkout")
    for name, text in sources.items():
        path = project.sources / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return pages.render(project, SHOWN, NOTHING, TOLD)


def html(text, glossary=None, questions=None):
    """Return Markdown as a site generator makes it HTML."""
    options = {"pymdownx.arithmatex": {"generic": True}, "abbr": {"glossary": glossary or {}}}
    options["site_builder.markdown"] = {"questions": questions or {}}
    return Markdown(extensions=EXTENSIONS, extension_configs=options).convert(text)


def test_palette_is_read_from_the_package(tmp_path):
    path = tmp_path / "plot.py"
    path.write_text(checkouts.PLOT)
    assert notebooks.palette(path) == {"#ffffff": "#101010", "#101010": "#eeeeee"}
    path.write_text(checkouts.PLOT.replace("#101010", "#ffffff", 1))
    with pytest.raises(BuildError, match="no colour twice"):
        notebooks.palette(path)
    assert notebooks.palette(ROOT / "lrdecay" / "plot.py")["#fdfdfb"] == "#14171c"


def test_numbers_are_text_and_code_is_kept_by_raw(tmp_path):
    text = 'Loss {{ number("nb.loss") }}, $x = {{number("nb.loss")}}$.\n'
    text += "```md\n{% raw -%}\n{{ figure x.y }}\n{% endraw %}\n```\n"
    made, _ = render(tmp_path, a_md=text)
    assert made["a.md"] == "Loss 0.5, $x = 0.5$.\n```md\n{{ figure x.y }}\n```\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{{ figure("other.one") }}', "no notebooks/other.ipynb, and no such rule"),
        ('{{ figure("nb.three") }}', "nb has no such figure; it has one, two"),
        ('{{ table("nb.one") }}', "nb has no such table; it has rows"),
        ('{{ figur("nb.one") }}', "'figur' is undefined"),
        ("{{ figure nb.one }}", "expected token"),
        ('{{ number("nb.loss") }', "unexpected '}'"),
        ('{{ figure("nb.one") }} {{ figure("nb.one") }}', "stands twice on this page"),
        ("{% for x in y %}", "Unexpected end of template"),
        ("{{ number(1) }}", "has no attribute"),
    ],
)
def test_wrong_embeds_are_named_with_their_page_and_line(tmp_path, text, message):
    with pytest.raises(BuildError) as caught:
        render(tmp_path, learn__a_md=f"# A\n\n{text}\n")
    assert str(caught.value).startswith("docs/learn/a.md, line 3: ")
    assert message in str(caught.value)


def test_a_page_that_is_not_utf_8_is_named(tmp_path):
    project = checkouts.make(tmp_path / "checkout")
    project.sources.mkdir()
    (project.sources / "a.md").write_bytes("Gr\xf6\xdfe".encode("latin-1"))
    with pytest.raises(BuildError, match=r"^docs/a.md is not in UTF-8"):
        pages.render(project, SHOWN, NOTHING, TOLD)


def test_figures_and_tables_are_markdown_that_becomes_html(tmp_path):
    text = (
        '{{ figure("nb.one") }}\n\n- item\n\n    {{ figure("nb.two") }}\n\n{{ table("nb.rows") }}\n'
    )
    made, _ = render(tmp_path, schedules__cosine_md=text)
    page = html(made["schedules/cosine.md"])
    assert "lr-caption" not in page
    assert page.count("<img") == 4
    assert page.count('loading="lazy"') == 2  # all but the first figure
    assert 'src="../notebooks/figures/nb-one-dark.svg#only-dark"' in page
    assert 'alt="A &quot;line&quot; [1] &lt; 1"' in page
    assert 'width="12"' in page
    assert page.count('<figure id="fig-nb-') == page.count("</figcaption></figure>") == 2
    assert "<code>T</code> &amp; " in page
    assert "<mo>&lt;</mo>" in page
    assert '<a href="../notebooks/nb.ipynb">Run this</a>' in page
    assert page.count('<a href="../../notebooks/nb/nb.ipynb" download aria-label=') == 3
    assert page.count('aria-label="Colab: nb"') == page.count('aria-label="Binder: nb"') == 3
    assert page.count("<caption>") == 1
    assert '<table class="lr-table" data-search-exclude="yes" id="tab-nb-rows">' in page
    assert "a_b_c *d*" in page
    assert "5\u00a0%" in page
    assert page.count("lr-scroll") == 1


def test_a_phone_gets_a_drawing_of_its_own():
    figure = '![]({0}x-narrow.svg){{ .lr-narrow width="3" height="4" }}\n'
    figure += "![Alt]({0}x.svg#only-light)\nWords *here*.\n{{ .lr-figure }}\n"
    page = html(figure.format("a/"))
    assert page.startswith('<figure><picture><source height="4" media="screen and (max-width')
    assert 'srcset="a/x-narrow.svg"' in page
    assert page.count("<img") == 1
    assert "<figcaption>Words <em>here</em>.</figcaption></figure>" in page


def test_each_id_of_a_rule_in_running_text_is_a_link_that_says_its_question():
    def link(id_, href, title):
        return f'<a href="{href}" title="{title}">{id_}</a>'

    asked = {"H001": "Does *it* <help>?", "H002": "And then?"}
    one = link("H001", "/heuristics/h001.md", "Does *it* &lt;help&gt;?")
    two = link("H002", "/heuristics/h002.md", "And then?")
    page = html("See H001, *as (H002) says*; H001 H002: H0011, H003.", questions=asked)
    assert page == f"<p>See {one}, <em>as ({two}) says</em>; {one} {two}: H0011, H003.</p>"
    page = html("| Rule |\n|---|\n| H002 |\n\nTerm\n:   H001", questions=asked)
    assert f"<td>{two}</td>" in page
    quoted = "# On H001\n\n[of H001](x.md) `H001`\n\n```\nH001\n```"
    assert "h001.md" not in html(quoted, questions=asked)
    assert html("[H002](y.md)", questions=asked) == f"<p>{link('H002', 'y.md', 'And then?')}</p>"
    assert html("See H001.") == "<p>See H001.</p>"


def test_what_language_models_read_is_words(tmp_path):
    text = "---\ndescription: Of lines.\n---\n\n# A title { #x }\n\n"
    text += '{{ figure("nb.one") }}\n{{ table("nb.rows") }}'
    nav = "- Learn:\n    - learn/index.md\n"
    listed = "{% for page in pages %}{{ page.url }}|{{ page.title }}|{{ page.description }}|"
    listed += "{{ page.words }}{% endfor %}"
    made, config = render(tmp_path, learn__index_md=text, nav_yml=nav, llms_txt=listed)
    words = (
        'learn/|A title|Of lines.|# A title { #x }\n\n[Figure: A "line" [1] < 1 Up to `T` & $x<1$.]'
    )
    assert made["llms.txt"] == f"{words}\nRows at $x$.\n\na | 5 %"
    assert config["nav"] == [{"Learn": ["learn/index.md"]}]


def test_published_notebook_installs_the_package_of_its_site(tmp_path):
    made, config = render(tmp_path)
    wheel = "https://example.org/rates/downloads/lrdecay-1-py3-none-any.whl"
    assert made["notebooks/nb.ipynb"] == rf'"source": "x = \"lrdecay[plot] @ {wheel}\""'
    assert config["extra"]["github"] == "some/repo"
    assert config["extra"]["pages"]["notebooks/nb.ipynb"] == {"source": "notebooks/nb.ipynb"}


def test_formulas_become_mathml():
    page = html(
        "If $a < b$ & so ($c$), [$d$](x.md).\n\n$$\nx = "
        "\\begin{cases} 1 & k<2 \\\\ 0 & k>2 \\end{cases}\n$$\n"
    )
    assert '<span class="arithmatex"><math><mi>a</mi><mo>&lt;</mo>' in page
    assert (
        '<span class="lr-keep">(<span class="arithmatex"><math><mi>c</mi></math></span>),</span>'
        in page
    )
    assert '<div class="arithmatex"><math display="block">' in page
    assert "\\(" not in page
    assert "\\[" not in page


@pytest.mark.parametrize(
    ("latex", "message"),
    [
        (r"\frac{1", r"formula '\\\\frac{1', at character 7: Expected closing token"),
        (r"\nosuch x", "Unknown command"),
        (r"a & b", "table-like environment"),
    ],
)
def test_formula_that_does_not_parse_is_named(latex, message):
    with pytest.raises(ValueError, match=message) as caught:
        html(f"A formula ${latex}$")
    assert "\n" not in str(caught.value)


def test_a_term_is_explained_once_and_in_no_heading():
    page = html(
        "## EMA { #a }\n\nEMA, SWA, *EMA* and `EMA`\n", {"EMA": "it & that", "SWA": "other"}
    )
    assert '<h2 id="a">EMA</h2>' in page
    assert page.count("<abbr") == 2
    assert 'EMA</abbr>, <abbr title="other">SWA</abbr>, <em>EMA</em> and <code>EMA</code>' in page


def test_numbers_keep_their_percent_sign_but_in_listings():
    assert html("5 % of `5 %`\n\n```\n5 %\n```\n").count("\u00a0") == 2


def test_tables_scroll():
    page = html("| a | b |\n|---|---|\n| $x$ | 2 |\n")
    assert '<div class="lr-scroll"><table class="lr-table" data-search-exclude="yes">' in page
    assert "<math>" in page


def test_the_style_sheet_behind_a_notebook_is_dropped():
    assert html("Text.\n\n        <style>\n        x\n        </style>\n        ") == "<p>Text.</p>"
