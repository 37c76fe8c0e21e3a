"""Stage 5: an agent likes, answers, passes on or reports what was seen; never the same twice."""

from simulation import rules
from simulation._compile import fetch_ahead, inlined
from simulation.draws import Decision, uniform, uniforms4
from simulation.kernels.actions import LIKED, REPLIED, REPORTED, RETWEETED, done_with, first_place, note_action
from simulation.kernels.believing import report
from simulation.kernels.recording import LIKE, REPORT, note_reaction
from simulation.kernels.state import BASE, N_LIKED, N_REACTIONS, NONE, SHOWN, Row, State
from simulation.kernels.writing import begin_draft, care_of, violation_of
from simulation.population import RESIDENT
from simulation.posts import (
    FIRST_REACTION,
    REACTION_SLOTS,
    Kind,
    PostState,
    Violation,
    post_key,
    reaction_slot,
    step_of,
)

_STRUGGLE, _RETWEET = int(Kind.STRUGGLE), int(Kind.RETWEET)
_SUPPORTIVE, _NEUTRAL, _DEROGATORY = int(Kind.REPLY_SUPPORTIVE), int(Kind.REPLY_NEUTRAL), int(Kind.REPLY_DEROGATORY)
_LABELLED = int(PostState.LABELLED)
_NO_VIOLATION, _IS_DEROGATORY = int(Violation.NONE), int(Violation.DEROGATORY)
_REACTION, _TONE = Decision.REACTION, Decision.TONE


@inlined
def wish(state: State, me: Row, agent: int, place: int, step: int, p: Row) -> None:
    """What an agent would do with the post at one place of `seen`; nobody's doing depends on another wish."""
    row = state.seen[place, 1]
    root = state.posts[row - state.counters[BASE]]
    like, reply, retweet, report_ = uniforms4(p["seed"], _REACTION, agent, root["key"])
    chats = in_chat(state, me, root)
    wishes = wishes_of(me, root, chats, like, reply, retweet, report_, step, p)
    state.seen[place, 2] = wishes
    if wishes:
        fetch_ahead(state.actions, first_place(state.actions, agent, row), 0)


@inlined
def react(state: State, me: Row, agent: int, place: int, step: int, begin: int, p: Row) -> None:
    """Do what was wished at one place of `seen` and not done before; `begin` is the agent's first draft."""
    item = state.seen[place, 0]
    row = state.seen[place, 1]
    wishes = state.seen[place, 2]
    root = state.posts[row - state.counters[BASE]]
    if root["met_again"] and may_have_met(state, root, item, row, place):
        wishes &= ~done_with(state, row, agent)
        if wishes == 0:
            return
    note_action(state, row, agent, wishes)
    if wishes & LIKED:
        state.liked[state.mine[N_LIKED]] = row
        state.mine[N_LIKED] += 1
        note_reaction(state, agent, row, row, LIKE, NONE, step)
    if wishes & REPLIED:
        me["minutes_today"] += p["help_write_minutes"]
        add_reaction(state, me, agent, row, row, tone(me, agent, root, p), step, begin, p)
    if wishes & RETWEETED:
        add_reaction(state, me, agent, item, row, _RETWEET, step, begin, p)
    if wishes & REPORTED:
        report(state, row)
        note_reaction(state, agent, row, row, REPORT, NONE, step)


@inlined
def may_have_met(state: State, root: Row, item: int, row: int, place: int) -> bool:
    """Whether the agent may have read a post before, by another way.

    Feeds are read newest first and what was not reached is lost, so an original that comes in the feed was met before
    only in the stream of its tag or, earlier in this session, through a retweet; or it was put there once more.
    """
    if item != row or root["tag"] != NONE or root["met_again"] & SHOWN:
        return True
    for earlier in range(place):
        if state.seen[earlier, 1] == item:
            return True
    return False


@inlined
def in_chat(state: State, me: Row, root: Row) -> bool:
    """Whether a post belongs to the chat that an agent takes part in just now."""
    if me["chat"] == NONE:
        return False
    chat = state.chats[me["chat"]]
    return bool(root["tag"] == chat["tag"] and step_of(root["key"]) >= chat["begin"])


@inlined
def wishes_of(
    me: Row, root: Row, chats: bool, like: float, reply: float, retweet: float, report_: float, step: int, p: Row
) -> int:
    """Bits of what an agent would do with a post if it had not been done before."""
    wishes = 0
    visits = me["visits"]
    if like < rules.like_chance(p["reactions_reply"], p["reactions_like_per_reply"], visits):
        wishes |= LIKED
    likeness = p["same_specialty"] if root["author_specialty"] == me["specialty"] else p["other_specialty"]
    struggle = root["kind"] == _STRUGGLE
    if replies(me, root, chats, reply, likeness, struggle, p):
        wishes |= REPLIED
    if not root["protected"] and retweets(me, root, chats, retweet, likeness, struggle, step, p):
        wishes |= RETWEETED
    if root["violation"] != _NO_VIOLATION and report_ < rules.report_chance(p["reactions_report"], visits):
        wishes |= REPORTED
    return wishes


@inlined
def replies(me: Row, root: Row, chats: bool, u: float, likeness: float, struggle: bool, p: Row) -> bool:
    """Whether an agent answers a post; the power is taken only where the chance without bystanders is enough."""
    helpful = p["reactions_superuser_reply"] if me["superuser"] else 1.0
    kind = p["reactions_struggle_reply"] if struggle else 1.0
    if struggle and root["author_role"] <= RESIDENT:
        kind = kind * me["pledge"]
    if chats:
        return bool(u < rules.reply_chance(p["chat_reply"], likeness, helpful, kind, 0, 0.0, 1.0))
    base, power, visits = p["reactions_reply"], p["reactions_bystander_power"], me["visits"]
    if u >= rules.reply_chance(base, likeness, helpful, kind, 0, power, visits):
        return False
    return u < rules.reply_chance(base, likeness, helpful, kind, root["visible_replies"], power, visits)


@inlined
def retweets(me: Row, root: Row, chats: bool, u: float, likeness: float, struggle: bool, step: int, p: Row) -> bool:
    """Whether an agent passes a post on; the age counts only where the chance of a fresh post is enough."""
    label = p["reactions_label_retweet"] if root["state"] == _LABELLED else 1.0
    appeal, stigma, visits = root["appeal"], me["stigma"], me["visits"]
    if chats:
        chance = rules.retweet_chance(p["chat_retweet"], appeal, 1.0, likeness, stigma, struggle, label, 1.0)
        return bool(u < chance)
    if u >= rules.retweet_chance(p["reactions_retweet"], appeal, 1.0, likeness, stigma, struggle, label, visits):
        return False
    age = rules.age_hours(step, root["visible_step"], p["days_per_step"])
    fresh = rules.freshness(age, p["reactions_age_scale"], p["reactions_age_power"])
    return u < rules.retweet_chance(p["reactions_retweet"], appeal, fresh, likeness, stigma, struggle, label, visits)


@inlined
def tone(me: Row, agent: int, root: Row, p: Row) -> int:
    """What kind of answer an agent gives."""
    enforcement = rules.enforcement_chance(p["reactions_false_enforcement"], me["perceived"], me["stigma"])
    derogatory = rules.derogatory_chance(p["reactions_derogatory"], me["stigma"], care_of(me, p), enforcement)
    supportive = (1.0 - derogatory) * p["reactions_supportive"]
    picked = rules.pick2(uniform(p["seed"], _TONE, agent, root["key"]), derogatory, supportive)
    if picked == 0:
        return _DEROGATORY
    return _SUPPORTIVE if picked == 1 else _NEUTRAL


@inlined
def add_reaction(
    state: State, me: Row, agent: int, parent: int, row: int, kind: int, step: int, begin: int, p: Row
) -> None:
    """An agent answers a post or passes it on, unless every slot of the step is taken."""
    root_key = state.posts[row - state.counters[BASE]]["key"]
    slot = free_slot(state, reaction_slot(root_key, kind), begin)
    if slot == NONE:
        return
    key = post_key(agent, step, slot)
    draft = begin_draft(state.reactions, state.mine[N_REACTIONS], me, key, kind)
    state.mine[N_REACTIONS] += 1
    draft["parent"] = parent
    draft["root"] = row
    if kind == _DEROGATORY:
        draft["violation"] = _IS_DEROGATORY
    elif kind != _RETWEET:
        draft["violation"] = violation_of(me, agent, draft, p)
    note_reaction(state, agent, parent, row, kind, key & 0xFF, step)


@inlined
def free_slot(state: State, first: int, begin: int) -> int:
    """The first slot from `first` on that no reaction of the agent in this step has, NONE where all are taken.

    Those stand from `begin` on.
    """
    if state.mine[N_REACTIONS] - begin >= REACTION_SLOTS:
        return NONE
    for tried in range(REACTION_SLOTS):
        slot = FIRST_REACTION + (first - FIRST_REACTION + tried) % REACTION_SLOTS
        taken = False
        for place in range(begin, state.mine[N_REACTIONS]):
            taken = taken or (state.reactions[place]["key"] & 0xFF) == slot
        if not taken:
            return slot
    return NONE
