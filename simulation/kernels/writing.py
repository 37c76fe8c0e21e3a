"""Stage 6: an agent may write posts of its own, and a struggler may disclose."""

from simulation import rules
from simulation._compile import inlined, kernel
from simulation.draws import Decision, below, normal, uniform
from simulation.kernels.state import N_OWN, N_PROMPTS, NONE, Records, Row, State
from simulation.posts import OWN_SLOTS, PROMPT_SLOTS, Kind, post_key

_ORDINARY, _TIP, _STRUGGLE, _ADVOCACY = int(Kind.ORDINARY), int(Kind.TIP), int(Kind.STRUGGLE), int(Kind.ADVOCACY)
_POST, _DISCLOSE, _OTHER_KIND = Decision.POST, Decision.DISCLOSE, Decision.OTHER_KIND
_TAG_USE, _TAG_CHOICE, _VIOLATION, _APPEAL, _CHAT_TOPIC = (
    Decision.TAG_USE, Decision.TAG_CHOICE, Decision.VIOLATION, Decision.APPEAL, Decision.CHAT_TOPIC,
)  # fmt: skip


@inlined
def write(state: State, me: Row, agent: int, sessions: int, step: int, p: Row) -> None:
    """Each session of the step may yield a post."""
    chance = me["posting_rate"] / me["session_rate"] * me["posting_factor"]
    if me["chat"] != NONE:
        chance = p["chat_original"]
    for slot in range(min(sessions, OWN_SLOTS)):
        if uniform(p["seed"], _POST, agent, step << 8 | slot) < chance:
            me["minutes_today"] += p["help_write_minutes"]
            add_own(state, me, agent, slot, kind_of_post(state, me, agent, slot, step, p), step, p)


@inlined
def kind_of_post(state: State, me: Row, agent: int, slot: int, step: int, p: Row) -> int:
    """A struggle if the agent struggles and wishes to say so, else something else; a chat has its purpose."""
    chats = me["chat"] != NONE
    if chats and uniform(p["seed"], _CHAT_TOPIC, agent, step << 8 | slot) >= state.chats[me["chat"]]["purpose"]:
        return _ORDINARY
    struggles = me["distress"] > p["distress_cut"]
    if struggles and uniform(p["seed"], _DISCLOSE, agent, step << 8 | slot) < disclosure_chance(me, p):
        return _STRUGGLE
    if chats:
        return _TIP
    tips = p["posting_superuser_tip_share"] if me["superuser"] else p["posting_tip_share"]
    u = uniform(p["seed"], _OTHER_KIND, agent, step << 8 | slot)
    picked = rules.pick2(u, tips, p["posting_advocacy_share"])
    if picked == 0:
        return _TIP
    return _ADVOCACY if picked == 1 else _ORDINARY


@inlined
def believed(me: Row, p: Row) -> float:
    """n_i: how common an agent believes struggling to be."""
    return rules.believed_prevalence(
        me["disclosing"],
        me["authors"],
        p["beliefs_prior_mean"],
        p["beliefs_prior_weight"],
        p["beliefs_silence_weight"],
    )


@inlined
def disclosure_chance(me: Row, p: Row) -> float:
    """P_dis: the chance that a post of a struggler says so."""
    return rules.disclosure_chance(
        me["willingness"],
        p["disclosure_intercept"],
        p["disclosure_distress"] * (me["distress"] - p["distress_cut"]) / rules.DISTRESS_UNIT,
        p["disclosure_norm"] * (believed(me, p) - p["disclosure_norm_reference"]) / rules.NORM_UNIT,
        p["disclosure_perceived_stigma"] * (me["perceived"] - rules.PERCEIVED_CENTRE) / rules.PERCEIVED_UNIT,
        p["disclosure_fear"] * me["fear"] * me["visibility"],
        p["disclosure_tag"] if me["adopted"] or me["chat"] != NONE else 0.0,
        p["disclosure_encouragement"] * rules.saturation(me["encouragement"]),
        p["disclosure_harm"] * me["harm"],
    )


@inlined
def care_of(me: Row, p: Row) -> float:
    """Factor of an agent's violations and derogatory replies: guidelines, and the courtesy of superusers."""
    care = 1.0 - me["guideline"]
    return float(care * p["posting_superuser_violation"] if me["superuser"] else care)


@inlined
def add_own(state: State, me: Row, agent: int, slot: int, kind: int, step: int, p: Row) -> None:
    """An agent writes a post of its own."""
    key = post_key(agent, step, slot)
    draft = begin_draft(state.own, state.mine[N_OWN], me, key, kind)
    state.mine[N_OWN] += 1
    draft["appeal"] = rules.appeal(normal(p["seed"], _APPEAL, agent, key), p["reactions_appeal_sigma"])
    draft["tag"] = tag_for(state, me, agent, draft, p)
    draft["violation"] = violation_of(me, agent, draft, p)


@kernel
def prompt(state: State, agent: int, kind: int, tag: int, step: int, p: Row) -> bool:
    """An agent writes what an intervention leads it to; False where there is no slot left. Room has been made."""
    number = 0
    for place in range(state.counters[N_PROMPTS]):
        number += (state.prompts[place]["key"] >> 32) == agent
    if number >= PROMPT_SLOTS:
        return False
    me = state.people[agent]
    me["minutes_today"] += p["help_write_minutes"]
    key = post_key(agent, step, OWN_SLOTS + number)
    draft = begin_draft(state.prompts, state.counters[N_PROMPTS], me, key, kind)
    state.counters[N_PROMPTS] += 1
    draft["appeal"] = rules.appeal(normal(p["seed"], _APPEAL, agent, key), p["reactions_appeal_sigma"])
    draft["tag"] = tag
    draft["violation"] = violation_of(me, agent, draft, p)
    return True


@inlined
def begin_draft(drafts: Records, place: int, me: Row, key: int, kind: int) -> Row:
    """Fill in what all posts have; the caller has seen to the room."""
    draft: Row = drafts[place]
    draft["key"] = key
    draft["kind"] = kind
    draft["protected"] = me["protected"]
    draft["author_role"] = me["role"]
    draft["author_specialty"] = me["specialty"]
    draft["appeal"] = 0.0
    draft["tag"] = NONE
    draft["violation"] = 0
    draft["parent"] = NONE
    draft["root"] = NONE
    return draft


@inlined
def tag_for(state: State, me: Row, agent: int, post: Row, p: Row) -> int:
    """The support tag that a struggle or tip carries, NONE for none; in a chat, its tag whatever the post is."""
    if me["chat"] != NONE:
        tag = int(state.chats[me["chat"]]["tag"])
        return tag if state.tag_open[tag] else NONE
    if post["kind"] != _STRUGGLE and post["kind"] != _TIP:
        return NONE
    usable = 0
    for tag in range(len(state.tag_open)):
        usable += state.tag_open[tag] and (me["adopted"] >> tag) & 1
    if usable == 0 or uniform(p["seed"], _TAG_USE, agent, post["key"]) >= p["posting_tag_use"]:
        return NONE
    left = below(uniform(p["seed"], _TAG_CHOICE, agent, post["key"]), usable)
    for tag in range(len(state.tag_open)):
        if state.tag_open[tag] and (me["adopted"] >> tag) & 1:
            if left == 0:
                return tag
            left -= 1
    return NONE


@inlined
def violation_of(me: Row, agent: int, post: Row, p: Row) -> int:
    """Which rule a post breaks, if any."""
    privacy = p["posting_privacy"] * (p["posting_privacy_struggle"] if post["kind"] == _STRUGGLE else 1.0)
    irrelevant = p["posting_irrelevant"] if post["tag"] != NONE else 0.0
    return rules.violation_kind(
        uniform(p["seed"], _VIOLATION, agent, post["key"]),
        care_of(me, p),
        irrelevant,
        p["posting_misinformation"],
        privacy,
        p["posting_copyright"],
    )
