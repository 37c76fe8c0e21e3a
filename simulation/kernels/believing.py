"""Stage 4: what was seen, and the answers to an agent's own posts, move beliefs and may make the agent adopt a tag."""

from simulation import rules
from simulation._compile import add_shared, inlined, kernel
from simulation.draws import Decision, uniform, uniforms4
from simulation.kernels.actions import THREAD, done_with, note_action
from simulation.kernels.reading import arc_to, readable
from simulation.kernels.state import (
    BASE,
    FREE_NOTE,
    MARKS,
    N_ADOPTIONS,
    N_REPORTED,
    NONE,
    NOTES_LEFT,
    SHARED,
    SUPPORTED,
    VIEWERS,
    Ids,
    Row,
    State,
)
from simulation.population import FACULTY
from simulation.posts import Kind, Violation, step_of

_STRUGGLE, _NEUTRAL = int(Kind.STRUGGLE), int(Kind.REPLY_NEUTRAL)
_SUPPORTIVE, _DEROGATORY = int(Kind.REPLY_SUPPORTIVE), int(Kind.REPLY_DEROGATORY)
_NO_VIOLATION, _FACULTY = int(Violation.NONE), FACULTY
_REACTION, _ADOPTION = Decision.REACTION, Decision.ADOPTION


@inlined
def stranger_place(state: State, me: Row, agent: int, author: int) -> int:
    """The place where the agent remembers a stranger; a new one takes the place of the one entered first."""
    room = state.strangers.shape[1]
    for place in range(min(me["strangers"], room)):
        if state.strangers[agent, place]["author"] == author:
            return place
    place = int(me["strangers"] % room)
    me["strangers"] += 1
    stranger = state.strangers[agent, place]
    stranger["author"] = author
    stranger["counted"] = 0
    stranger["disclosed"] = 0
    stranger["tags"] = 0
    return place


@inlined
def met(step: int, p: Row) -> int:
    """A step as it is remembered: 0 is so long ago that everybody is new again."""
    return int(step + p["live_steps"] + 1)


@inlined
def add_one(state: State, numbers: Ids, place: int) -> None:
    """One more in numbers of posts that people of other blocks may be counting, too."""
    if state.mine[SHARED]:
        add_shared(numbers, place, 1)
    else:
        numbers[place] += 1


@inlined
def count_view(state: State, me: Row, post: Row, place: int) -> None:
    """Keep count of views, and of views of posts that break a rule."""
    add_one(state, state.views, place)
    me["views"] += 1
    me["harmful"][post["violation"]] += 1


@inlined
def take_in(state: State, me: Row, agent: int, row: int, step: int, p: Row) -> None:
    """One view of a root: evidence on how common struggling is, contact, exposure to a tag."""
    root = state.posts[row - state.counters[BASE]]
    count_view(state, me, root, row - state.counters[BASE])
    if p["distress_contagion"] != 0.0:
        me["company_distress"] += state.people[root["author"]]["distress"]
        me["company"] += 1
    arc = arc_to(state, agent, root["author"])
    stranger = NONE if arc != NONE else stranger_place(state, me, agent, root["author"])
    weight = rules.tie_weight(
        arc != NONE,
        arc != NONE and bool(state.arcs[arc]["mutual"]),
        p["beliefs_one_way_weight"],
        p["beliefs_stranger_weight"],
        me["trainee"] and root["author_role"] == _FACULTY,
        p["beliefs_faculty_weight"],
    )
    last = state.arcs[arc]["counted"] if arc != NONE else state.strangers[agent, stranger]["counted"]
    if met(step, p) - last >= p["live_steps"]:
        me["authors"] += weight
        if arc != NONE:
            state.arcs[arc]["counted"] = met(step, p)
        else:
            state.strangers[agent, stranger]["counted"] = met(step, p)
    if root["kind"] == _STRUGGLE and not (root["met_again"] and done_with(state, row, agent) & THREAD):
        take_in_struggle(state, me, agent, row, arc, stranger, weight, step, p)
    if root["tag"] != NONE:
        meet_tag(state, me, agent, int(root["tag"]), arc, stranger, step, p)


@inlined
def take_in_struggle(
    state: State, me: Row, agent: int, row: int, arc: int, stranger: int, weight: float, step: int, p: Row
) -> None:
    """The first view of a struggle: its author discloses, and there may be answers under it."""
    root = state.posts[row - state.counters[BASE]]
    note_action(state, row, agent, THREAD)
    last = state.arcs[arc]["disclosed"] if arc != NONE else state.strangers[agent, stranger]["disclosed"]
    is_new = met(step, p) - last >= p["live_steps"]
    if is_new:
        me["disclosing"] += weight
        if arc != NONE:
            state.arcs[arc]["disclosed"] = met(step, p)
        else:
            state.strangers[agent, stranger]["disclosed"] = met(step, p)
    else:
        me["disclosing"] += p["beliefs_repeat_weight"] * weight
        me["authors"] += p["beliefs_repeat_weight"] * weight
    derogatory = read_thread(state, me, agent, root, step, p)
    if is_new and not derogatory:
        me["stigma"] = rules.stigma_after_contact(
            me["stigma"], weight, p["beliefs_contact"], p["beliefs_stigma_minimum"]
        )
    if root["author_role"] == _FACULTY:
        level = me["own_fear"] * me["fear_regime"]
        me["fear"] = rules.fear_after_disclosure(
            me["fear"], level, p["beliefs_faculty_disclosure"], p["beliefs_faculty_disclosure_cap"]
        )


@inlined
def read_thread(state: State, me: Row, agent: int, root: Row, step: int, p: Row) -> bool:
    """Read the answers under a struggle as they stood when the step began; whether one was derogatory."""
    base = state.counters[BASE]
    supported, derogatory = False, False
    row = root["link"]
    while row != NONE:
        place = row - base
        reply = state.posts[place]
        row = reply["link"]
        if not readable(reply) or reply["author"] == agent:
            continue
        read_reply(state, me, reply, place, p)
        supported = supported or reply["kind"] == _SUPPORTIVE
        derogatory = derogatory or reply["kind"] == _DEROGATORY
        if reply["violation"] != _NO_VIOLATION:
            luck = uniforms4(p["seed"], _REACTION, agent, reply["key"])[3]
            if luck < rules.report_chance(p["reactions_report"], me["visits"]):
                report(state, base + place)
    add_one(state, state.marks, root["mark"] * MARKS + VIEWERS)
    if supported:
        add_one(state, state.marks, root["mark"] * MARKS + SUPPORTED)
        me["saw_support_step"] = step
    return derogatory


@inlined
def read_reply(state: State, me: Row, reply: Row, place: int, p: Row) -> None:
    """A viewed answer to a struggle moves what the agent thinks that others think."""
    count_view(state, me, reply, place)
    if reply["kind"] != _NEUTRAL:
        me["perceived"] = rules.perceived_after_reply(
            me["perceived"],
            reply["kind"] == _DEROGATORY,
            p["beliefs_reply_effect"],
            p["beliefs_derogatory_asymmetry"],
        )


@inlined
def report(state: State, row: int) -> None:
    """Somebody reports a post; it is counted when all have reacted."""
    state.reported[state.mine[N_REPORTED]] = row
    state.mine[N_REPORTED] += 1


@kernel
def forget(state: State, agent: int, author: int) -> None:
    """Somebody will be followed no more; what is remembered of them is remembered as of a stranger."""
    arc = arc_to(state, agent, author)
    counted, disclosed, tags = state.arcs[arc]["counted"], state.arcs[arc]["disclosed"], state.arcs[arc]["tags"]
    if counted == 0:
        return
    stranger = state.strangers[agent, stranger_place(state, state.people[agent], agent, author)]
    stranger["counted"] = counted
    stranger["disclosed"] = disclosed
    stranger["tags"] = tags


@kernel
def make_followed(state: State, agent: int, author: int) -> None:
    """Somebody is followed from now on; what was remembered of a stranger is remembered of them."""
    arc = state.arcs[arc_to(state, agent, author)]
    for place in range(min(state.people[agent]["strangers"], state.strangers.shape[1])):
        stranger = state.strangers[agent, place]
        if stranger["author"] == author:
            arc["counted"] = stranger["counted"]
            arc["disclosed"] = stranger["disclosed"]
            arc["tags"] = stranger["tags"]


@inlined
def meet_tag(state: State, me: Row, agent: int, tag: int, arc: int, stranger: int, step: int, p: Row) -> None:
    """A tagged post: maybe one more distinct author who uses the tag, and a chance to adopt it."""
    if not state.tag_open[tag]:
        return
    state.tag_viewed[agent, tag] = step
    known = state.arcs[arc]["tags"] if arc != NONE else state.strangers[agent, stranger]["tags"]
    if (known >> tag) & 1:
        return
    if arc != NONE:
        state.arcs[arc]["tags"] |= 1 << tag
    else:
        state.strangers[agent, stranger]["tags"] |= 1 << tag
    state.exposures[agent, tag] += 1
    if (me["adopted"] >> tag) & 1:
        return
    exposure = int(state.exposures[agent, tag])
    adopts = uniform(p["seed"], _ADOPTION, agent, tag << 32 | exposure) < rules.adoption_chance(
        exposure,
        p["adoption_first_exposure"],
        match(state, me, tag, p),
        p["adoption_reinforcement"],
        p["adoption_reinforcement_scale"],
    )
    row = min(exposure, len(state.at_risk) - 1)
    state.at_risk[row, 0] += 1
    if adopts:
        state.at_risk[row, 1] += 1
        adopt(state, me, agent, tag, exposure, step)


@inlined
def match(state: State, me: Row, tag: int, p: Row) -> float:
    """How well a tag fits the agent: 1 for a general one."""
    if state.tag_specialty[tag] == NONE:
        return 1.0
    same = state.tag_specialty[tag] == me["specialty"]
    return float(p["adoption_match_same"]) if same else float(p["adoption_match_other"])


@inlined
def adopt(state: State, me: Row, agent: int, tag: int, exposure: int, step: int) -> None:
    """From now on the agent uses the tag; `exposure` 0 marks a seed."""
    me["adopted"] |= 1 << tag
    me["ever_adopted"] |= 1 << tag
    state.tag_viewed[agent, tag] = step
    place = state.mine[N_ADOPTIONS]
    state.adoptions[place, 0] = step
    state.adoptions[place, 1] = agent
    state.adoptions[place, 2] = tag
    state.adoptions[place, 3] = exposure
    state.mine[N_ADOPTIONS] = place + 1


@inlined
def take_in_answers(state: State, me: Row, step: int, p: Row) -> None:
    """Read the notifications in the order in which they came; each note is freed or becomes a supporter's."""
    place = me["inbox_head"]
    while place != NONE:
        note = state.notes[place]
        following = note["next"]
        if not take_in_answer(state, me, place, note["first"], note["second"], step, p):
            free_note(state, place)
        place = following
    me["inbox_head"] = NONE
    me["inbox_tail"] = NONE


@inlined
def free_note(state: State, place: int) -> None:
    """Give a note back to the pool."""
    state.notes[place]["next"] = state.mine[FREE_NOTE]
    state.mine[FREE_NOTE] = place
    state.mine[NOTES_LEFT] += 1


@inlined
def take_in_answer(state: State, me: Row, place: int, root_row: int, reply_row: int, step: int, p: Row) -> bool:
    """A reaction to an own post encourages or hurts; whether the note now names a supporter."""
    base = state.counters[BASE]
    if root_row < base:
        return False
    root = state.posts[root_row - base]
    if step - root["visible_step"] >= p["live_steps"]:
        return False
    if reply_row == NONE:
        me["encouragement"] += p["support_like"]
        return False
    reply = state.posts[reply_row - base]
    if not readable(reply):
        return False
    if root["kind"] == _STRUGGLE:
        read_reply(state, me, reply, reply_row - base, p)
    else:
        count_view(state, me, reply, reply_row - base)
    if reply["kind"] == _DEROGATORY:
        me["harm"] += 1.0
    return reply["kind"] == _SUPPORTIVE and take_support(state, me, place, root, reply, p)


@inlined
def take_support(state: State, me: Row, place: int, root: Row, reply: Row, p: Row) -> bool:
    """A supportive answer encourages when it comes from somebody who has not supported the agent lately."""
    before = NONE
    known = me["supporters"]
    while known != NONE:
        note = state.notes[known]
        following = note["next"]
        if step_of(reply["key"]) - note["second"] >= p["live_steps"]:
            if before == NONE:
                me["supporters"] = following
            else:
                state.notes[before]["next"] = following
            free_note(state, known)
        else:
            if note["first"] == reply["author"]:
                return False
            before = known
        known = following
    state.notes[place]["first"] = reply["author"]
    state.notes[place]["second"] = step_of(reply["key"])
    state.notes[place]["next"] = me["supporters"]
    me["supporters"] = place
    me["encouragement"] += worth(root, reply, p)
    return True


@inlined
def worth(root: Row, reply: Row, p: Row) -> float:
    """What a supportive answer encourages; where lonely ones do not count, the first waits 48 hours for another."""
    if p["support_lonely_reply_counts"]:
        return 1.0
    first = root["lonely"]
    written = step_of(reply["key"])
    if first == 0:
        root["lonely"] = written + 1
        return 0.0
    if first == NONE:
        return 1.0
    if written - (first - 1) > 2 * p["steps_per_day"]:
        return 0.0
    root["lonely"] = NONE
    return 2.0
