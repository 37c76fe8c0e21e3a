"""Every rule by hand, with a few numbers; and no chance ever leaves its range."""

import ast
import inspect
import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation import rules
from simulation.rules import LN2

ROOT = Path(__file__).resolve().parents[1]
RULES = [name for name, rule in vars(rules).items() if callable(rule) and name != "compiled"]
COLUMNWISE = {"visits_factor", "expected_views"}
"""Rules that population.py applies to whole columns at once; test_population.py holds the columns to the rules."""

near = pytest.approx
unit = st.floats(0.0, 1.0)
luck = st.floats(0.0, 1.0, exclude_max=True)
amount = st.floats(0.0, 1e6)
signed = st.floats(-1e3, 1e3)


# --- all of them --------------------------------------------------------------------------------------------------


def called_rules():
    """Names of rules that some source of the simulation calls as `rules.name(...)`, and those that other rules call."""
    found = set()
    for path in (ROOT / "simulation").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for item in ast.walk(tree):
            if isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute):
                if isinstance(item.func.value, ast.Name) and item.func.value.id == "rules":
                    found.add(item.func.attr)
            elif path.name == "rules.py" and isinstance(item, ast.Call) and isinstance(item.func, ast.Name):
                found.add(item.func.id)
    return found


def test_every_rule_is_called_by_an_engine_or_by_another_rule():
    assert set(RULES) - called_rules() - COLUMNWISE == set()


@pytest.mark.parametrize("name", RULES)
def test_every_rule_says_what_it_computes(name):
    assert (getattr(rules, name).__doc__ or "").strip()


@pytest.mark.parametrize("name", RULES)
def test_the_page_of_the_model_names_every_rule(name):
    assert re.search(rf"\b{name}\b", (ROOT / "docs" / "model.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", RULES)
def test_rules_take_and_return_plain_numbers(name):
    rule = getattr(rules, name)
    kinds = inspect.get_annotations(getattr(rule, "py_func", rule), eval_str=True)
    assert set(kinds.values()) <= {float, int, bool}
    assert "return" in kinds


@pytest.mark.parametrize(
    ("term", "names"),
    [
        (r"beta_d \(d - [\d.]+\)/([\d.]+)", ["DISTRESS_UNIT"]),
        (r"beta_n \(n - n_ref\)/([\d.]+)", ["NORM_UNIT"]),
        (r"beta_q \(q - ([\d.]+)\)/([\d.]+)", ["PERCEIVED_CENTRE", "PERCEIVED_UNIT"]),
        (r"al_s \(s - ([\d.]+)\)/([\d.]+)", ["STIGMA_CENTRE", "STIGMA_UNIT"]),
        (r"al_c \(c - [^)]+\)/([\d.]+)", ["FEAR_UNIT"]),
        (r"al_n \(n - n_ref\)/([\d.]+)", ["NORM_UNIT"]),
    ],
)
def test_units_of_coefficients_are_those_on_the_page_of_the_model(term, names):
    found = re.search(term, (ROOT / "docs" / "model.md").read_text(encoding="utf-8"))
    assert found is not None
    assert [float(number) for number in found.groups()] == [getattr(rules, name) for name in names]


# --- shapes -------------------------------------------------------------------------------------------------------


def test_a_sigmoid_is_a_half_at_nought_and_symmetric():
    assert rules.sigmoid(0.0) == 0.5
    assert rules.sigmoid(2.0) == near(1 / (1 + math.exp(-2.0)))
    assert rules.sigmoid(-3.0) == near(1.0 - rules.sigmoid(3.0))
    assert rules.sigmoid(-1e9) == 0.0
    assert rules.sigmoid(1e9) == 1.0


def test_a_stock_of_one_reply_is_worth_63_percent_of_a_full_one():
    assert rules.saturation(0.0) == 0.0
    assert rules.saturation(1.0) == near(0.6321, abs=1e-4)


def test_a_rate_of_a_tenth_a_day_happens_within_a_day_with_9_and_a_half_percent():
    assert rules.chance_in(0.1, 1.0) == near(0.09516, abs=1e-5)
    assert rules.chance_in(0.1, 0.0) == 0.0


def test_half_of_a_stock_is_left_after_its_half_life_and_a_quarter_after_two():
    assert rules.kept(7.0, 7.0) == near(0.5)
    assert rules.kept(7.0, 14.0) == near(0.25)


def test_clipping_keeps_what_lies_between():
    assert [rules.clip(value, 0.0, 27.0) for value in (-1.0, 5.0, 30.0)] == [0.0, 5.0, 27.0]


# --- 4.1 ----------------------------------------------------------------------------------------------------------


def test_sessions_peak_at_the_peak_hour_and_average_to_one_over_a_day():
    assert rules.diurnal(20.0, 20.0, 0.5) == near(1.5)
    assert rules.diurnal(8.0, 20.0, 0.5) == near(0.5)
    assert sum(rules.diurnal(hour / 4, 20.0, 0.5) for hour in range(96)) / 96 == near(1.0)


def test_a_step_weighs_what_the_local_hour_at_its_middle_says():
    assert rules.weighted_step(10, 1 / 24, 0.0, 10.5, 0.5) == near(1.5 / 24)
    assert rules.weighted_step(10, 1 / 24, -2.0, 8.5, 0.5) == near(1.5 / 24)
    assert sum(rules.weighted_step(step, 1 / 96, 3.0, 20.0, 0.8) for step in range(96)) == near(1.0)


def test_poisson_counts_follow_the_quantiles_of_the_law():
    mean = 0.5
    below_one, below_two = math.exp(-mean), math.exp(-mean) * (1 + mean)
    assert rules.poisson_count(below_one - 1e-9, mean) == 0
    assert rules.poisson_count(below_one + 1e-9, mean) == 1
    assert rules.poisson_count(below_two + 1e-9, mean) == 2
    assert rules.poisson_count(0.999, 0.0) == 0


def test_poisson_counts_have_the_mean_of_the_law_and_an_end():
    grid = 20_000
    counts = [rules.poisson_count((k + 0.5) / grid, 3.0) for k in range(grid)]
    assert sum(counts) / grid == near(3.0, rel=1e-3)
    assert counts.count(4) / grid == near(27.0 / 8.0 * math.exp(-3.0), abs=1e-4)
    assert rules.poisson_count(0.0, 2_000.0) == 1_000
    assert rules.poisson_count(0.999, -1.0) == 0


def test_scan_lengths_are_geometric_with_the_given_mean():
    mean, grid = 30.0, 20_000
    lengths = [rules.geometric_length((k + 0.5) / grid, mean) for k in range(grid)]
    assert min(lengths) == 1
    assert sum(lengths) / grid == near(mean, rel=0.002)
    assert lengths.count(1) / grid == near(1 / mean, rel=0.01)
    assert rules.geometric_length(0.9, 1.0) == 1


def test_scan_lengths_have_a_shortest_mean_and_a_greatest_length():
    assert rules.geometric_length(0.9, 0.5) == 1
    assert rules.geometric_length(0.9, 1.25) == 2
    assert rules.geometric_length(1.0 - 2.0**-53, 1e12) == 1_000_000_001


def test_attention_is_level_without_a_hierarchy_and_never_above_certain():
    assert [rules.attention(0.0, z) for z in (-0.5, 0.0, 0.5)] == [1.0, 1.0, 1.0]
    assert [rules.attention(1.0, z) for z in (-0.5, 0.0, 0.5)] == [0.5, 1.0, 1.0]


def test_attention_is_never_below_nought():
    assert rules.attention(2.0, -0.5) == 0.0
    assert rules.attention(3.0, -0.5) == 0.0


def test_frequent_visitors_react_in_proportion_to_a_power_of_their_visits():
    assert rules.visits_factor(3.2, 0.8, 0.5) == near(2.0)
    assert rules.visits_factor(2.0, 0.8, 2.0) == near(6.25)
    assert rules.visits_factor(3.2, 0.8, 0.0) == 1.0
    assert rules.visits_factor(3.2, 0.0, 0.5) == 1.0


@pytest.mark.parametrize(
    ("visits", "arrivals", "scan", "share"), [(2, 20, 30, 0.75), (1, 100, 30, 0.2308), (5, 400, 20, 0.2)]
)
def test_expected_views_are_those_of_the_visibility_law(visits, arrivals, scan, share):
    assert rules.expected_views(visits, scan, arrivals) / arrivals == near(share, abs=1e-4)
    assert rules.expected_views(0.0, scan, 0.0) == 0.0


def test_nothing_is_viewed_where_nothing_arrives_or_nobody_looks():
    assert rules.expected_views(2.0, 30.0, 0.0) == 0.0
    assert rules.expected_views(0.0, 30.0, 10.0) == 0.0
    assert rules.expected_views(0.25, 2.0, 0.5) == near(0.25)


def test_the_rank_of_a_post_grows_with_appeal_and_shares_and_falls_with_a_power_of_its_age():
    assert rules.rank(2.0, 0, 0.0, 6.0, 0.5, 1.0) == 2.0
    assert rules.rank(2.0, 3, 0.0, 6.0, 0.5, 1.0) == 8.0
    assert rules.rank(2.0, 3, 12.0, 6.0, 0.5, 1.0) == near(8.0 * math.exp(-1.0))
    assert rules.rank(2.0, 3, 9.0, 6.0, 0.5, 2.0) == near(8.0 * math.exp(-1.125))
    assert rules.rank(2.0, 3, 12.0, 6.0, 0.0, 2.0) == 8.0


def test_sessions_of_a_chat_are_as_many_an_hour_in_a_step_of_any_length():
    assert rules.chat_sessions(4.0, 1.0 / 24.0) == near(4.0)
    assert rules.chat_sessions(4.0, 1.0 / 96.0) == near(1.0)


# --- 4.2 ----------------------------------------------------------------------------------------------------------


def test_a_post_is_half_a_step_old_when_it_can_first_be_read_and_a_step_older_in_every_step():
    assert rules.age_hours(7, 7, 1.0 / 24.0) == near(0.5)
    assert rules.age_hours(10, 7, 1.0 / 24.0) == near(3.5)
    assert rules.age_hours(10, 7, 1.0 / 96.0) == near(0.875)


def test_a_new_post_is_fresh_and_one_of_an_hour_and_a_half_half_as_likely_to_be_passed_on():
    assert rules.freshness(0.0, 0.5, 0.5) == 1.0
    assert rules.freshness(1.5, 0.5, 0.5) == near(0.5)
    assert rules.freshness(100.0, 0.5, 0.0) == 1.0


def test_shame_keeps_struggles_from_being_passed_on_and_nothing_else():
    struggle = rules.retweet_chance(0.01, 2.0, 0.5, 1.5, 0.4, True, 1.0, 1.0)
    other = rules.retweet_chance(0.01, 2.0, 0.5, 1.5, 0.4, False, 1.0, 1.0)
    assert other == near(0.015)
    assert struggle == near(0.015 * 0.6)
    assert rules.retweet_chance(0.01, 2.0, 0.5, 1.5, 0.4, False, 0.5, 2.0) == near(0.015)


def test_three_visible_replies_halve_the_chance_of_another():
    assert rules.reply_chance(0.02, 1.0, 1.0, 1.5, 0, 0.5, 1.0) == near(0.03)
    assert rules.reply_chance(0.02, 1.0, 1.0, 1.5, 3, 0.5, 1.0) == near(0.015)
    assert rules.reply_chance(0.02, 1.0, 3.0, 1.0, 0, 0.5, 2.0) == near(0.12)


def test_likes_are_five_times_as_likely_as_replies():
    assert rules.like_chance(0.025, 5.0, 1.0) == near(0.125)
    assert rules.like_chance(0.5, 5.0, 1.0) == 1.0
    assert rules.report_chance(0.05, 2.0) == near(0.1)


def test_what_is_more_than_certain_is_certain():
    assert rules.retweet_chance(0.9, 2.0, 1.0, 1.0, 0.0, False, 1.0, 1.0) == 1.0
    assert rules.reply_chance(0.9, 2.0, 1.0, 1.0, 0, 0.5, 1.0) == 1.0
    assert rules.like_chance(0.1, 5.0, 0.5) == near(0.25)
    assert rules.report_chance(0.9, 2.0) == 1.0
    assert rules.derogatory_chance(0.9, 0.9, 1.0, 0.0) == 1.0
    assert rules.adoption_chance(1, 0.9, 2.0, 0.0, 1.0) == 1.0


def test_every_factor_of_a_reaction_counts():
    assert rules.retweet_chance(0.01, 3.0, 0.5, 0.25, 0.2, True, 0.4, 7.0) == near(0.0084)
    assert rules.reply_chance(0.01, 0.5, 3.0, 2.0, 8, 1.0, 6.0) == near(0.02)
    assert rules.reply_chance(0.01, 0.5, 3.0, 2.0, 1, 2.0, 6.0) == near(0.045)


def test_derogatory_replies_grow_with_the_square_of_stigma():
    assert rules.derogatory_chance(0.03, 0.45, 1.0, 0.0) == near(0.03)
    assert rules.derogatory_chance(0.03, 0.90, 1.0, 0.0) == near(0.12)
    assert rules.derogatory_chance(0.03, 0.90, 0.1, 0.05) == near(0.062)
    assert rules.derogatory_chance(0.03, 0.0, 1.0, 0.0) == 0.0


@pytest.mark.parametrize(
    ("perceived", "stigma", "extra"),
    [(0.8, 0.3, 0.1), (0.7, 0.3, 0.0), (0.6, 0.3, 0.0), (0.8, 0.4, 0.0), (0.8, 0.5, 0.0), (0.2, 0.9, 0.0)],
)
def test_only_those_who_think_stigma_common_and_do_not_share_it_enforce_it(perceived, stigma, extra):
    assert rules.enforcement_chance(0.1, perceived, stigma) == extra


# --- 4.3, 4.4 -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("followed", "mutual", "looks_up", "weight"),
    [
        (True, True, False, 1.0),
        (True, False, False, 0.5),
        (False, False, False, 0.25),
        (True, True, True, 2.0),
        (False, False, True, 0.5),
    ],
)
def test_known_people_and_faculty_weigh_more(followed, mutual, looks_up, weight):
    assert rules.tie_weight(followed, mutual, 0.5, 0.25, looks_up, 2.0) == weight


def test_belief_begins_at_its_prior_and_follows_the_evidence():
    assert rules.believed_prevalence(0.0, 0.0, 0.2, 10.0, 0.11) == near(0.2)
    assert rules.believed_prevalence(1.0, 3.0, 0.2, 10.0, 1.0) == near(3.0 / 13.0)
    assert rules.believed_prevalence(1.0, 3.0, 0.2, 10.0, 0.0) == near(3.0 / 11.0)


def test_more_disclosing_than_counted_authors_leave_no_silence():
    assert rules.believed_prevalence(2.0, 1.0, 0.2, 10.0, 1.0) == near(4.0 / 12.0)


@pytest.mark.parametrize("wanted", [0.001, 0.15, 0.2, 0.5, 0.999])
@pytest.mark.parametrize("silent", [0.0, 0.4, 70.0])
def test_the_evidence_for_a_belief_leads_to_that_belief(wanted, silent):
    disclosing = rules.disclosing_for(wanted, silent, 0.2, 10.0, 0.11)
    if disclosing == 0.0:
        more = rules.silent_for(wanted, silent, 0.2, 10.0, 0.11)
        assert more >= silent
        silent = more
    assert rules.believed_prevalence(disclosing, disclosing + silent, 0.2, 10.0, 0.11) == near(wanted)


def test_where_silence_counts_for_nothing_a_belief_cannot_fall_below_the_prior():
    assert rules.disclosing_for(0.1, 6.0, 0.2, 10.0, 0.0) == 0.0
    assert rules.silent_for(0.1, 6.0, 0.2, 10.0, 0.0) == 6.0


def test_the_evidence_for_certainty_is_much_but_finite():
    assert rules.disclosing_for(1.0, 0.0, 0.2, 10.0, 0.5) == near(8e9, rel=1e-6)
    assert rules.disclosing_for(1.0, 4.0, 0.2, 10.0, 0.5) == near(1e10, rel=1e-6)


def test_the_silence_for_a_belief_by_hand():
    assert rules.silent_for(0.1, 0.0, 0.2, 10.0, 0.5) == near(20.0)
    assert rules.silent_for(0.1, 30.0, 0.2, 10.0, 0.5) == 30.0
    assert rules.silent_for(0.0, 6.0, 0.2, 10.0, 0.5) == 6.0


def test_contact_lowers_stigma_towards_its_minimum():
    assert rules.stigma_after_contact(0.45, 1.0, 0.009, 0.1) == near(0.45 - 0.009 * 0.35)
    assert rules.stigma_after_contact(0.05, 1.0, 0.009, 0.1) == 0.05
    assert rules.stigma_after_contact(0.45, 100.0, 0.5, 0.1) == near(0.1)


@pytest.mark.parametrize("contacts", [0, 1, 2, 7])
def test_several_contacts_at_once_are_so_many_single_ones(contacts):
    one_by_one = 0.6
    for _ in range(contacts):
        one_by_one = rules.stigma_after_contact(one_by_one, 0.5, 0.1, 0.2)
    assert rules.stigma_after_contacts(0.6, 0.5, 0.1, 0.2, contacts) == near(one_by_one)
    assert rules.stigma_after_contacts(0.15, 0.5, 0.1, 0.2, contacts) == 0.15


def test_a_derogatory_reply_moves_the_perceived_norm_up_and_a_supportive_one_down():
    assert rules.perceived_after_reply(0.6, False, 0.02, 2.0) == near(0.588)
    assert rules.perceived_after_reply(0.6, True, 0.02, 2.0) == near(0.616)
    assert rules.perceived_after_reply(0.6, True, 0.9, 2.0) == near(1.0)


def test_what_relaxes_covers_the_distance_that_is_not_kept():
    assert rules.relaxed(1.0, 0.5, 0.8) == near(0.9)
    assert rules.relaxed(0.5, 0.5, 0.1) == 0.5


def test_faculty_disclosures_lower_fear_up_to_their_cap_and_never_raise_it():
    assert rules.fear_after_disclosure(0.5, 0.5, 0.01, 0.1) == near(0.49)
    assert rules.fear_after_disclosure(0.405, 0.5, 0.01, 0.1) == near(0.4)
    assert rules.fear_after_disclosure(0.35, 0.5, 0.01, 0.1) == near(0.35)
    assert rules.fear_after_disclosure(0.005, 0.05, 0.01, 0.1) == 0.0


# --- 4.5, 4.6 -----------------------------------------------------------------------------------------------------


def test_a_disclosure_is_a_logit_times_willingness():
    chance = rules.disclosure_chance(0.5, -2.0, 0.4, 0.3, 0.2, 0.6, 1.0, 0.1, 0.7)
    assert chance == near(0.5 * rules.sigmoid(-2.0 + 0.4 + 0.3 - 0.2 - 0.6 + 1.0 + 0.1 - 0.7))


def test_one_uniform_picks_among_three():
    assert [rules.pick2(u, 0.2, 0.3) for u in (0.0, 0.19, 0.2, 0.49, 0.5, 0.99)] == [0, 0, 1, 1, 2, 2]


def test_one_uniform_picks_the_violation_and_care_makes_all_of_them_rarer():
    picked = [rules.violation_kind(u, 1.0, 0.1, 0.2, 0.3, 0.1) for u in (0.05, 0.15, 0.4, 0.65, 0.75)]
    assert picked == [1, 2, 4, 5, 0]
    assert rules.violation_kind(0.05, 0.1, 0.1, 0.2, 0.3, 0.1) == 4
    assert rules.violation_kind(0.07, 0.1, 0.1, 0.2, 0.3, 0.1) == 0


def test_a_uniform_on_an_edge_belongs_to_what_lies_above():
    rates = (0.25, 0.25, 0.125, 0.125)
    assert [rules.violation_kind(u, 1.0, *rates) for u in (0.0, 0.25, 0.5, 0.625, 0.75)] == [1, 2, 4, 5, 0]


def test_appeal_has_mean_one():
    steps = [(k - 4000) / 500 for k in range(8001)]
    mean = sum(rules.appeal(z, 1.0) * math.exp(-z * z / 2) for z in steps) / 500 / math.sqrt(2 * math.pi)
    assert mean == near(1.0, abs=1e-6)
    assert rules.appeal(1.3, 0.0) == 1.0


def test_further_authors_reinforce_adoption():
    assert rules.adoption_chance(1, 0.005, 1.0, 2.0, 2.0) == near(0.005)
    assert rules.adoption_chance(3, 0.005, 1.0, 2.0, 2.0) == near(0.005 * (1 + 2 * (1 - math.exp(-1.0))))
    assert rules.adoption_chance(1000, 0.005, 0.3, 2.0, 2.0) == near(0.0045)
    assert rules.adoption_chance(9, 0.005, 1.0, 0.0, 2.0) == near(0.005)
    assert rules.adoption_chance(1000, 0.005, 1.0, -1.0, 2.0) == near(0.0, abs=1e-12)


# --- 4.7, 4.8, 4.9 ------------------------------------------------------------------------------------------------


def test_the_passing_state_keeps_its_variance():
    left, sd = 0.8, 2.23
    assert rules.next_state(1.0, 0.0, left, sd) == near(0.8)
    step = rules.next_state(0.0, 1.0, left, sd)
    assert left**2 * sd**2 + step**2 == near(sd**2)


def test_use_helps_up_to_its_optimum_and_harms_beyond():
    assert rules.use_effect(0.0, 45.0, 0.2, 0.1) == 0.0
    assert rules.use_effect(45.0, 45.0, 0.2, 0.1) == near(-0.2)
    assert rules.use_effect(165.0, 45.0, 0.2, 0.1) == near(0.0)


def test_half_the_best_use_helps_half_as_much_and_every_hour_beyond_costs_the_same():
    assert rules.use_effect(15.0, 30.0, 0.4, 0.1) == near(-0.2)
    assert rules.use_effect(90.0, 30.0, 0.4, 0.1) == near(-0.3)
    assert rules.use_effect(150.0, 30.0, 0.4, 0.1) == near(-0.2)


def test_exams_lie_on_the_last_week_of_every_four():
    assert [day for day in range(-7, 60) if rules.exam_load(day, 28, 1.5)] == [
        *range(-7, 0),
        *range(21, 28),
        *range(49, 56),
    ]


def test_new_residents_rise_to_the_mean_within_a_month():
    assert [rules.changeover_load(day, 5.2, 30.0) for day in (-3, 0, 15, 30, 90)] == near([-5.2, -5.2, -2.6, 0, 0])


def test_treatment_reaches_its_effect_in_a_straight_line():
    assert [rules.treatment_effect(day, 42.0, 2.5) for day in (0, 21, 42, 100)] == near([0.0, 1.25, 2.5, 2.5])


def test_distress_stays_on_its_scale():
    assert rules.total_distress(6.0, 1.0, -0.5) == 6.5
    assert rules.total_distress(-6.0, 1.0, 0.0) == 0.0
    assert rules.total_distress(26.0, 5.0, 0.0) == 27.0


def test_strain_closes_a_thirtieth_of_its_distance_to_distress_and_load_in_a_day():
    assert rules.next_strain(6.0, 8.0, 1.0) == near(6.1)
    assert rules.next_strain(9.0, 8.0, 1.0) == 9.0
    assert rules.next_strain(12.0, 8.0, 1.0) == near(11.9)


def test_stigma_and_fear_keep_people_from_seeking_help():
    assert rules.help_hazard(4.7e-4, 0.0, 0.0, 0.0, 0.0) == near(4.7e-4)
    assert rules.help_hazard(4.7e-4, 0.3, 0.2, 0.1, 0.1) == near(4.7e-4 * math.exp(-0.3))


def test_a_yearly_share_of_15_point_7_percent_is_4_point_1_in_90_days():
    hazard = -math.log(1 - 0.157) / 365
    assert hazard == near(4.7e-4, rel=0.01)
    assert rules.chance_in(hazard, 90.0) == near(0.041, abs=5e-4)


def test_long_use_displaces_company_and_encouragement_stands_in_for_it():
    assert rules.in_person(0.6, 45.0, 45.0, 0.1) == 0.6
    assert rules.in_person(0.6, 105.0, 45.0, 0.1) == near(0.6 * math.exp(-0.1))
    assert rules.isolation(0.6, 0.3, 0.5) == near(0.25)
    assert rules.isolation(0.9, 0.3, 1.0) == 0.0


def test_exponential_times_have_their_median_at_ln_2_times_the_mean():
    assert rules.exponential(0.5, 10.0) == near(10.0 * LN2)
    assert rules.exponential(0.0, 10.0) == 0.0
    assert rules.exponential(0.5, 0.0) == 0.0


def test_an_exponential_time_at_its_upper_quartile_is_twice_its_median():
    assert rules.exponential(0.75, 10.0) == near(20.0 * math.log(2.0))


def test_removals_take_half_of_willingness_but_not_below_the_minimum():
    assert rules.willingness_after_removal(1.0, 0.5, 0.2) == 0.5
    assert rules.willingness_after_removal(0.3, 0.5, 0.2) == 0.2
    assert rules.willingness_after_removal(0.1, 0.5, 0.2) == 0.1


def test_a_removal_takes_a_share_of_the_willingness_that_is_left():
    assert rules.willingness_after_removal(0.8, 0.25, 0.2) == near(0.6)
    assert rules.willingness_after_removal(0.6, 0.25, 0.2) == near(0.45)


# --- ranges -------------------------------------------------------------------------------------------------------


@given(amount, amount, unit, amount, unit, st.booleans(), unit, amount)
def test_a_retweet_is_never_more_than_certain(base, appeal, fresh, likeness, stigma, struggle, label, visits):
    assert 0.0 <= rules.retweet_chance(base, appeal, fresh, likeness, stigma, struggle, label, visits) <= 1.0


@given(unit, amount, amount, amount, st.integers(0, 10_000), st.floats(0, 5), amount)
def test_a_reply_is_never_more_than_certain(base, likeness, helpfulness, kind, replies, bystander, visits):
    assert 0.0 <= rules.reply_chance(base, likeness, helpfulness, kind, replies, bystander, visits) <= 1.0


@given(unit, amount, amount)
def test_a_like_and_a_report_are_never_more_than_certain(base, factor, visits):
    assert 0.0 <= rules.like_chance(base, factor, visits) <= 1.0
    assert 0.0 <= rules.report_chance(base, visits) <= 1.0


@given(unit, unit, unit, unit)
def test_a_derogatory_reply_is_never_more_than_certain(base, stigma, courtesy, extra):
    assert 0.0 <= rules.derogatory_chance(base, stigma, courtesy, extra) <= 1.0


@given(unit, st.lists(signed, min_size=8, max_size=8))
def test_a_disclosure_is_never_likelier_than_willingness(willingness, terms):
    assert 0.0 <= rules.disclosure_chance(willingness, *terms) <= willingness


@given(st.integers(1, 10_000), unit, st.floats(0, 20), st.floats(-1, 1e6), st.floats(1e-6, 1e6))
def test_an_adoption_is_never_more_than_certain(exposure, first, match, reinforcement, scale):
    assert 0.0 <= rules.adoption_chance(exposure, first, match, reinforcement, scale) <= 1.0


@given(amount, amount, unit, st.floats(1e-6, 1e6), unit)
def test_belief_is_a_share(disclosing, authors, prior, weight, silence):
    assert 0.0 <= rules.believed_prevalence(disclosing, authors, prior, weight, silence) <= 1.0 + 1e-12


@given(unit, st.floats(0, 100), unit, unit)
def test_contact_never_raises_stigma_nor_takes_it_below_nought(stigma, weight, contact, minimum):
    after = rules.stigma_after_contact(stigma, weight, contact, minimum)
    assert min(stigma, minimum) - 1e-12 <= after <= stigma


@given(unit, st.booleans(), unit, st.floats(0, 20))
def test_perceived_stigma_stays_a_share(perceived, derogatory, effect, asymmetry):
    after = rules.perceived_after_reply(perceived, derogatory, effect, asymmetry)
    assert 0.0 <= after <= 1.0
    assert (after >= perceived) if derogatory else (after <= perceived)


@given(unit, unit, unit, unit)
def test_a_faculty_disclosure_never_raises_fear_nor_takes_it_below_nought(fear, level, fall, cap):
    assert 0.0 <= rules.fear_after_disclosure(fear, level, fall, cap) <= fear


@given(luck, st.floats(0, 5))
def test_poisson_counts_are_whole_and_finite(u, mean):
    assert 0 <= rules.poisson_count(u, mean) < 1000


@given(luck, st.floats(0, 1e6))
def test_scan_lengths_are_at_least_one(u, mean):
    assert rules.geometric_length(u, mean) >= 1


@given(luck, amount)
def test_exponential_times_are_finite_and_not_negative(u, mean):
    assert 0.0 <= rules.exponential(u, mean) < math.inf


@given(luck, unit, unit, unit, unit, unit)
def test_a_violation_is_one_of_those_a_writer_can_commit(u, care, irrelevant, misinformation, privacy, copyright_):
    assert rules.violation_kind(u, care, irrelevant, misinformation, privacy, copyright_) in {0, 1, 2, 4, 5}


@given(signed, signed, signed)
def test_distress_lies_between_0_and_27(trait, state, shifts):
    assert 0.0 <= rules.total_distress(trait, state, shifts) <= 27.0


@given(unit, amount, st.floats(1, 1440), st.floats(0, 5), unit, amount)
def test_isolation_is_a_share(share, minutes, optimum, displacement, substitute, stock):
    contact = rules.in_person(share, minutes, optimum, displacement)
    assert 0.0 <= contact <= share
    assert 0.0 <= rules.isolation(contact, substitute, rules.saturation(stock)) <= 1.0


@given(unit, unit, unit)
def test_a_removal_never_raises_willingness(willingness, chilling, minimum):
    assert 0.0 <= rules.willingness_after_removal(willingness, chilling, minimum) <= willingness


@given(amount, st.floats(1e-3, 1e3), unit, unit)
def test_freshness_and_what_is_kept_are_shares(age, scale, power, days):
    assert 0.0 < rules.freshness(age, scale, power) <= 1.0
    assert 0.0 <= rules.kept(scale, days) <= 1.0
    assert 0.0 <= rules.chance_in(age, days) <= 1.0
