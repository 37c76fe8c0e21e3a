"""Stage 8: the end of a day for everybody; distress, help-seeking, use, isolation, and what fades."""

import numpy as np
from numpy.typing import NDArray

from simulation import rules
from simulation._compile import inlined, kernel
from simulation.draws import Decision, normal, uniform
from simulation.kernels.state import HI, LO, Row, State
from simulation.kernels.writing import believed
from simulation.population import RESIDENT, STUDENT

_DAILY_NOISE, _HELP_SEEKING, _ABANDON = Decision.DAILY_NOISE, Decision.HELP_SEEKING, Decision.ABANDON


@kernel
def begin(state: State, p: Row) -> None:
    """Isolation on the first step; writes it for everybody."""
    for agent in range(len(state.people)):
        me = state.people[agent]
        me["isolation"] = rules.isolation(me["in_person"], p["help_online_substitute"], 0.0)


@kernel
def live(state: State, day: int, days_run: int, step: int, mean_distress: float, p: Row) -> None:
    """A day ends for everybody of the block; `day` counts from day 0, `days_run` from the start of the run."""
    for agent in range(state.mine[LO], state.mine[HI]):
        me = state.people[agent]
        update_distress(state, me, agent, day, days_run, step, mean_distress, p)
        if day >= 0 and me["distress"] > p["distress_cut"] and me["treated_since"] < 0:
            seek_help(me, agent, days_run, step, p)
        update_use(me, p)
        fade(me, p)
        if me["adopted"]:
            abandon(state, me, agent, days_run, step, p)


@inlined
def update_distress(
    state: State, me: Row, agent: int, day: int, days_run: int, step: int, mean_distress: float, p: Row
) -> None:
    """y fluctuates; support, harm, use, treatment, load and company shift d."""
    noise = normal(p["seed"], _DAILY_NOISE, agent, days_run)
    me["state"] = rules.next_state(me["state"], noise, p["kept_state"], p["distress_state_sd"])
    weight = load(me, day, p) - state.relief[me["specialty"]]
    shifts = (
        weight
        - p["distress_encouragement"] * rules.saturation(me["encouragement"])
        + p["distress_harm"] * me["harm"]
        + rules.use_effect(me["minutes"], p["distress_use_optimum"], p["distress_use_gain"], p["distress_use_loss"])
        - treatment(me, step, p)
    )
    if me["company"] and p["distress_contagion"] != 0.0:
        shifts += p["distress_contagion"] * (me["company_distress"] / me["company"] - mean_distress)
    me["company_distress"] = 0.0
    me["company"] = 0
    me["distress"] = rules.total_distress(me["trait"], me["state"], shifts)
    me["strain"] = rules.next_strain(me["strain"], me["distress"], weight)


@inlined
def load(me: Row, day: int, p: Row) -> float:
    """What work and study lay on an agent: exams for students, the first month for new residents."""
    if me["role"] == STUDENT:
        return rules.exam_load(day, p["distress_exam_every_days"], p["distress_exam_load"])
    if me["role"] == RESIDENT and me["new_resident"]:
        return rules.changeover_load(day, p["distress_new_resident_shift"], p["distress_new_resident_days"])
    return 0.0


@inlined
def treatment(me: Row, step: int, p: Row) -> float:
    """What treatment takes off distress by now."""
    if me["treated_since"] < 0:
        return 0.0
    days = (step - me["treated_since"]) / p["steps_per_day"]
    return rules.treatment_effect(days, p["distress_treatment_days"], p["distress_treatment"])


@inlined
def seek_help(me: Row, agent: int, days_run: int, step: int, p: Row) -> None:
    """An untreated struggler may enter treatment."""
    hazard = rules.help_hazard(
        me["hazard"],
        p["help_stigma"] * (me["stigma"] - rules.STIGMA_CENTRE) / rules.STIGMA_UNIT,
        p["help_fear"] * (me["fear"] - p["mean_fear"]) / rules.FEAR_UNIT,
        p["help_norm"] * (believed(me, p) - p["disclosure_norm_reference"]) / rules.NORM_UNIT,
        p["help_encouragement"] * rules.saturation(me["encouragement"]),
    )
    if uniform(p["seed"], _HELP_SEEKING, agent, days_run) < rules.chance_in(hazard, 1.0):
        me["treated_since"] = step


@inlined
def update_use(me: Row, p: Row) -> None:
    """Minutes online (mean over about a week) and what they leave of company in person."""
    me["minutes"] += (me["minutes_today"] - me["minutes"]) / 7.0
    me["minutes_today"] = 0.0
    contact = rules.in_person(me["in_person"], me["minutes"], p["distress_use_optimum"], p["help_displacement"])
    me["isolation"] = rules.isolation(contact, p["help_online_substitute"], rules.saturation(me["encouragement"]))


@inlined
def fade(me: Row, p: Row) -> None:
    """A day passes over evidence, beliefs, encouragement, harm and willingness."""
    me["disclosing"] *= p["kept_evidence"]
    me["authors"] *= p["kept_evidence"]
    me["stigma"] = rules.relaxed(me["stigma"], me["own_stigma"], p["kept_stigma"])
    me["perceived"] = rules.relaxed(me["perceived"], me["own_perceived"], p["kept_perceived"])
    me["fear"] = rules.relaxed(me["fear"], me["own_fear"] * me["fear_regime"], p["kept_fear"])
    me["encouragement"] *= p["kept_encouragement"]
    me["harm"] *= p["kept_harm"]
    me["willingness"] = rules.relaxed(me["willingness"], 1.0, p["kept_willingness"])


@inlined
def abandon(state: State, me: Row, agent: int, days_run: int, step: int, p: Row) -> None:
    """An adopter may give a tag up after a day without a post that carries it."""
    for tag in range(len(state.tag_open)):
        if not state.tag_open[tag] or not (me["adopted"] >> tag) & 1:
            continue
        if step - state.tag_viewed[agent, tag] < p["steps_per_day"]:
            continue
        if uniform(p["seed"], _ABANDON, agent, days_run << 4 | tag) < 1.0 - p["kept_adoption"]:
            me["adopted"] &= ~(1 << tag)


@kernel
def believed_by(state: State, agent: int, p: Row) -> float:
    """n of one agent."""
    return believed(state.people[agent], p)


@kernel
def believed_of_all(state: State, out: NDArray[np.float64], p: Row) -> None:
    """n for everybody; writes `out` [N]."""
    for agent in range(len(state.people)):
        out[agent] = believed(state.people[agent], p)
