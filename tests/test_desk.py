"""The moderation desk: what is found, in which order it is served, and how it is decided."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from simulation import draws, rules
from simulation.desk import Desk, Subject
from simulation.draws import Decision
from simulation.posts import Violation, post_key
from simulation.world import DeskSettings

ALPHA = 1e-6
"""Chance that a right desk fails one of the frequency tests of this file."""
SEED, STEP_DAYS = 5, 1 / 96
MINUTE = 1 / 1440
LATER = 10_000
"""A step long after everything."""


def subject(number, violation=Violation.NONE, *, struggle=False, step=0):
    """A post of its own author."""
    return Subject(number, post_key(number, step, 0), number, int(violation), struggle)


def desk_of(**settings):
    """A desk at work since the beginning."""
    desk = Desk(SEED, STEP_DAYS)
    desk.set(DeskSettings(**settings), 0.0)
    return desk


def decided(desk, step=LATER):
    """What was decided before a step."""
    return [case for _, case in desk.decisions(step * STEP_DAYS, step)]


def moment(post, step=0):
    """The time in days within a step at which a post or report comes before the desk."""
    return (step + draws.uniform(SEED, Decision.DETECTION_MOMENT, post.author, post.key)) * STEP_DAYS


def service(post, mean):
    """How long the case of a post takes."""
    return rules.exponential(draws.uniform(SEED, Decision.SERVICE, post.author, post.key), mean)


# --- what is found ------------------------------------------------------------------------------------------------


def test_without_a_desk_nothing_is_scanned_held_or_received():
    desk = Desk(SEED, STEP_DAYS)
    assert (desk.detects, desk.holds_tagged, desk.reports_needed) == (False, False, None)
    assert decided(desk) == []


@pytest.mark.parametrize(("sensitivity", "found"), [(0.0, 0), (1.0, 200)])
def test_a_perfect_detector_finds_every_violation_and_a_blind_one_none(sensitivity, found):
    desk = desk_of(detector=True, sensitivity=sensitivity)
    for number in range(200):
        desk.detect(subject(number, Violation.PRIVACY), 0)
    assert len(decided(desk)) == found


def test_the_detector_finds_its_share_of_violations_and_of_innocent_struggles():
    desk = desk_of(detector=True, sensitivity=0.6, false_positive_rate=0.03)
    for number in range(4000):
        desk.detect(subject(number, Violation.IRRELEVANT), 0)
        desk.detect(subject(number + 4000, struggle=True), 0)
    found = np.array([case.post for case in decided(desk)])
    assert stats.binomtest(int((found < 4000).sum()), 4000, 0.6).pvalue > ALPHA
    assert stats.binomtest(int((found >= 4000).sum()), 4000, 0.03).pvalue > ALPHA


def test_the_delay_of_the_detector_is_exponential():
    desk = desk_of(detector=True, sensitivity=1.0, detection_days=0.5, servers=None)
    posts = [subject(number, Violation.PRIVACY) for number in range(3000)]
    for post in posts:
        desk.detect(post, 0)
    delays = [case.arrival - moment(posts[case.post]) for case in decided(desk, 10**6)]
    assert len(delays) == 3000
    assert stats.kstest(delays, stats.expon(scale=0.5).cdf).pvalue > ALPHA


def test_a_case_is_opened_once():
    desk = desk_of(detector=True, sensitivity=1.0)
    post = subject(1, Violation.PRIVACY)
    desk.detect(post, 0)
    desk.receive(post, 3)
    assert len(decided(desk)) == 1
    desk.receive(post, LATER)
    assert decided(desk, LATER + 1000) == []


def test_a_case_comes_within_the_step_of_its_report():
    desk = desk_of()
    desk.receive(subject(1, Violation.PRIVACY), 7)
    [case] = decided(desk)
    assert 7 * STEP_DAYS <= case.arrival < 8 * STEP_DAYS


# --- the queue ----------------------------------------------------------------------------------------------------


def queue_by_hand(posts, servers, mean):
    """Arrival, start and end of each case of one step, first come, first served by the server free first."""
    free = [0.0] * servers
    table = {}
    for post in sorted(posts, key=moment):
        server = int(np.argmin(free))
        start = max(moment(post), free[server])
        free[server] = start + service(post, mean)
        table[post.row] = (moment(post), start, free[server])
    return table


@pytest.mark.parametrize("servers", [1, 2, 5])
def test_cases_are_served_first_come_first_served_with_exact_times(servers):
    mean = 10 * MINUTE
    desk = desk_of(servers=servers, service_days=mean)
    posts = [subject(number, Violation.PRIVACY) for number in range(40)]
    for post in posts:
        desk.receive(post, 0)
    cases = decided(desk)
    wanted = queue_by_hand(posts, servers, mean)
    np.testing.assert_allclose(
        [(case.arrival, case.start, case.finish) for case in cases], [wanted[case.post] for case in cases]
    )
    assert [case.finish for case in cases] == sorted(case.finish for case in cases)
    assert {case.servers for case in cases} == {servers}


def test_deciding_step_by_step_or_all_at_once_is_the_same():
    once, stepwise = (desk_of(servers=2, service_days=10 * MINUTE) for _ in range(2))
    for desk in (once, stepwise):
        for number in range(60):
            desk.receive(subject(number, Violation.PRIVACY), 0)
    bit_by_bit = [case for step in range(1, 100) for case in decided(stepwise, step)]
    assert [case[:6] for case in bit_by_bit] == [case[:6] for case in decided(once, 99)]
    assert all(case.finish < case.step * STEP_DAYS <= case.finish + STEP_DAYS for case in bit_by_bit)


def test_what_is_decided_in_a_step_is_not_seen_before_the_next():
    desk = desk_of(service_days=0.0)
    desk.receive(subject(1, Violation.PRIVACY), 4)
    assert decided(desk, 4) == []
    [case] = decided(desk, 5)
    assert case.step == 5


def test_service_times_belong_to_posts_and_not_to_places_in_the_queue():
    few, many = (desk_of(servers=1, service_days=10 * MINUTE) for _ in range(2))
    few.receive(subject(3, Violation.PRIVACY), 0)
    for number in range(6):
        many.receive(subject(number, Violation.PRIVACY), 0)
    [alone] = decided(few)
    [queued] = [case for case in decided(many) if case.post == 3]
    assert queued.finish - queued.start == pytest.approx(alone.finish - alone.start)


def test_nothing_waits_where_there_are_no_servers():
    desk = desk_of(servers=None, review=False)
    for number in range(50):
        desk.receive(subject(number, Violation.PRIVACY), 0)
    cases = decided(desk)
    assert len(cases) == 50
    assert all(case.arrival == case.start == case.finish for case in cases)


# --- decisions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accuracy", "violation", "decision", "correct"),
    [
        (1.0, Violation.PRIVACY, "remove", True),
        (1.0, Violation.MISINFORMATION, "label", True),
        (1.0, Violation.NONE, "clear", True),
        (0.0, Violation.PRIVACY, "clear", False),
        (0.0, Violation.MISINFORMATION, "clear", False),
        (0.0, Violation.NONE, "remove", False),
    ],
)
def test_a_right_decision_goes_against_violations_and_a_wrong_one_against_the_innocent(
    accuracy, violation, decision, correct
):
    desk = desk_of(accuracy=accuracy)
    desk.receive(subject(1, violation, struggle=True), 0)
    [case] = decided(desk)
    assert (case.decision, case.correct) == (decision, correct)


@pytest.mark.parametrize("violation", [Violation.NONE, Violation.MISINFORMATION, Violation.COPYRIGHT])
def test_without_review_everything_that_comes_is_removed(violation):
    desk = desk_of(servers=None, review=False, accuracy=0.0)
    desk.receive(subject(1, violation), 0)
    [case] = decided(desk)
    assert (case.decision, case.correct) == ("remove", violation is not Violation.NONE)


def test_the_share_of_right_decisions_is_the_accuracy():
    desk = desk_of(servers=None, accuracy=0.9)
    for number in range(4000):
        desk.receive(subject(number, Violation.PRIVACY), 0)
    right = sum(case.correct for case in decided(desk))
    assert stats.binomtest(right, 4000, 0.9).pvalue > ALPHA


def test_violations_to_label_are_labelled_and_others_removed():
    desk = desk_of(labelled=frozenset({Violation.PRIVACY}))
    desk.receive(subject(1, Violation.PRIVACY), 0)
    desk.receive(subject(2, Violation.MISINFORMATION), 0)
    assert {case.post: case.decision for case in decided(desk)} == {1: "label", 2: "remove"}


# --- beginning and end --------------------------------------------------------------------------------------------


def test_a_desk_that_ends_takes_nothing_in_and_finishes_what_it_has():
    desk = desk_of(detector=True, sensitivity=1.0, detection_days=1.0)
    desk.detect(subject(1, Violation.PRIVACY), 0)
    desk.set(None, 2 * STEP_DAYS)
    assert not desk.detects
    [case] = decided(desk)
    assert case.decision == "remove"


@pytest.mark.parametrize(("before", "after"), [(1, 3), (3, 1)])
def test_after_a_change_of_servers_the_new_number_is_at_work(before, after):
    settings = DeskSettings(servers=before, service_days=10.0)
    desk = Desk(SEED, STEP_DAYS)
    desk.set(settings, 0.0)
    desk.set(replace(settings, servers=after), STEP_DAYS)
    for number in range(10):
        desk.receive(subject(number, Violation.PRIVACY), 1)
    cases = decided(desk, 10**6)
    assert sum(case.start == case.arrival for case in cases) >= after
    at_once = max(sum(other.start <= case.start < other.finish for other in cases) for case in cases)
    assert at_once == after
