"""The published trials as a stranger reads them: with mlcroissant, and with pandas alone."""

import json

import numpy as np
import pytest

from lrdecay.lab.trials import dataset, load

mlc = pytest.importorskip("mlcroissant", reason="run by `make croissant`")
pd = pytest.importorskip("pandas")

SITE = "https://example.org/"
# Of rdflib, which mlcroissant reads JSON-LD with.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with the files as a site at `SITE` would offer them."""
    made = tmp_path_factory.mktemp("site")
    for name, content in dataset.files(SITE, "2026-11-27").items():
        (made / name).write_bytes(content)
    return made


def opened(folder, change=None):
    """Return the data set, downloads taken from the folder; `change` is done to the metadata."""
    about = json.loads((folder / dataset.METADATA).read_text("utf-8"))
    if change is not None:
        change(about)
    here = {one["@id"]: folder / one["@id"] for one in about["distribution"]}
    return mlc.Dataset(jsonld=about, mapping=here)


def test_the_metadata_are_valid_and_lack_nothing_that_is_recommended(folder):
    issues = opened(folder).metadata.ctx.issues
    assert not issues.errors
    assert not issues.warnings


@pytest.mark.parametrize("table", dataset.FILES)
def test_records_are_our_tables(folder, table):
    ours = dataset.tables()[table]
    records = pd.DataFrame(opened(folder).records(table))
    assert [name.removeprefix(f"{table}/") for name in records] == list(ours)
    assert len(records) == len(next(iter(ours.values())))
    for name, column in ours.items():
        found = records[f"{table}/{name}"]
        if column.dtype.kind == "U":
            assert [one.decode() if isinstance(one, bytes) else "" for one in found] == list(column)
        else:
            np.testing.assert_array_equal(found.astype(float), column.astype(float))


def shape_of(about):
    """Return the field that the tests break."""
    (arms,) = (one for one in about["recordSet"] if one["name"] == "arms")
    (field,) = (one for one in arms["field"] if one["name"] == "shape")
    return field


def untyped(about):
    del shape_of(about)["dataType"]


def mistyped(about):
    shape_of(about)["dataType"] = "sc:Word"


def elsewhere(about):
    shape_of(about)["source"]["fileObject"]["@id"] = "trials.parquet"


def unhashed(about):
    del about["distribution"][0]["sha256"]


@pytest.mark.parametrize("change", [untyped, mistyped, elsewhere, unhashed])
def test_broken_metadata_are_refused(folder, change):
    with pytest.raises(mlc.ValidationError):
        opened(folder, change)


def renamed(about):
    shape_of(about)["source"]["extract"]["column"] = "form"


def counted(about):
    shape_of(about)["dataType"] = "sc:Integer"


@pytest.mark.parametrize(("change", "reason"), [(renamed, "form"), (counted, "invalid literal")])
def test_metadata_that_do_not_fit_the_file_are_refused(folder, change, reason):
    with pytest.raises(Exception, match="Read") as caught:
        next(iter(opened(folder, change).records("arms")))
    assert any(reason in str(error) for error in because(caught.value))


def because(error):
    """Yield an error and all that it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def test_pandas_reads_and_joins_the_tables_by_the_columns_they_share(folder):
    runs, arms, curves = (pd.read_csv(folder / name) for name in dataset.FILES.values())
    assert len(runs.merge(arms)) == len(runs) == len(load().runs["seed"])
    assert len(curves.merge(arms)) == len(curves)
    assert str(runs["diverged"].dtype) == "bool"
    best = runs.query("arm == 'linear' and phase == 'judging' and from_best == 1 and not diverged")
    ours = load("digits").runs
    rows = (ours["arm"] == "linear") & (ours["phase"] == "judging") & (ours["from_best"] == 1.0)
    found = best[best["trial"] == "digits"]["test_loss"]
    np.testing.assert_array_equal(found, ours["test_loss"][rows])
