"""Studies: what a file says, what it expands to, and which seeds the runs get."""

import json
import pickle
import runpy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import Arm, Study
from experiments.designs import Morris
from experiments.factors import Range
from experiments.people_checks import MOST_DRAWN
from experiments.problems import validated
from experiments.scenarios import NO_FACTORS
from experiments.store import _study_text
from experiments.study import replicate_seed
from experiments.yaml_files import LARGEST_FILE, parse_document, read_document
from simulation import (
    INTERVENTIONS,
    NETWORKS,
    OUTCOMES,
    Guidelines,
    Hashtag,
    InputError,
    Licensing,
    Moderation,
    Parameters,
    Seeds,
    Target,
    TweetChat,
    World,
)

ROOT = Path(__file__).resolve().parents[1]
STUDIES = sorted((ROOT / "configs" / "studies").glob("*.yaml"))
GENERATE = runpy.run_path(str(ROOT / "scripts" / "generate.py"))

SMALL = """
study: small
base: {agents: 60, days: 2}
arms:
  none: {}
  tag: [{type: hashtag, seeds: {count: 3}}]
  tag, desk:
    - {type: hashtag, seeds: {count: 3}}
    - {type: moderation, regime: automatic_review}
factors: {beliefs.stigma_mean: [0.3, 0.6], agents: [60, 80]}
replicates: 3
seed: 7
"""


def study_of(text, tmp_path, *overrides):
    path = tmp_path / "file.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Study.from_file(path, overrides)


def problems_of(text, tmp_path, *overrides):
    with pytest.raises(InputError) as caught:
        study_of(text, tmp_path, *overrides)
    return str(caught.value).replace(str(tmp_path / "file.yaml"), "FILE")


# --- expansion and seeds ----------------------------------------------------------------------------------------------


def test_a_study_asks_for_every_scenario_arm_and_replicate_once(tmp_path):
    study = study_of(SMALL, tmp_path)
    runs = [(e.scenario, e.arm, e.replicate) for e in study.experiments()]
    assert len(runs) == len(set(runs)) == study.number_of_runs == 4 * 3 * 3


def test_replicates_are_interleaved_so_that_a_stopped_sweep_is_balanced(tmp_path):
    runs = list(study_of(SMALL, tmp_path).experiments())
    assert [e.replicate for e in runs] == [1] * 12 + [2] * 12 + [3] * 12


def test_the_same_replicate_has_the_same_seed_in_every_arm_and_scenario(tmp_path):
    seeds = {(e.replicate, e.seed) for e in study_of(SMALL, tmp_path).experiments()}
    assert seeds == {(r, replicate_seed(7, r)) for r in (1, 2, 3)}


def test_more_replicates_or_arms_change_no_seed_and_no_key(tmp_path):
    few = study_of(SMALL, tmp_path)
    many = study_of(SMALL, tmp_path, "replicates=5", "arms.third=[{type: moderation}]")
    keys = {experiment.key("code") for experiment in many.experiments()}
    assert {experiment.key("code") for experiment in few.experiments()} < keys


def test_the_seed_of_a_replicate_is_the_written_hash():
    # First 63 bits of SHA-256 of the text supportnet/42/1, computed with sha256sum.
    assert replicate_seed(42, 1) == int("23d596a65b25ae36", 16) >> 1
    assert 0 <= replicate_seed(0, 1) < 2**63


@given(st.integers(0, 2**63 - 1), st.lists(st.integers(1, 10_000), unique=True, min_size=2, max_size=20))
def test_no_two_replicates_share_a_seed(seed, replicates):
    assert len({replicate_seed(seed, replicate) for replicate in replicates}) == len(replicates)


def test_an_experiment_travels_and_comes_back_the_same(tmp_path):
    experiment = next(study_of(SMALL, tmp_path).experiments())
    packed = pickle.dumps(experiment)
    assert pickle.loads(packed) == experiment
    assert len(packed) < 20_000


def test_a_key_changes_with_everything_that_could_change_a_number(tmp_path):
    keys = [e.key("code") for e in study_of(SMALL, tmp_path).experiments()]
    assert len(set(keys)) == len(keys)
    again = [e.key("other code") for e in study_of(SMALL, tmp_path).experiments()]
    assert not set(keys) & set(again)


# --- scenarios --------------------------------------------------------------------------------------------------------


def test_a_grid_has_every_combination_with_readable_labels(tmp_path):
    labels = [scenario.label for scenario in study_of(SMALL, tmp_path).scenarios]
    assert labels == [f"beliefs.stigma_mean={s}, agents={n}" for s in (0.3, 0.6) for n in (60, 80)]


def test_a_scenario_has_the_values_of_its_label(tmp_path):
    last = study_of(SMALL, tmp_path).scenarios[-1].parameters
    assert (last.beliefs.stigma_mean, last.agents, last.days) == (0.6, 80, 2)


def test_without_factors_there_is_one_scenario_the_base():
    study = Study(base=Parameters(agents=10))
    assert [(s.label, s.parameters) for s in study.scenarios] == [(NO_FACTORS, study.base)]


def test_a_factor_can_be_a_setting_of_the_network(tmp_path):
    study = study_of("factors: {network.copy_share: [0.2, 0.4]}", tmp_path)
    assert [s.parameters.network.copy_share for s in study.scenarios] == [0.2, 0.4]


def test_a_factor_that_breaks_a_rule_with_the_rest_of_the_base_names_the_scenario(tmp_path):
    text = problems_of("factors: {population.roles.student: [0.35, 0.5]}", tmp_path)
    assert "the scenario population.roles.student=0.5 cannot be: the five shares must add up to 1" in text


def test_a_study_that_asks_for_millions_of_runs_is_refused_before_they_are_listed(tmp_path):
    names = ["agents", "days", "beliefs.contact", "beliefs.stigma_sd"]
    factors = "\n".join(f"  {name}: [{', '.join(str(0.1 + i / 200) for i in range(60))}]" for name in names[2:])
    whole = "\n".join(f"  {name}: [{', '.join(str(i + 1) for i in range(60))}]" for name in names[:2])
    assert "runs" in problems_of(f"factors:\n{factors}\n{whole}", tmp_path)


# --- resolving --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_a_study_of_the_repository_is_correct_and_survives_being_resolved(path, tmp_path):
    study = Study.from_file(path)
    again = study_of(_study_text(study.resolve()), tmp_path)
    assert again == study
    assert again.content_hash() == study.content_hash()


def test_the_hash_follows_what_changes_numbers_and_not_the_question(tmp_path):
    base = study_of(SMALL, tmp_path).content_hash()
    assert study_of(SMALL, tmp_path, "question=Why?").content_hash() == base
    for change in ("seed=8", "replicates=4", "beliefs.contact=0.01", "arms.tag[0].start_day=1", "outcomes=[adopters]"):
        assert study_of(SMALL, tmp_path, change).content_hash() != base, change


def test_a_study_in_python_is_the_study_in_the_file(tmp_path):
    tag = Hashtag.model_validate({"seeds": {"count": 3}})
    python = Study(
        study="small",
        base=Parameters(agents=60, days=2),
        arms=[Arm("none"), Arm("tag", [tag]), Arm("tag, desk", [tag, Moderation(regime="automatic_review")])],
        factors={"beliefs.stigma_mean": (0.3, 0.6), "agents": (60, 80)},
        replicates=3,
        seed=7,
    )
    assert python.content_hash() == study_of(SMALL, tmp_path).content_hash()


def test_a_wrong_study_in_python_is_told_like_a_wrong_file():
    with pytest.raises(InputError) as caught:
        Study(arms=[Arm("none")], baseline="non", outcomes=["adopers"], replicates=0, seed=-1)
    assert [problem.where for problem in caught.value.problems] == ["baseline", "outcomes[0]", "replicates", "seed"]
    assert caught.value.problems[1].nearest == "adopters"


# --- files ------------------------------------------------------------------------------------------------------------


def test_one_run_is_a_study_with_one_arm_and_one_replicate(tmp_path):
    study = study_of("study: one", tmp_path)
    assert study.number_of_runs == 1
    assert study.base == Parameters()
    assert tuple(study.outcomes) == tuple(OUTCOMES)


def test_arms_without_interventions_can_be_written_in_four_ways(tmp_path):
    study = study_of("arms: {a: {}, b: [], c: , d: null, e: {type: hashtag}}", tmp_path)
    assert [len(arm.interventions) for arm in study.arms] == [0, 0, 0, 0, 1]


def test_yaml_is_read_as_version_1_2(tmp_path):
    study = study_of("study: small\nbase: {agents: 1e3}\narms: {no: [], yes: []}\nbaseline: no", tmp_path)
    assert study.base.agents == 1000
    assert study.baseline == "no"


def test_a_byte_order_mark_and_windows_lines_do_not_matter(tmp_path):
    windows = b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode()
    assert study_of(windows, tmp_path) == study_of(SMALL, tmp_path)


def test_an_anchor_saves_writing_an_intervention_twice(tmp_path):
    text = "arms: {a: [&t {type: hashtag, start_day: 1}], b: [*t], c: [{<<: *t, start_day: 2}]}"
    assert [arm.interventions[0].start_day for arm in study_of(text, tmp_path).arms] == [1, 1, 2]


def test_aliases_that_multiply_do_not_fill_the_memory(tmp_path):
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    assert "more than 100,000 values" in problems_of("\n".join(lines), tmp_path)


def test_a_value_that_holds_itself_is_refused(tmp_path):
    assert "levels deep" in problems_of("arms: &a {x: *a}", tmp_path)


def test_a_file_that_is_too_large_is_refused(tmp_path):
    assert "bytes" in problems_of("#" * (LARGEST_FILE + 1), tmp_path)


def test_a_file_that_is_not_there_is_said_to_be_so_with_the_likely_name(tmp_path):
    (tmp_path / "study.yaml").write_text("study: x")
    with pytest.raises(InputError, match="no such file") as caught:
        Study.from_file(tmp_path / "study")
    assert caught.value.problems[0].nearest.endswith("study.yaml")


def test_a_network_given_twice_is_refused(tmp_path):
    text = problems_of("network: {type: ring}\nbase: {network: {type: star}}", tmp_path)
    assert "given twice" in text


@given(st.text(max_size=200))
def test_no_text_at_all_makes_the_reader_fail_in_its_own_code(text):
    try:
        message = str(parse_document(text, "FILE").source)
    except InputError as error:
        message = str(error)
    assert message.startswith("FILE")


# --- key=value --------------------------------------------------------------------------------------------------------


def test_what_is_typed_wins_over_the_file(tmp_path):
    typed = ("replicates=9", "agents=70", "base.days=1", "beliefs.stigma_sd=0.1", "network.type=growth")
    study = study_of(SMALL, tmp_path, *typed)
    assert (study.replicates, study.base.agents, study.base.days) == (9, 70, 1)
    assert study.base.beliefs.stigma_sd == 0.1
    assert study.base.network.type == "growth"


def test_an_intervention_of_an_arm_can_be_set_by_key(tmp_path):
    study = study_of(SMALL, tmp_path, 'arms."tag, desk"[1].servers=5', "arms.none=[{type: hashtag}]")
    assert study.arms[2].interventions[1].servers == 5
    assert len(study.arms[0].interventions) == 1


def test_a_factor_can_be_set_by_its_dotted_path(tmp_path):
    study = study_of(SMALL, tmp_path, "factors.beliefs.stigma_mean=[0.4]")
    assert study.factors["beliefs.stigma_mean"] == (0.4,)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("beliefs.stigma_men=1", "command line: beliefs.stigma_men: unknown key"),
        ("beliefs.stigma_mean=7", "command line: beliefs.stigma_mean: 7 is out of range"),
        ("arms.tag[0].bredth=x", "command line: arms.tag[0].bredth: unknown key"),
        ("arms.tag[4].breadth=x", "command line: arms.tag[4].breadth: there is nothing at arms.tag[4]"),
        ("replicats=3", "command line: replicats: unknown key"),
        ("outcomes=[adopton]", "command line: outcomes[0]: unknown outcome 'adopton'"),
        ("factors={beliefs.stigma_mean: [9]}", 'command line: factors."beliefs.stigma_mean"[0]: 9 is out of range'),
        ("base={agents: -5}", "command line: base.agents: -5 is out of range"),
        ("arms={tag: [{type: hashtg}]}", "command line: arms.tag[0].type: unknown intervention 'hashtg'"),
        ("replicates", "command line: replicates: is neither an option nor of the form key=value"),
        ("factors.beliefs.stigma_mean[1]=9", "command line: factors.beliefs.stigma_mean[1]: 9 is out of range"),
    ],
)
def test_a_mistake_on_the_command_line_is_placed_there(typed, message, tmp_path):
    assert problems_of(SMALL, tmp_path, typed).startswith(message)


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("agnts=3", "agents"),
        ("belifs.stigma_mean=0.3", "beliefs.stigma_mean"),
        ("stigma_mean=0.3", "beliefs.stigma_mean"),
        ("replicats.at_most=3", "replicates"),
        ("arm.none=[]", "arms"),
    ],
)
def test_a_setting_with_a_wrong_name_on_the_command_line_has_a_nearest_name(typed, nearest, tmp_path):
    message = problems_of(SMALL, tmp_path, typed)
    assert message.startswith(f"command line: {typed.split('=')[0]}: unknown key")
    assert message.endswith(f"did you mean '{nearest}'?")


def test_a_setting_at_the_top_of_a_file_is_told_what_a_study_takes(tmp_path):
    message = problems_of(SMALL + "agnts: 3\n", tmp_path)
    assert message.startswith("FILE:13: agnts: unknown key\n  a study takes: study,")
    assert "did you mean" not in message


# --- what is generated from the declarations --------------------------------------------------------------------------


def test_generated_files_are_fresh():
    assert GENERATE["stale"]() == []


def test_a_stale_file_is_noticed(tmp_path):
    GENERATE["write"](tmp_path)
    assert GENERATE["stale"](tmp_path) == []
    (tmp_path / "configs" / "base.yaml").write_text("agents: 1\n")
    assert GENERATE["stale"](tmp_path) == ["configs/base.yaml"]


def test_base_yaml_is_the_defaults_of_the_code():
    data = read_document(ROOT / "configs" / "base.yaml").data
    network = data.pop("network")
    assert validated(Parameters, data, (), "base") == Parameters()
    kind = NETWORKS[network["type"]]
    assert validated(kind, network, (), "network") == Parameters().network


def test_a_study_that_spells_out_base_yaml_is_the_study_that_leaves_it_out(tmp_path):
    base = (ROOT / "configs" / "base.yaml").read_text()
    indented = "".join(f"  {line}\n" for line in base.splitlines())
    assert study_of(f"base:\n{indented}", tmp_path).resolve() == study_of("base: {}", tmp_path).resolve()


def test_the_schema_knows_every_name_that_a_file_can_hold():
    schema = json.loads((ROOT / "configs" / "schema.json").read_text())["$defs"]
    assert schema["AnyIntervention"]["properties"]["type"]["enum"] == list(INTERVENTIONS)
    assert schema["AnyNetwork"]["properties"]["type"]["enum"] == list(NETWORKS)
    assert schema["Study"]["properties"]["outcomes"]["items"]["enum"] == list(OUTCOMES)
    assert set(schema["Hashtag"]["properties"]) == set(Hashtag.model_fields)
    assert schema["BeliefSettings"]["properties"]["stigma_mean"]["maximum"] == 0.99


# --- what is hardly meant -----------------------------------------------------------------------------------------


def test_a_study_says_which_interventions_lie_after_the_last_day_of_any_of_its_worlds():
    late = Arm("late", [Licensing(start_day=9), Guidelines(end_day=15)])
    study = Study(base=Parameters(days=30), arms=[Arm("none"), late], factors={"days": (8, 20)})
    assert [str(doubt).splitlines()[0] for doubt in study.doubts()] == [
        "arms.late[0].start_day: begins on day 9, after the last day of the run",
        "arms.late[1].end_day: ends on day 15, after the last day of the run",
    ]
    assert not Study(base=Parameters(days=30), arms=[late]).doubts()


@pytest.mark.parametrize("agents", [1251, 5000, 19_999])
def test_nothing_is_said_of_a_world_near_the_calibrated_one(agents):
    assert not Study(base=Parameters(agents=agents)).doubts()


@pytest.mark.parametrize(
    ("fields", "where", "told"),
    [
        ({"base": Parameters(agents=20_000)}, "base.agents", "this world has 20,000 people: docs/how-many-people.md"),
        ({"base": Parameters(agents=1250)}, "base.agents", "this world has 1,250 people: docs/how-many-people.md"),
        ({"base": Parameters(network=NETWORKS["ring"]())}, "network", "this world has another network"),
        ({"base": Parameters(agents=300, network=NETWORKS["ring"]())}, "network", "this world has another network"),
        ({"factors": {"agents": (100, 400)}}, "factors.agents", "this world has 400 people"),
        ({"factors": {"agents": Range(30_000, 90_000)}, "design": Morris()}, "factors.agents", "has 30,000 people"),
    ],
)
def test_a_world_far_from_the_calibrated_one_is_told_in_one_line(fields, where, told):
    doubts = Study(**fields).doubts()
    assert [str(doubt).splitlines() for doubt in doubts] == [[str(doubts[0])]]
    assert str(doubts[0]).startswith(f"{where}: rates are calibrated for 5,000 people on the default network")
    assert told in str(doubts[0])


def test_nothing_is_said_where_the_people_vary_around_the_calibrated_ones_or_the_rates_are_others():
    assert not Study(factors={"agents": (500, 100_000)}).doubts()
    assert not Study(base=Parameters(agents=300).with_values({"reactions.retweet": 0.01})).doubts()


def test_a_study_says_what_its_arms_do_not_find_in_the_people_of_their_first_run():
    rare = Arm("rare", [Licensing(target=Target(share=1e-6))])
    chat = Arm("chat", [Hashtag(), TweetChat(moderator_role="public")])
    base = Parameters(agents=100).with_values({"reactions.retweet": 0.01})
    assert [str(doubt) for doubt in Study(base=base, arms=[Arm("none"), rare, chat]).doubts()] == [
        "arms.rare[0].target.share: in replicate 1 chance has picked nobody of the group (everybody)",
        "arms.chat[1].moderators: in replicate 1 nobody of the group can moderate (public): no chat will be led",
    ]


def test_the_first_run_is_that_of_the_first_scenario_with_its_levers():
    tags = Arm("tags", [Hashtag(breadth="specialty", seeds=Seeds(count=1))])
    base = Parameters(agents=300).with_values({"reactions.retweet": 0.01})
    factor = "interventions.hashtag.seeds.count"
    [doubt] = Study(base=base, arms=[tags], factors={factor: (5, 6)}).doubts()
    assert f"in replicate 1 of {factor}=5 there is no seed for the tag 'anaesthesia support'" in str(doubt)
    assert not Study(base=base, arms=[tags], factors={factor: (6, 5)}).doubts()


def test_what_is_said_of_the_first_run_is_true_of_that_run():
    few = Arm("few", [Licensing(target=Target(share=0.02))])
    base = Parameters(agents=50).with_values({"reactions.retweet": 0.01})
    said, true = [], []
    for seed in range(12):
        study = Study(base=base, arms=[few], seed=seed, replicates=3)
        run = next(study.experiments())
        said.append(bool(study.doubts()))
        true.append(len(Target(share=0.02).members(World.build(run.parameters, run.seed))) == 0)
    assert said == true
    assert {True, False} == set(said)


def test_of_more_people_than_a_check_draws_it_is_said_what_the_settings_show():
    arm = Arm("tags", [Hashtag(breadth="specialty", seeds=Seeds(count=5)), Licensing(target=Target(share=1e-9))])
    [doubt] = Study(base=Parameters(agents=MOST_DRAWN + 1), arms=[arm]).doubts()
    assert str(doubt).startswith("arms.tags[0].seeds: there is no seed for the tag 'anaesthesia support'")


def test_a_group_that_must_be_empty_is_refused_unless_a_factor_may_fill_it():
    nobody = Arm("group", [Licensing(target=Target(superusers=True))])
    base = Parameters().with_values({"population.superuser_share": 0.0})
    with pytest.raises(InputError, match=r"arms\.group\[0\]\.target: the group \(superusers\) is empty"):
        Study(base=base, arms=[nobody])
    Study(base=base, arms=[nobody], factors={"population.superuser_share": (0.01, 0.05)})
