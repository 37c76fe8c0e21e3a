"""The page of a study, without a browser: evidence register, levers in words, tables to take away, determinism."""

import base64
import io
import re

import polars as pl
import pytest

from experiments import Arm, Study
from experiments.designs import Ridge
from experiments.report import render, report
from experiments.report.done import deeds, factors, levers
from experiments.report.downloads import downloads
from experiments.report.evidence import GRADES, RISKIEST, assumed_share, register, risks, settings
from experiments.report.page import Page
from experiments.spreadsheets import csv_content, workbook_content
from experiments.sweep import sweep
from simulation import INTERVENTIONS, Hashtag, InputError, Moderation, Parameters, declarations
from tests.made_up import made_up
from tests.sweeps import tiny

BREADTH = "One tag for everybody, or tags for specialties."


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("report")
    sweep(tiny(replicates=4, question="Does <it> help?"), path)
    return path


def test_the_register_counts_every_graded_setting_once():
    study = tiny()
    grades = register(settings(study))
    declared = [*declarations(Parameters), *declarations(type(study.base.network))]
    assert sum(item.number for item in grades) == sum(item.grade in GRADES for item in declared)
    assert sum(item.share for item in grades) == pytest.approx(1.0)
    assert all(item.number == item.default + item.set + item.varied for item in grades)
    assumed = sum(item.grade == "A" for item in declared)
    assert assumed_share(grades) == pytest.approx(assumed / sum(item.grade in GRADES for item in declared))


def test_the_register_tells_what_is_set_and_varied_from_what_stands_at_its_default():
    study = Study(
        base=Parameters(beliefs={"prior_mean": 0.3}),
        arms=[Arm("none"), Arm("tag", [Hashtag()])],
        factors={"beliefs.silence_weight": (0.0, 0.5), "disclosure.norm": (0.0, 0.3)},
    )
    before, after = (
        {item.grade: item for item in register(settings(each))} for each in (tiny(base=Parameters()), study)
    )
    assert after["A"].set == before["A"].set + 1
    assert after["A"].varied == before["A"].varied + 1
    assert after["V"].varied == before["V"].varied + 1
    by_path = {item.path: item for item in risks(study)}
    assert by_path["beliefs.silence_weight"].varied == "varied by this study"
    assert by_path["beliefs.prior_mean"].value == "0.3"
    assert by_path["help.norm"].varied == "not varied: one value throughout"


def along_ridge(folder, outcomes=("normalization",)):
    """Results of a study in a folder, and of its arms along the ridge beside them."""

    def value(scenario, arm, replicate, outcome, group):
        return 0.1 + 0.01 * replicate + (0.02 if arm == "tag" else 0.0)

    made_up(folder, value, replicates=3, outcomes=list(outcomes))
    made_up(folder / "ridge", value, replicates=3, outcomes=list(outcomes), design=Ridge())
    return folder


def test_what_the_ridge_varies_is_said_to_be_varied_along_it(tmp_path):
    text = render(along_ridge(tmp_path))
    rows = re.findall(r"<tr>\s*<th scope=\"row\">([^<]+)</th>(.*?)</tr>", text.partition('data-table="risks"')[2], re.S)
    linked = [path for path, cells in rows if '<a href="#ridge">varied along the ridge</a>' in cells]
    assert linked == ["beliefs.silence_weight", "beliefs.prior_mean", "disclosure.norm"]
    assert sum("not varied: one value throughout" in cells for path, cells in rows) == len(RISKIEST) - len(linked)
    assert text.count('id="ridge"') == 1


def test_the_first_lines_count_the_worlds_along_the_ridge(tmp_path, folder):
    assert "&middot; 3 replicates, and 10 worlds along the ridge with 3 &middot;" in render(along_ridge(tmp_path))
    assert "worlds along the ridge with" not in render(folder)


def test_without_a_section_on_the_ridge_nothing_leads_to_it(tmp_path):
    text = render(along_ridge(tmp_path, ["stigma"]))
    assert "varied along the ridge" in text
    assert "#ridge" not in text


def test_the_riskiest_settings_are_settings():
    assert set(RISKIEST) <= {item.path for item in declarations(Parameters)}


def test_every_lever_that_an_arm_sets_has_a_sentence_and_names_its_arms():
    study = Study(
        arms=[Arm("none"), Arm("wide", [Hashtag()]), Arm("narrow", [Hashtag(breadth="specialty"), Moderation()])],
        factors={"beliefs.stigma_mean": (0.3, 0.6)},
    )
    found = {item.path: item for item in levers(study)}
    assert found["hashtag.breadth"].meaning == BREADTH
    assert found["hashtag.breadth"].values == [("general", ["wide"]), ("specialty", ["narrow"])]
    assert found["moderation.regime"].values == [("reactive", ["narrow"])]
    assert all(item.meaning for item in found.values())
    assert [deed.kind for deed in deeds(study.arms[2])] == ["hashtag", "moderation"]
    assert [(item.path, item.values) for item in factors(study)] == [("beliefs.stigma_mean", "0.3, 0.6")]


def test_every_intervention_can_be_told_in_words():
    for name, kind in INTERVENTIONS.items():
        deed = deeds(Arm("x", [kind(), *([] if kind is Hashtag else [Hashtag()])]))[0]
        assert deed.kind == name
        assert deed.meaning.endswith(".")
        assert "`" not in deed.meaning
        assert all("=" not in value and "(" not in value for _, value in deed.levers)


def test_the_same_results_give_the_same_page(folder):
    assert render(folder) == render(folder)


RELIANCE = pl.DataFrame(
    [
        {"outcome": "support_reach_7d", "arm": arm, "against": against, "method": "sobol", "V": share, "V2": 0.0,
         "C": 0.0, "M": 0.0, "A": 1.0 - share, "luck": 0.1}
        for arm, against, share in (("none", "", 0.5), ("tag", "none", 0.25))
    ]
)  # fmt: skip


def test_without_a_sensitivity_analysis_the_page_counts_settings_and_says_that_it_only_counts(folder):
    text = render(folder)
    assert "This is a share of settings, counted one by one." in text
    assert "sensitivity analysis" not in text


def test_with_a_sensitivity_analysis_the_page_says_how_much_of_the_variance_rests_on_assumptions(folder, tmp_path):
    RELIANCE.write_csv(tmp_path / "reliance.csv")
    (tmp_path / "sensitivity.json").write_text('{"study": "wider", "screened": {"a": 0}, "agents": 60, "days": 9}')
    text = render(folder, tmp_path)
    assert "They make 75% of the variance that settings give the differences in the main outcome" in text
    assert "&lsquo;wider&rsquo;, which varied 1 of the settings that no fact fixes, in runs of 60 people" in text
    assert "which make 75% of the variance that settings give the main outcome" in text
    assert "counted one by one" not in text
    found = dict(re.findall(r'download="([^"]+)" href="data:[^;]+(?:;charset=utf-8)?;base64,([^"]+)"', text))
    assert pl.read_csv(base64.b64decode(found["tiny-reliance.csv"]))["A"].to_list() == [0.5, 0.75]


def test_a_sensitivity_analysis_among_the_results_is_found(folder):
    beside = folder / "sensitivity"
    beside.mkdir()
    try:
        RELIANCE.write_csv(beside / "reliance.csv")
        assert "They make 75% of the variance" in render(folder)
    finally:
        (beside / "reliance.csv").unlink()
        beside.rmdir()


def test_a_sensitivity_analysis_that_is_not_there_is_refused(folder, tmp_path):
    with pytest.raises(InputError, match="holds no sensitivity analysis"):
        render(folder, tmp_path)


def test_what_the_study_hardly_means_weakens_the_answer(folder):
    told = Page(folder).warnings
    assert sum("In the study itself, base.agents: rates are calibrated for 5,000 people" in line for line in told) == 1


def test_the_page_is_written_where_it_is_wanted(folder, tmp_path):
    assert report(folder) == folder / "report.html"
    assert report(folder, tmp_path / "deep" / "page.html").read_bytes() == (folder / "report.html").read_bytes()


def test_the_page_holds_its_study_and_its_tables(folder):
    found = dict(re.findall(r'download="([^"]+)" href="data:[^;]+(?:;charset=utf-8)?;base64,([^"]+)"', render(folder)))
    assert base64.b64decode(found["tiny.yaml"]) == (folder / "study.yaml").read_bytes()
    table = pl.read_csv(base64.b64decode(found["tiny-differences.csv"]))
    assert set(table["arm"]) == {"tag"}
    assert (
        pl.read_excel(io.BytesIO(base64.b64decode(found["tiny.xlsx"])), sheet_name="differences").height == table.height
    )


def test_under_the_differences_stands_over_how_many_comparisons_p_is_adjusted(folder):
    page = Page(folder)
    number = page.comparison.table["p"].drop_nulls().len()
    assert number
    below = render(folder).partition('data-table="differences"')[2].partition("</section>")[0]
    assert f"P is adjusted after {page.comparison.correction} over {number} comparisons." in below


def test_a_question_with_markup_is_text(folder):
    assert "Does &lt;it&gt; help?" in render(folder)
    assert "Does <it>" not in render(folder)


def test_a_folder_without_results_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no results"):
        report(tmp_path)


def test_a_study_with_one_arm_has_nothing_to_compare(tmp_path):
    sweep(tiny(arms=[Arm("none")], replicates=1), tmp_path)
    with pytest.raises(InputError, match="another arm"):
        report(tmp_path)


def test_a_name_that_looks_like_a_formula_is_none_in_a_spreadsheet():
    table = pl.DataFrame({"arm": ["=1+1", "tag"], "lists": [["a", "b"], []], "value": [1.5, None]})
    assert csv_content(table).decode().splitlines() == ["arm,lists,value", "'=1+1,a; b,1.5", 'tag,"",']
    book = pl.read_excel(io.BytesIO(workbook_content({"first": table})), sheet_name="first")
    assert book["arm"].to_list() == ["=1+1", "tag"]
    assert workbook_content({"first": table}) == workbook_content({"first": table})


def test_downloads_are_named_after_the_study():
    found = downloads("mine", {"one": ("rows", pl.DataFrame({"a": [1]}))}, b"study: mine\n")
    assert [item.file for item in found] == ["mine.xlsx", "mine-one.csv", "mine.yaml"]
    assert all(item.address.startswith("data:") for item in found)
