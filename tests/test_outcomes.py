"""Each outcome on posts and columns made by hand, against what one reckons on paper."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf, rankdata

from simulation.outcomes import OUTCOMES, Recorder
from simulation.outcomes.base import Groups, Outcome, Partition, Ratio, mid_ranks
from simulation.outcomes.cascades import depths, structural_virality, subtree_sizes
from simulation.outcomes.equity import gini
from simulation.outcomes.perception import full_disclosure_belief, local_prevalence
from simulation.outcomes.reach import survival
from simulation.posts import Kind, PostState, Violation
from simulation.world import COUNTERS, Adoption
from tests.fakes import FakeEngine, case_of, posts_of, small_world, snapshot, value_of, written

near = pytest.approx
DAY = 96
STRUGGLE, SUPPORT, HURT, RETWEET = Kind.STRUGGLE, Kind.REPLY_SUPPORTIVE, Kind.REPLY_DEROGATORY, Kind.RETWEET


@pytest.fixture(scope="module")
def four():
    """Four people: 1, 2 and 3 follow 0, and 0 follows 1."""
    roles = {"role": [0, 1, 2, 3], "specialty": [0, 0, 1, 1], "community": [0, 0, 1, 1]}
    return small_world(4, [(0, 1), (0, 2), (0, 3), (1, 0)], given=roles)


def taken(name, world, *rows, step=10 * DAY, who=None, start=None, **columns):
    """The value of an outcome over posts made by hand."""
    engine = FakeEngine(world, step=step, posts=posts_of(*rows), **columns)
    begun = snapshot(FakeEngine(world, **start)) if start is not None else None
    return value_of(OUTCOMES[name], snapshot(engine, start=begun), who)


@given(st.lists(st.integers(0, 9), min_size=1))
def test_ranks_are_those_of_scipy(values):
    np.testing.assert_array_equal(mid_ranks(np.array(values)), rankdata(values))


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1))
def test_survival_is_that_of_scipy(watched):
    times, ended = np.array([time / 4 for time, _ in watched]), np.array([end for _, end in watched])
    theirs = ecdf(CensoredData(uncensored=times[ended], right=times[~ended])).sf
    moments, remaining = survival(times, ended)
    np.testing.assert_array_equal(moments, theirs.quantiles)
    np.testing.assert_array_equal(remaining, theirs.probabilities)


def test_sums_by_group_are_those_of_bincount_to_the_last_bit():
    generator = np.random.default_rng(1)
    codes = [generator.integers(0, size, 500) for size in (1, 4, 2)]
    groups = Groups([Partition(code, tuple("abcd"[: code.max() + 1])) for code in codes])
    agents = generator.integers(0, 500, 900)
    for values, who in ((generator.random(500), None), (generator.random(900), agents), (np.ones(500) > 0, None)):
        expected = [np.bincount(code if who is None else code[who], weights=values) for code in codes]
        np.testing.assert_array_equal(groups.sums(values, who), np.concatenate(expected))


# --- support ------------------------------------------------------------------------------------------------------


def answered(hours, author=0):
    """A struggle written so that it can be read at hour 0 and supported at hour `hours`; None for never."""
    posts = [written(author, -1, STRUGGLE, visible_step=0)]
    if hours is not None:
        posts.append(written(1, hours * 4 - 1, SUPPORT, to=0, visible_step=hours * 4))
    return posts


def threads(*hours):
    """Struggles supported after so many hours, one after the other in one table."""
    rows: list[dict[str, Any]] = []
    for after in hours:
        first = len(rows)
        rows += [post if post["to"] is None else {**post, "to": first} for post in answered(after)]
    return [post | {"step": max(post["step"], 0)} for post in rows]


def test_time_to_support_is_the_kaplan_meier_median_by_hand(four):
    """Five struggles: support after 2, 6 and 30 h; one removed at 4 h, one watched for 72 h without any.

    At risk 5, 3 (after the removal), 2: survival 0.8, 0.8 x 2/3 = 0.533, 0.533 x 1/2 = 0.267, so the median is 30 h.
    """
    rows = threads(2, 6, 30, None, None)
    rows[-1] |= {"removed_step": 4 * 4, "state": int(PostState.REMOVED)}
    assert taken("hours_to_first_support", four, *rows) == near(30.0)
    rows[-1] |= {"removed_step": -1}
    assert taken("hours_to_first_support", four, *rows) == near(30.0)
    assert taken("hours_to_first_support", four, *threads(2, 6, None)) == near(6.0)


def test_where_less_than_half_are_supported_there_is_no_median(four):
    assert math.isnan(taken("hours_to_first_support", four, *threads(2, None, None)))
    assert math.isnan(taken("hours_to_first_support", four, *threads(None)))
    assert math.isnan(taken("hours_to_first_support", four))


def test_support_after_72_hours_is_no_support(four):
    assert math.isnan(taken("hours_to_first_support", four, *threads(73)))
    assert taken("hours_to_first_support", four, *threads(72)) == near(72.0)


def test_support_within_a_day_counts_posts_that_are_a_day_old(four):
    assert taken("supported_within_24h", four, *threads(2, 24, 25, None)) == near(0.5)
    assert math.isnan(taken("supported_within_24h", four, *threads(2), step=DAY - 1))
    assert taken("supported_within_24h", four, *threads(2), step=DAY) == 1.0


def test_a_reply_that_was_removed_before_it_could_be_read_supports_nobody(four):
    rows = threads(2)
    rows[1] |= {"removed_step": 8}
    assert taken("supported_within_24h", four, *rows) == 0.0
    rows[1] |= {"removed_step": 9}
    assert taken("supported_within_24h", four, *rows) == 1.0


def test_neutral_and_derogatory_replies_are_no_support(four):
    for kind in (Kind.REPLY_NEUTRAL, HURT):
        rows = threads(2)
        rows[1] |= {"kind": int(kind)}
        assert taken("supported_within_24h", four, *rows) == 0.0


def test_disclosers_weigh_alike_however_often_they_disclose(four):
    rows = [
        written(0, 0, STRUGGLE), written(1, 1, SUPPORT, to=0), written(0, 0, STRUGGLE), written(1, 0, STRUGGLE),
    ]  # fmt: skip
    assert taken("disclosers_supported_24h", four, *rows) == near((0.5 + 0.0) / 2)
    assert taken("supported_within_24h", four, *rows) == near(1 / 3)


def test_support_of_the_week_is_counted_over_strugglers(four):
    step = 20 * DAY
    columns = {
        "struggler": [True, True, True, False],
        "received_support_step": [step - 1, step - 7 * DAY, -1, step],
        "saw_support_step": [-1, step - 7 * DAY + 1, -1, step],
    }
    assert taken("support_received_7d", four, step=step, **columns) == near(1 / 3)
    assert taken("support_seen_7d", four, step=step, **columns) == near(1 / 3)
    assert taken("support_reach_7d", four, step=step, **columns) == near(2 / 3)


def test_who_struggled_on_day_0_and_met_no_support_was_never_reached(four):
    columns = {"received_support_step": [5, -1, -1, 7], "saw_support_step": [-1, 9, -1, -1]}
    start = {"struggler": np.array([True, True, True, False])}
    assert taken("never_reached", four, start=start, **columns) == near(1 / 3)


def test_the_reach_of_a_thread_is_the_mean_over_struggles(four):
    rows = [
        written(0, 0, STRUGGLE, viewers=5, supported_viewers=2),
        written(1, 0, STRUGGLE, viewers=1),
        written(1, 0, Kind.TIP, viewers=99),
    ]
    assert taken("thread_reach", four, *rows) == near(1.0)
    assert taken("thread_viewers", four, *rows) == near(3.0)


def test_struggles_that_nobody_could_read_count_as_written_and_not_for_support(four):
    held = written(0, 0, STRUGGLE, visible_step=-1, state=int(PostState.HELD))
    rows = [held, written(1, 0, STRUGGLE, viewers=3, supported_viewers=1), written(2, 0, SUPPORT, to=1)]
    assert taken("struggle_posts", four, *rows) == 2.0
    assert taken("disclosing", four, *rows, start={"struggler": np.ones(4, dtype=np.bool_)}) == near(0.5)
    assert taken("most_active_tenth", four, *rows) == near(0.5)
    for name in ("thread_reach", "supportive_replies", "supported_within_24h", "disclosers_supported_24h"):
        assert taken(name, four, *rows) == 1.0, name
    assert taken("thread_viewers", four, *rows) == 3.0


def test_posts_of_the_warm_up_do_not_count():
    world = small_world(2, [(0, 1)], warmup_days=1)
    posts = [written(0, DAY - 1, STRUGGLE), written(0, DAY, STRUGGLE)]
    assert taken("struggle_posts", world, *posts, step=3 * DAY) == 1.0
    assert taken("own_posts", world, *posts, step=3 * DAY) == near(1 / 2 / 2)


# --- equity -------------------------------------------------------------------------------------------------------


def test_the_gini_coefficient_by_hand():
    assert gini(np.array([1.0, 1.0, 1.0])) == near(0.0)
    assert gini(np.array([0.0, 0.0, 0.0, 8.0])) == near(0.75)
    assert gini(np.array([1.0, 2.0, 3.0])) == near(2 / 9)
    assert math.isnan(gini(np.array([])))
    assert math.isnan(gini(np.zeros(3)))


@given(st.lists(st.integers(0, 100), min_size=1, max_size=20).filter(any))
def test_the_gini_coefficient_is_half_the_relative_mean_difference(values):
    x = np.array(values, dtype=float)
    assert gini(x) == near(np.abs(x[:, None] - x).mean() / (2 * x.mean()), abs=1e-9)


def test_support_is_unequal_where_one_struggle_has_it_all(four):
    rows = [
        written(0, 0, STRUGGLE),
        written(1, 0, STRUGGLE),
        written(2, 1, SUPPORT, to=0),
        written(3, 1, SUPPORT, to=0),
    ]
    assert taken("support_gini", four, *rows) == near(0.5)
    assert taken("supportive_replies", four, *rows) == near(1.0)
    assert taken("support_concentration", four, *rows) == near(2 * 1.0 * 0.25 / 1.0)  # 0 has 3 followers, 1 has 1


def test_trainees_are_set_against_faculty(four):
    rows = [
        written(0, 0, STRUGGLE), written(1, 1, SUPPORT, to=0), written(1, 0, STRUGGLE), written(2, 0, STRUGGLE),
        written(0, 1, SUPPORT, to=3),
    ]  # fmt: skip
    assert taken("trainee_faculty_ratio", four, *rows) == near(0.5)
    assert taken("specialty_ratio", four, *rows) == near(0.5)


# --- cascades -----------------------------------------------------------------------------------------------------


def chain(length):
    """Parents and roots of a post passed on from each to the next."""
    return np.arange(-1, length - 1), np.zeros(length, dtype=np.int64)


def star(size):
    """Parents and roots of a post passed on by many."""
    return np.array([-1] + [0] * (size - 1)), np.zeros(size, dtype=np.int64)


@pytest.mark.parametrize("size", [2, 3, 10, 57])
def test_structural_virality_of_a_star_and_of_a_path(size):
    assert structural_virality(*star(size))[0] == near(2 * (size - 1) / size)
    assert structural_virality(*chain(size))[0] == near((size + 1) / 3)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=25))
def test_structural_virality_is_the_mean_distance_in_any_tree(choices):
    parents = np.array([-1] + [choice % (place + 1) for place, choice in enumerate(choices)])
    size = len(parents)
    between = np.full((size, size), np.inf)
    np.fill_diagonal(between, 0)
    for child, parent in enumerate(parents[1:], start=1):
        between[child, parent] = between[parent, child] = 1
    for middle in range(size):
        between = np.minimum(between, between[:, [middle]] + between[[middle], :])
    virality = structural_virality(parents, np.zeros(size, dtype=np.int64))
    assert virality[0] == near(between.sum() / (size * (size - 1)))
    assert not virality[1:].any()


def test_depths_and_sizes_of_a_small_tree():
    parents, trees = np.array([-1, 0, 0, 2, -1]), np.ones(5, dtype=np.bool_)
    assert depths(parents, trees).tolist() == [0, 1, 1, 2, 0]
    assert subtree_sizes(parents, trees).tolist() == [4, 1, 2, 1, 1]


@pytest.fixture(scope="module")
def passed_on(four):
    """Posts 0 (passed on by 1 and 2, by 3 from 2), 4 (alone), 5 (answered), 7 (protected, set aside), 8 (passed on)."""
    rows = (
        written(0, 0), written(1, 3, RETWEET, to=0), written(2, 5, RETWEET, to=0), written(3, 60, RETWEET, to=2),
        written(1, 0), written(2, 0), written(0, 1, Kind.REPLY_NEUTRAL, to=5),
        written(3, 0, protected=True), written(3, 0), written(0, 3, RETWEET, to=8),
    )  # fmt: skip
    return four, rows


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cascade_size", (4 + 1 + 1 + 2) / 4),
        ("retweeted", 2 / 4),
        ("replied", 1 / 4),
        ("reshared_100", 0.0),
        ("cascade_depth", (2 + 1) / 2),
        ("cascade_breadth", (2 + 1) / 2),
        ("one_generation", 1 / 2),
        ("structural_virality", (20 / 12 + 1) / 2),  # path 1-0-2-3: distances 1 1 2 1 2 3, doubled, over 12
        ("retweets_within_1h", 2 / 4),
        ("retweets_within_6h", 3 / 4),
        ("retweets_within_24h", 4 / 4),
        ("own_posts", 5 / 4 / 10),
    ],
)
def test_cascades_by_hand(passed_on, name, value):
    world, rows = passed_on
    assert taken(name, world, *rows) == near(value)


def test_a_hundred_reshares_are_many(four):
    rows = [written(0, 0)] + [written(1, 1, RETWEET, to=0)] * 100
    assert taken("reshared_100", four, *rows) == 1.0
    assert taken("reshared_100", four, *rows[:-1]) == 0.0


def test_the_latency_of_sampled_posts_is_that_of_posts_with_5_to_60_retweets(four):
    few = [written(0, 0)] + [written(1, 1, RETWEET, to=0)] * 4
    some = [written(0, 0)] + [written(1, 0, RETWEET, to=5)] * 2 + [written(1, 20, RETWEET, to=5)] * 3
    many = [written(0, 0)] + [written(1, 200, RETWEET, to=11)] * 61
    names = ("sampled_within_15min", "sampled_within_1h", "sampled_within_6h", "sampled_within_24h")
    assert [taken(name, four, *few, *some, *many) for name in names] == [near(2 / 5)] * 2 + [1.0, 1.0]
    assert np.isnan(taken(names[0], four, *few))


# --- perception ---------------------------------------------------------------------------------------------------


def test_the_descriptive_gap_is_the_sum_of_its_parts(four):
    columns = {"struggler": [True, False, True, False], "believed": [0.1, 0.2, 0.25, 0.05]}
    whole = taken("descriptive_gap", four, **columns)
    parts = [taken(f"gap_{part}", four, **columns) for part in ("network", "prior", "silence")]
    assert whole == near(0.5 - 0.15)
    assert sum(parts) == near(whole)


def test_the_gap_adds_up_for_every_group(four):
    columns = {"struggler": [True, False, True, False], "believed": [0.1, 0.2, 0.25, 0.05]}
    for who in ([True, True, False, False], [False, False, False, True]):
        parts = [taken(f"gap_{part}", four, who=who, **columns) for part in ("network", "prior", "silence")]
        assert sum(parts) == near(taken("descriptive_gap", four, who=who, **columns))


def test_local_prevalence_weighs_those_who_are_followed(four):
    """0 follows 1 back; 1 (mutual), 2 and 3 (one way) follow 0, who is a student; nobody else is followed."""
    engine = FakeEngine(four, struggler=[True, False, False, False])
    assert local_prevalence(snapshot(engine)).tolist() == near([0.0, 1.0, 1.0, 1.0])
    prior = 10 * 0.2
    mutual, one_way = (prior + 1) / 11, (prior + 0.5) / 10.5
    assert full_disclosure_belief(snapshot(engine)).tolist() == near([0.2, mutual, one_way, one_way])


def test_belief_if_all_disclosed_adds_to_evidence_what_was_not_seen_by_hand():
    """0 follows 1, 2, 3 and 4 one way; 1, 2 and 3 struggle; 1 was seen disclosing, 2 was seen silent, 3 not at all.

    Seen so far S = 0.5 and M = 3.0; 2 and 3 would add 0.5 each to S, and 3 alone 0.5 to M, for 2 counts already.
    """
    world = small_world(5, [(1, 0), (2, 0), (3, 0), (4, 0)], given={"role": [0] * 5})
    engine = FakeEngine(
        world, struggler=[False, True, True, True, False], disclosing=[0.5, 0, 0, 0, 0], authors=[3.0, 0, 0, 0, 0]
    )
    assert world.graph.followed.tolist() == [1, 2, 3, 4]
    engine.memory = (np.array([True, True, False, True]), np.array([True, False, False, False]))
    expected = (2.0 + 1.5) / (10 + 1.5 + 0.11 * (3.5 - 1.5))
    assert full_disclosure_belief(snapshot(engine)).tolist() == near([expected, 0.2, 0.2, 0.2, 0.2])


def test_where_everybody_was_seen_disclosing_silence_makes_no_gap():
    world = small_world(3, [(1, 0), (2, 0)], given={"role": [0] * 3})
    believed = (2.0 + 1.0) / (10 + 1.0 + 0.11 * 0.5)
    columns = {"disclosing": [1.0, 0, 0], "authors": [1.5, 0, 0], "believed": [believed, 0.2, 0.2]}
    engine = FakeEngine(world, struggler=[False, True, True], **columns)
    engine.memory = (np.ones(2, dtype=bool), np.ones(2, dtype=bool))
    assert value_of(OUTCOMES["gap_silence"], snapshot(engine)) == near(0.0)


def test_who_follows_nobody_is_surrounded_by_the_average():
    engine = FakeEngine(small_world(3, [(0, 1)]), struggler=[True, False, False])
    assert local_prevalence(snapshot(engine)).tolist() == near([1 / 3, 1.0, 1 / 3])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("normalization", 0.25),
        ("prevalence", 0.25),
        ("normalization_ratio", 1.0),
        ("over_normalization", 0.25),
        ("injunctive_gap", 0.15),
        ("stigma", 0.45),
        ("perceived_stigma", 0.6),
        ("career_fear", 0.5),
    ],
)
def test_perceptions_by_hand(four, name, value):
    columns = {
        "believed": [0.1, 0.2, 0.3, 0.4],
        "struggler": [True, False, False, False],
        "stigma": [0.3, 0.4, 0.5, 0.6],
        "perceived": [0.6, 0.6, 0.6, 0.6],
        "fear": [0.2, 0.4, 0.6, 0.8],
    }
    assert taken(name, four, **columns) == near(value)


# --- harm, disclosure ---------------------------------------------------------------------------------------------


def test_harm_is_a_share_of_the_views_since_day_0(four):
    recorder = Recorder((OUTCOMES["harm_exposure"], OUTCOMES["harm_privacy"], OUTCOMES["views"]))
    for day, (views, privacy, other) in enumerate([(1000, 900, 9), (1100, 901, 10), (1300, 905, 12)]):
        columns = {"views": [views] * 4, "harmful_privacy": [privacy] * 4, "harmful_irrelevant": [other] * 4}
        recorder.take(FakeEngine(four, step=day * DAY, **columns), last=False)
    values = [(name, value) for _, _, group, name, value in recorder.table().rows() if group == "all"]
    of = {name: [value for other, value in values if other == name] for name, _ in values}
    assert of["harm_privacy"][1:] == near([100.0, 10_000 * 5 / 300])
    assert of["harm_exposure"][1:] == near([200.0, 10_000 * 8 / 300])
    assert of["views"][1:] == near([100.0, 150.0])
    assert of["harm_privacy"][0] is None


def test_there_is_an_outcome_for_every_type_of_violation():
    counters = [counter for counter in COUNTERS if counter.startswith("harmful_")]
    assert {f"harm_{counter.removeprefix('harmful_')}" for counter in counters} <= set(OUTCOMES)
    assert len(counters) == len(Violation) - 1


def test_disclosers_are_hurt_by_a_derogatory_reply_within_a_day(four):
    rows = [
        written(0, 0, STRUGGLE), written(1, DAY, HURT, to=0), written(1, 0, STRUGGLE), written(0, DAY + 1, HURT, to=2),
    ]  # fmt: skip
    assert taken("disclosers_hurt_24h", four, *rows) == near(0.5)


def test_disclosing_is_counted_over_those_who_struggled_on_day_0(four):
    rows = [written(0, 0, STRUGGLE), written(0, 5, STRUGGLE), written(3, 0, STRUGGLE)]
    start = {"struggler": np.array([True, True, False, False])}
    assert taken("disclosing", four, *rows, start=start) == near(0.5)
    assert taken("struggle_posts", four, *rows) == 3.0
    assert taken("most_active_tenth", four, *rows) == near(2 / 3)


def test_disclosure_after_a_false_removal_is_set_against_matched_authors():
    world = small_world(4, [(0, 1)], given={"role": [0, 0, 1, 2]})
    gone = {"state": int(PostState.REMOVED), "removed_step": 2 * DAY}
    rows = [
        written(0, DAY, STRUGGLE, **gone), written(1, DAY + 1, STRUGGLE), written(2, 9 * DAY, STRUGGLE),
        written(3, DAY, STRUGGLE), written(1, 3 * DAY, STRUGGLE), written(0, 5 * DAY, STRUGGLE),
        written(0, 6 * DAY, STRUGGLE),
    ]  # fmt: skip
    assert taken("disclosure_after_removal", world, *rows, step=60 * DAY) == near(2.0)
    assert taken("disclosure_of_matched", world, *rows, step=60 * DAY) == near(1.0)
    assert taken("disclosure_after_removal", world, *rows, step=17 * DAY) == near(2.0 * 30 / 15)


# --- adoption -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("adoption", 0.75),
        ("adopters", 3.0),
        ("active_adoption", 0.5),
        ("adoption_peak_day", 2.0),
        ("adoption_half_day", 2.0),
        ("adoption_entropy", -(2 / 3 * math.log(2 / 3) + 1 / 3 * math.log(1 / 3)) / math.log(2)),
        ("adoption_chance_1", 0.1),
        ("adoption_chance_2", 0.5),
        ("adoption_chance_4_6", 1.0),
    ],
)
def test_adoption_by_hand(four, name, value):
    engine = FakeEngine(four, step=10 * DAY, ever_adopted=np.array([1, 2, 3, 0]), adopted=np.array([1, 0, 2, 0]))
    engine.adoptions = [
        Adoption(0, 0, 0, 0), Adoption(2 * DAY, 1, 1, 1), Adoption(2 * DAY + 5, 2, 0, 2), Adoption(9 * DAY, 2, 1, 1),
    ]  # fmt: skip
    engine.exposures[1:6] = [[10, 1], [2, 1], [0, 0], [1, 1], [2, 2]]
    assert value_of(OUTCOMES[name], snapshot(engine)) == near(value)


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("adoption", 0.5, 0.5),
        ("adopters", 2.0, 2.0),
        ("active_adoption", 0.25, 0.25),
        ("adoption_peak_day", 2.0, 2.0),
        ("adoption_half_day", 2.0, 2.0),
        ("adoption_entropy", 1.0, 1.0),
    ],
)
def test_adoption_by_hand_of_each_tag(four, name, first, second):
    engine = FakeEngine(four, step=10 * DAY, ever_adopted=np.array([1, 2, 3, 0]), adopted=np.array([1, 0, 2, 0]))
    engine.adoptions = [
        Adoption(0, 0, 0, 0), Adoption(2 * DAY, 1, 1, 1), Adoption(2 * DAY + 5, 2, 0, 2), Adoption(9 * DAY, 2, 1, 1),
    ]  # fmt: skip
    by_tag = OUTCOMES[name].by_tag
    assert by_tag is not None
    assert [by_tag(snapshot(engine), tag) for tag in (0, 1)] == near([first, second])


def test_seeds_decide_neither_the_peak_day_nor_the_half_day(four):
    """Two seeds on day 1, one of whom adopts another tag later; two people take a tag up, on days 4 and 7."""
    engine = FakeEngine(four, step=10 * DAY)
    seeded = [Adoption(DAY, 0, 0, 0), Adoption(DAY, 1, 0, 0)]
    engine.adoptions = [
        *seeded, Adoption(3 * DAY, 1, 1, 2), Adoption(4 * DAY, 2, 0, 1), Adoption(7 * DAY, 3, 0, 1),
        Adoption(7 * DAY, 2, 1, 1),
    ]  # fmt: skip
    for name in ("adoption_peak_day", "adoption_half_day"):
        assert value_of(OUTCOMES[name], snapshot(engine)) == 4.0, name
    engine.adoptions = seeded
    for name in ("adoption_peak_day", "adoption_half_day"):
        assert math.isnan(value_of(OUTCOMES[name], snapshot(engine))), name


def test_a_chance_that_nobody_had_is_no_number(four):
    assert math.isnan(taken("adoption_chance_7_up", four))


# --- the desk -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("desk_cases", 4.0),
        ("desk_wait", (0.0 + 0.1 + 0.2 + 0.1) / 4 * 1440),
        ("desk_load", (0.5 + 0.5 + 1.0 + 0.5) / 2 / 10),
        ("removals", 3.0),
        ("wrongly_removed", 1 / 3),
        ("views_before_removal", (4 + 8 + 0) / 3),
    ],
)
def test_the_desk_by_hand(four, name, value):
    posts = posts_of(written(0, 0, views=4), written(0, 0, views=8), written(0, 0), written(0, 0))
    engine = FakeEngine(four, step=10 * DAY, posts=posts)
    engine.cases = [
        case_of(0, arrival=1.0, start=1.0, finish=1.5, servers=2, views=4),
        case_of(1, arrival=1.0, start=1.1, finish=1.6, servers=2, correct=False, views=8),
        case_of(2, arrival=2.0, start=2.2, finish=3.2, servers=2),
        case_of(3, arrival=2.0, start=2.1, finish=2.6, servers=2, decision="clear", correct=False),
    ]
    assert value_of(OUTCOMES[name], snapshot(engine)) == near(value)


def test_the_share_of_struggles_removed(four):
    gone = {"state": int(PostState.REMOVED), "removed_step": 9}
    rows = [written(0, 0, STRUGGLE), written(0, 0, STRUGGLE, **gone), written(1, 0, Kind.TIP, **gone)]
    assert taken("struggles_removed", four, *rows) == near(0.5)


# --- wellbeing ----------------------------------------------------------------------------------------------------


def test_help_seeking_is_counted_over_those_who_struggled_on_day_0(four):
    start = {"struggler": np.array([True, True, False, False])}
    columns = {"treated_since": [5, -1, 9, -1]}
    assert taken("help_seeking", four, start=start, **columns) == near(0.5)
    assert taken("help_seeking_yearly", four, start=start, step=73 * DAY, **columns) == near(1 - 0.5**5)


@pytest.mark.parametrize(("name", "value"), [("isolation", 0.5), ("isolated", 0.25), ("distress", 6.0)])
def test_wellbeing_by_hand(four, name, value):
    columns = {"isolation": [0.8, 0.7, 0.3, 0.2], "distress": [3.0, 6.0, 6.0, 9.0]}
    assert taken(name, four, **columns) == near(value)


def test_a_tag_is_a_good_sensor_where_its_share_of_struggles_follows_distress():
    """Two specialties, two weeks; at distress d a specialty writes d tagged struggles and 10 - d others in a week."""
    world = small_world(2, [(0, 1)], given={"specialty": [0, 1]})
    levels = {(0, 0): 2, (0, 1): 4, (1, 0): 5, (1, 1): 3}
    rows, past = [], {}
    for (specialty, week), level in levels.items():
        for number in range(10):
            tagged = {"tag": 0, "kind": int(STRUGGLE)} if number < level else {}
            rows.append(written(specialty, week * 7 * DAY + number) | tagged)
    for specialty, name in ((0, "anaesthesia"), (1, "surgery")):
        past[f"specialty={name}"] = [0.0] + [float(levels[specialty, week]) for week in (0, 1) for _ in range(7)]
    engine = FakeEngine(world, step=14 * DAY, posts=posts_of(*rows))
    seen = snapshot(engine, past={"distress": past})
    assert value_of(OUTCOMES["sensor_quality"], seen) == near(1.0)


# --- recording ----------------------------------------------------------------------------------------------------


def test_groups_of_a_partition_add_up_to_all(four):
    outcome = Outcome("x", "1", "none", "daily", "", ratio=lambda seen: Ratio(np.arange(4.0), np.array([1.0, 2, 3, 4])))
    recorder = Recorder((outcome,))
    recorder.take(FakeEngine(four, struggler=[True, False, True, False]), last=False)
    values = {group: value for _, _, group, _, value in recorder.table().rows()}
    assert values["all"] == near(6 / 10)
    assert values["trainee=yes"] == near(1 / 3)
    assert values["struggler=yes"] == near(2 / 4)
    assert [values[f"role={role}"] for role in ("student", "resident", "faculty", "other")] == near(
        [0, 1 / 2, 2 / 3, 3 / 4]
    )


def thirds(recorder, outcome, name):
    """Values of an outcome for the thirds of a division, at the end."""
    values = {group: value for _, _, group, kind, value in recorder.table().rows() if kind == outcome}
    return [values[f"{name}={third}"] for third in ("low", "middle", "high")]


def test_thirds_by_followers_and_stigma_are_those_of_day_0_and_keep_equals_together():
    world = small_world(6, [(0, 1), (0, 2), (1, 2), (2, 3), (2, 4), (2, 5)])  # followers: 2, 1, 3, 0, 0, 0
    recorder = Recorder((OUTCOMES["people"], OUTCOMES["stigma"]))
    recorder.take(FakeEngine(world, stigma=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]), last=False)
    recorder.take(FakeEngine(world, step=DAY, stigma=[0.9, 0.9, 0.3, 0.3, 0.1, 0.1]), last=True)
    assert thirds(recorder, "people", "visibility") == [3, 1, 2]
    assert thirds(recorder, "stigma", "visibility") == near([1 / 6, 0.9, 0.6])
    assert thirds(recorder, "stigma", "stigma") == near([0.9, 0.3, 0.1])
    assert {row[0] for row in recorder.table().rows() if row[2].startswith(("visibility", "stigma="))} == {DAY}


def test_what_flows_is_added_up_for_thirds_from_day_0_on():
    world = small_world(3, [(0, 1), (0, 2), (1, 2)])
    recorder = Recorder((OUTCOMES["views"],))
    for day, views in enumerate(([0, 0, 0], [3, 6, 9], [3, 8, 11])):
        recorder.take(FakeEngine(world, step=day * DAY, views=np.array(views)), last=day == 2)
    assert thirds(recorder, "views", "visibility") == near([11 / 2, 8 / 2, 3 / 2])


def test_a_group_of_nobody_has_no_value(four):
    recorder = Recorder((OUTCOMES["stigma"],))
    recorder.take(FakeEngine(four), last=False)
    values = {group: value for _, _, group, _, value in recorder.table().rows()}
    assert values["struggler=yes"] is values["specialty=psychiatry"] is None


def test_outcomes_due_at_the_end_are_taken_on_the_last_day_alone(four):
    recorder = Recorder((OUTCOMES["stigma"], OUTCOMES["support_gini"]))
    recorder.take(FakeEngine(four), last=False)
    assert {row[3] for row in recorder.table().rows()} == {"stigma"}
    recorder.take(FakeEngine(four, step=DAY), last=True)
    assert {row[3] for row in recorder.table().rows() if row[0] == DAY} == {"stigma", "support_gini"}


def test_an_outcome_sees_columns_and_cannot_change_them(four):
    engine = FakeEngine(four, stigma=[0.1, 0.2, 0.3, 0.4])
    snapshot(engine)["stigma"][:] = 0.0
    assert engine.column("stigma").tolist() == [0.1, 0.2, 0.3, 0.4]


# --- who supports whom, who is read -------------------------------------------------------------------------------

ANSWERED = [
    written(0, 0, STRUGGLE), written(1, 1, SUPPORT, to=0), written(2, 1, SUPPORT, to=0), written(3, 1, HURT, to=0),
    written(2, 2, STRUGGLE), written(0, 3, SUPPORT, to=4), written(1, 3, Kind.REPLY_NEUTRAL, to=4),
    written(3, 4), written(0, 5, SUPPORT, to=7),
]  # fmt: skip
"""0 (student) is supported by 1 (resident) and 2 (faculty), hurt by 3; 2 is supported by 0; 3 wrote of other things."""


def test_the_supportive_share_counts_replies_to_struggles_alone(four):
    assert taken("supportive_share", four, *ANSWERED) == near(3 / 5)
    assert taken("supportive_share", four, *ANSWERED, who=[True, False, False, False]) == near(2 / 3)
    assert math.isnan(taken("supportive_share", four, written(0)))


def test_support_given_is_counted_by_giver(four):
    assert taken("support_given", four, *ANSWERED) == near(3 / 4)
    assert taken("support_given", four, *ANSWERED, who=[True, True, False, False]) == near(2 / 2)
    assert taken("support_given", four, *ANSWERED, who=[False, False, False, True]) == 0.0


def test_peer_support_comes_from_the_same_role():
    pair = small_world(3, given={"role": [0, 0, 2]})
    rows = [written(0, 0, STRUGGLE), written(1, 1, SUPPORT, to=0), written(2, 1, SUPPORT, to=0)]
    assert taken("peer_support", pair, *rows) == near(1 / 2)
    assert math.isnan(taken("peer_support", pair, *rows, who=[False, True, True]))


def test_faculty_support_is_a_share_of_what_trainees_get(four):
    assert taken("faculty_support", four, *ANSWERED) == near(1 / 2)
    assert math.isnan(taken("faculty_support", four, *ANSWERED, who=[False, False, True, False]))


def test_support_at_night_goes_by_the_clock_of_the_author(four):
    """Written at 2 h, 5 h and 12 h common time; the clock of 1 is 4 hours behind: 5 h is 1 h there."""
    clocks = small_world(4, population={"clock": [0.0, -4.0, 0.0, 0.0]})
    rows = [
        written(0, 2 * 4, STRUGGLE), written(3, 9, SUPPORT, to=0), written(1, 5 * 4, STRUGGLE),
        written(0, 12 * 4, STRUGGLE), written(3, 50, SUPPORT, to=3), written(1, 8 * 4, STRUGGLE),
    ]  # fmt: skip
    assert taken("supported_at_night_24h", clocks, *rows) == near(1 / 3)


def test_views_of_own_posts_are_counted_by_author(four):
    rows = [
        written(0, 0, views=8),
        written(0, 1, views=2),
        written(2, 2, views=6),
        written(1, 3, SUPPORT, to=0, views=9),
    ]
    assert taken("post_views", four, *rows) == near(16 / 3)
    assert taken("post_views", four, *rows, who=[True, False, False, False]) == near(5.0)


def test_the_reach_ratio_compares_views_per_follower():
    """0, a student with 2 followers, has 3 views in one post; 1, faculty with 1 follower, has 2 views in two posts."""
    world = small_world(3, [(0, 1), (0, 2), (1, 2)], given={"role": [0, 2, 3]})
    rows = [written(0, views=3), written(1, views=2), written(1, views=0)]
    assert taken("reach_ratio", world, *rows) == near((3 / 2) / (2 / 2))
    assert math.isnan(taken("reach_ratio", world, written(0, views=3)))


def test_view_diversity_is_the_mean_entropy_of_roles_by_hand(four):
    """Viewed since day 0: by 0 half students and half faculty, by 1 students alone, by 2 nothing, by 3 all alike."""
    start = {"views_of_student": [5, 0, 7, 0]}
    columns = {
        "views_of_student": [7, 4, 7, 1], "views_of_resident": [0, 0, 0, 1], "views_of_faculty": [2, 0, 0, 1],
        "views_of_other": [0, 0, 0, 1],
    }  # fmt: skip
    expected = (math.log(2) / math.log(4) + 0.0 + 1.0) / 3
    assert taken("view_diversity", four, start=start, **columns) == near(expected)


def test_the_chilling_ratio_divides_the_two_rates(four):
    """0 lost a struggle wrongly on day 1 and wrote one more; 1 was left alone and wrote two more in 30 days."""
    rows = [
        written(0, DAY, STRUGGLE, removed_step=DAY + 10), written(1, DAY, STRUGGLE), written(0, 5 * DAY, STRUGGLE),
        written(1, 6 * DAY, STRUGGLE), written(1, 7 * DAY, STRUGGLE),
    ]  # fmt: skip
    same = small_world(4, given={"role": [0, 0, 2, 2]})
    rates = [taken(name, same, *rows, step=40 * DAY) for name in ("disclosure_after_removal", "disclosure_of_matched")]
    assert rates == near([1.0, 2.0])
    assert taken("chilling_ratio", same, *rows, step=40 * DAY) == near(0.5)
    assert math.isnan(taken("chilling_ratio", same, *rows[1:], step=40 * DAY))
    held = [rows[0] | {"visible_step": -1}, *rows[1:]]
    assert taken("chilling_ratio", same, *held, step=40 * DAY) == near(0.5)
    assert math.isnan(taken("chilling_ratio", same, *(row | {"visible_step": -1} for row in rows), step=40 * DAY))
