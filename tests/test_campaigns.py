"""What single interventions do to the people they reach, and to nobody else."""

import numpy as np
import pytest

from simulation import (
    Contact,
    Guidelines,
    Hashtag,
    InputError,
    Licensing,
    Moderation,
    NormCorrection,
    Privacy,
    Seeds,
    SupportNetworkModel,
    Target,
    UseLimit,
)
from simulation.posts import Kind, PostState, Violation
from tests.statistics import assert_share

SILENT = {"activity__posts_median": 0.0, "help__hazard_student": 0.02, "help__hazard_resident": 0.02}
"""Nobody writes, so nothing moves beliefs but what is done to them."""


def run(*interventions, days=4, agents=120, until=None, **settings):
    """A short run of the engine `agents`."""
    model = SupportNetworkModel(
        agents=agents, days=days, warmup_days=0, rng=3, outcomes=(), engine="agents", interventions=interventions,
        step_minutes=60.0, **settings,
    )  # fmt: skip
    model.run(days=until)
    return model


def moved(model, other, name):
    """By how much a column differs from that of another run."""
    return model.engine.column(name) - other.engine.column(name)


# --- guidelines ---------------------------------------------------------------------------------------------------

LOUD = {
    "activity__posts_median": 60.0,
    "posting__misinformation": 0.5,
    "reactions__reply": 0.1,
    "reactions__derogatory": 1.0,
}


def test_guidelines_prevent_the_share_of_violations_that_they_are_meant_to():
    model = run(Guidelines(effect=0.4, target=Target(share=0.5)), agents=300, **LOUD)
    posts, guided = model.posts, model.engine.column("guideline") > 0
    own = np.flatnonzero((posts.parent < 0) & ~model.world.population.superuser[posts.author])
    breaks = posts.violation[own] == Violation.MISINFORMATION
    shown = guided[posts.author[own]]
    assert_share(int(breaks[shown].sum()), int(shown.sum()), 0.5 * 0.6)
    assert_share(int(breaks[~shown].sum()), int((~shown).sum()), 0.5)


def test_people_whose_guidelines_prevent_everything_break_no_rule_and_hurt_nobody():
    model = run(Guidelines(effect=1.0, target=Target(share=0.5)), **LOUD)
    posts, guided = model.posts, model.engine.column("guideline") > 0
    assert (posts.violation[guided[posts.author]] == Violation.NONE).all()
    assert (posts.kind[~guided[posts.author]] == Kind.REPLY_DEROGATORY).any()


# --- contact ------------------------------------------------------------------------------------------------------


def test_a_contact_dose_lowers_the_stigma_of_those_it_reaches_by_the_law_of_contact():
    campaign = Contact(start_day=1, contacts=5.0, weight=0.5, target=Target(roles=("student",)))
    model, usual = (run(*what, until=1, **SILENT) for what in ([campaign], []))
    model.intervene()
    reached = model.world.population.role == 0
    before, after = usual.engine.column("stigma"), model.engine.column("stigma")
    law = np.minimum(before, 0.1 + (before - 0.1) * (1 - 0.009 * 0.5) ** 5)
    np.testing.assert_allclose(after[reached], law[reached])
    np.testing.assert_array_equal(after[~reached], before[~reached])


def test_stigma_returns_after_a_dose_and_falls_again_with_the_next_one():
    model = run(Contact(contacts=30.0, every_days=2.0), days=4, until=0, **SILENT)
    path = []
    while model.running:
        path.append(float(model.engine.column("stigma").mean()))
        model.step()
    falls = np.flatnonzero(np.diff(path) < -1e-3) + 1
    assert (falls - 1).tolist() == [0, 48]
    assert (np.diff(path)[24:48] >= 0).all()


def test_a_campaign_of_no_contacts_moves_nobody():
    assert not moved(run(Contact(contacts=0.0)), run(), "stigma").any()


# --- norm correction ----------------------------------------------------------------------------------------------


def corrected(**settings):
    """A run up to the moment at which half the people have been told, and the same without."""
    told = NormCorrection(start_day=1, target=Target(share=0.5))
    model, usual = (run(*what, until=1, **SILENT, **settings) for what in ([told], []))
    model.intervene()
    return model, usual, np.isin(np.arange(120), told.members(model.world))


@pytest.mark.parametrize("prior", [0.02, 0.2, 0.8])
def test_those_who_are_told_believe_in_the_true_prevalence_and_in_what_others_think(prior):
    model, usual, told = corrected(beliefs__prior_mean=prior)
    believed, true = model.engine.column("believed"), usual.engine.column("struggler").mean()
    np.testing.assert_allclose(believed[told], true)
    np.testing.assert_allclose(believed[~told], prior)
    np.testing.assert_allclose(model.engine.column("perceived")[told], usual.engine.column("stigma").mean())
    assert not moved(model, usual, "perceived")[~told].any()


def test_a_correction_fades_with_the_half_lives_of_evidence_and_of_perceived_stigma():
    model, _, told = corrected(beliefs__evidence_half_life=1.0, beliefs__perceived_half_life=1.0, days=3)
    own = model.world.population.perceived
    was, evidence = model.engine.column("perceived") - own, model.engine.column("disclosing")
    model.run(days=1)
    np.testing.assert_allclose((model.engine.column("perceived") - own)[told], was[told] / 2, atol=1e-12)
    np.testing.assert_allclose(model.engine.column("disclosing"), evidence / 2)


@pytest.mark.parametrize(("norm", "acts"), [(0.0, False), (0.5, True)])
def test_a_corrected_norm_reaches_help_seeking_only_if_help_seeking_listens_to_norms(norm, acts):
    settings = SILENT | {"days": 20, "help__norm": norm, "beliefs__prior_mean": 0.05, "help__hazard_other": 0.02}
    told, usual = run(NormCorrection(), **settings), run(**settings)
    treated = [model.engine.column("treated_since") >= 0 for model in (told, usual)]
    assert (treated[0] & ~treated[1]).any() == acts
    assert not (treated[1] & ~treated[0]).any()


# --- licensing ----------------------------------------------------------------------------------------------------


def test_career_fear_moves_to_the_level_of_a_reform_with_its_own_half_life_and_back():
    reform = Licensing(factor=0.5, end_day=2, target=Target(roles=("resident",)))
    model = run(reform, **SILENT, beliefs__fear_half_life=1.0, until=2)
    own, reached = model.world.population.fear, model.world.population.role == 1
    level = np.where(reached, 0.5, 1.0) * own
    np.testing.assert_allclose(model.engine.column("fear"), level + (own - level) / 4)
    before = model.engine.column("fear")
    model.run(days=1)
    np.testing.assert_allclose(model.engine.column("fear"), own + (before - own) / 2)


# --- privacy ------------------------------------------------------------------------------------------------------


def test_shares_of_the_public_accounts_become_protected_and_pseudonymous():
    review = Privacy(protected_share=0.3, pseudonymous_share=0.5, target=Target(roles=("student", "faculty")))
    model = run(review, agents=3000, days=1, until=0, population__pseudonymous_share=0.2)
    people = model.world.population
    protected, masked = review.accounts(model.world)
    public = np.isin(people.role, [0, 2]) & ~people.protected & ~people.pseudonymous
    assert public[protected].all()
    assert public[masked].all()
    assert not set(protected) & set(masked)
    assert_share(len(protected), int(public.sum()), 0.3)
    assert_share(len(masked), int(public.sum()) - len(protected), 0.5)
    model.intervene()
    visibility = model.engine.column("visibility")
    assert set(visibility[protected]) == {0.3}
    assert set(visibility[masked]) == {0.2}
    rest = np.setdiff1d(np.arange(3000), [*protected, *masked])
    np.testing.assert_array_equal(visibility[rest], people.visibility[rest])


def test_posts_of_accounts_that_became_protected_are_not_passed_on_until_they_are_public_again():
    review = Privacy(start_day=1, end_day=2, protected_share=1.0)
    model = run(review, activity__posts_median=60.0, reactions__retweet=0.5, population__protected_share=0.0)
    posts = model.posts
    day = posts.step // 24
    original = posts.parent < 0
    np.testing.assert_array_equal(posts.protected[original], day[original] == 1)
    passed_on = posts.root[posts.kind == Kind.RETWEET]
    assert not posts.protected[passed_on].any()
    assert {0, 2} <= set(day[passed_on])


# --- use limit ----------------------------------------------------------------------------------------------------

HEAVY = {
    "activity__posts_median": 200.0, "activity__sessions_median": 12.0, "help__write_minutes": 0.0,
    "reading__scan_mean": 200.0,
}  # fmt: skip


def test_those_with_a_limit_read_no_further_once_the_minutes_of_a_day_are_used_up():
    cap = UseLimit(minutes=3.0, target=Target(share=0.5))
    model, usual = run(cap, **HEAVY), run(**HEAVY)
    limited = np.isin(np.arange(120), cap.members(model.world))
    most = 3.0 * (1 - (6 / 7) ** 4)
    minutes = model.engine.column("minutes")
    assert minutes[limited].max() == pytest.approx(most)
    assert (usual.engine.column("minutes")[limited] > most).mean() > 0.5
    assert (minutes[~limited] > most).mean() > 0.5


def test_a_limit_of_nothing_keeps_people_offline_and_silent():
    cap = UseLimit(minutes=0.0, target=Target(roles=("student",)))
    model = run(cap, **HEAVY)
    students = model.world.population.role == 0
    assert not model.engine.column("views")[students].any()
    assert not students[model.posts.author].any()
    assert (model.engine.column("views")[~students] > 0).mean() > 0.5


def test_of_two_limits_the_lower_counts_and_the_other_one_when_it_is_over():
    caps = [UseLimit(minutes=30.0), UseLimit(minutes=5.0, start_day=1, end_day=2, target=Target(top_share=0.1))]
    model, seen = run(*caps, until=0), []
    while model.running:
        model.step()
        seen.append(set(model.engine.column("minutes_limit").tolist()))
    assert seen == [{30.0}] * 24 + [{30.0, 5.0}] * 24 + [{30.0}] * 48


# --- moderation of a group ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "regime",
    [
        {"regime": "automatic_review", "sensitivity": 1.0, "false_positive_rate": 1.0},
        {"regime": "reactive", "reports_needed": 1},
        {"regime": "pre_moderation"},
    ],
)
def test_only_posts_of_the_group_come_before_the_desk(regime):
    group = Target(roles=("student", "faculty"), share=0.8)
    desk = Moderation.model_validate({**regime, "target": group, "servers": 50})
    tag = Hashtag(seeds=Seeds(who="random", share=0.5))
    model = run(tag, desk, **LOUD, reactions__report=1.0, posting__tip_share=0.5)
    judged = model.posts.author[[case.post for case in model.engine.cases]]
    assert len(judged) > 20
    assert set(judged) <= set(group.members(model.world))
    outside = ~np.isin(model.posts.author, group.members(model.world))
    assert (model.posts.state[outside] == PostState.VISIBLE).all()


def test_there_is_one_desk_even_for_two_groups():
    desks = [Moderation(target=Target(roles=(role,))) for role in ("student", "faculty")]
    with pytest.raises(InputError, match="two moderation regimes at once"):
        run(*desks)


# --- seeds --------------------------------------------------------------------------------------------------------


def test_seeds_of_a_hashtag_come_from_its_group():
    tag = Hashtag(seeds=Seeds(count=5), target=Target(roles=("faculty",), share=0.9))
    model = run(tag, until=0)
    model.intervene()
    seeds = np.flatnonzero(model.engine.column("adopted"))
    assert len(seeds) == 5
    assert set(seeds) <= set(tag.members(model.world))
    rest = np.setdiff1d(tag.members(model.world), seeds)
    assert model.world.graph.follower_counts[seeds].min() >= model.world.graph.follower_counts[rest].max()
