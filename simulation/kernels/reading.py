"""Stage 3: an agent reads the feed and the streams of tags; what gets attention is listed in `seen`.

`me` is the agent's PERSON, `p` the settings record. Both are taken by reference.
"""

from simulation import rules
from simulation._compile import fetch_ahead, inlined
from simulation.draws import Decision, uniform
from simulation.kernels.state import BASE, NONE, UNIT, Row, State
from simulation.population import STANDING
from simulation.posts import PostState

_VISIBLE, _LABELLED = int(PostState.VISIBLE), int(PostState.LABELLED)
_SCAN, _SEARCH, _STREAM_SCAN, _ATTEND = Decision.SCAN, Decision.SEARCH, Decision.STREAM_SCAN, Decision.ATTEND


@inlined
def readable(post: Row) -> bool:
    """Whether a post stands there to be read."""
    return bool(post["state"] == _VISIBLE or post["state"] == _LABELLED)


@inlined
def has_time(me: Row) -> bool:
    """Whether the minutes that an agent may spend online today are not used up."""
    return bool(me["minutes_today"] < me["minutes_limit"])


@inlined
def arc_to(state: State, agent: int, author: int) -> int:
    """The place of an author among those the agent follows, by bisection without branches; NONE for a stranger."""
    place = state.followed_offsets[agent]
    left = state.followed_offsets[agent + 1] - place
    while left > 1:
        half = left >> 1
        place += half * (state.followed[place + half - 1] < author)
        left -= half
    found = left == 1 and state.followed[place] == author
    return int(place) if found else NONE


@inlined
def attends(root: Row, me: Row, agent: int, p: Row) -> bool:
    """Whether a scanned post gets attention; its author's standing may matter."""
    if me["hierarchy"] == 0.0:
        return True
    chance = rules.attention(me["hierarchy"], STANDING[root["author_role"]])
    return chance >= 1.0 or uniform(p["seed"], _ATTEND, agent, root["key"]) < chance


@inlined
def scan(state: State, me: Row, agent: int, item: int, root: int, seen: int, p: Row) -> int:
    """A post passes before the eyes of an agent; the number of posts seen by then."""
    me["minutes_today"] += p["help_scan_minutes"]
    if not attends(state.posts[root - state.counters[BASE]], me, agent, p):
        return seen
    state.seen[seen, 0] = item
    state.seen[seen, 1] = root
    return seen + 1


@inlined
def see_sanction(me: Row, explains: bool, p: Row) -> None:
    """A notice stands where a removed post stood."""
    me["fear"] = min(1.0, me["fear"] + p["beliefs_sanction"])
    if explains:
        me["posting_factor"] = p["moderation_bystander_posting"]


@inlined
def read_feed(state: State, me: Row, agent: int, step: int, explains: bool, p: Row) -> int:
    """Scan unread deliveries, newest first, and empty the feed; the number of posts seen."""
    base = state.counters[BASE]
    box = state.boxes[agent]
    ring = int(box["at"]) * UNIT
    last_place = box["room"] - 1
    last = box["delivered"]
    first = max(box["read"], last - p["reading_feed_length"])
    left = rules.geometric_length(uniform(p["seed"], _SCAN, agent, step), p["reading_scan_mean"])
    if me["ranked"]:
        box["read"] = last
        count = rank_feed(state, me, agent, ring, last_place, first, last, step, p)
        return read_ranked(state, me, agent, count, left, explains, p)
    fetch_posts(state, ring, last_place, max(first, last - left - SPARE), last)
    seen = 0
    for place in range(last - 1, first - 1, -1):
        if left == 0 or not has_time(me):
            break
        item = state.feed[ring + (place & last_place)]
        root = state.roots[item - base] if item >= base else NONE
        if root < base:
            continue
        post = state.posts[root - base]
        if post["author"] == agent or step - post["visible_step"] >= p["live_steps"]:
            continue
        if not readable(post):
            if item == root:
                see_sanction(me, explains, p)
            continue
        left -= 1
        seen = scan(state, me, agent, item, root, seen, p)
    box["read"] = last
    return seen


@inlined
def rank_feed(
    state: State, me: Row, agent: int, ring: int, last_place: int, first: int, last: int, step: int, p: Row
) -> int:
    """Put the live deliveries of a feed in the order of their ranks; writes `ranks` and `ranking`, returns how many."""
    base = state.counters[BASE]
    count = 0
    for place in range(last - 1, first - 1, -1):
        item = state.feed[ring + (place & last_place)]
        root = state.roots[item - base] if item >= base else NONE
        if root < base:
            continue
        post = state.posts[root - base]
        if post["author"] == agent or step - post["visible_step"] >= p["live_steps"]:
            continue
        value = rank_of(state, me, agent, item, root, step, p)
        spot = count
        while spot > 0 and state.ranks[spot - 1] < value:
            state.ranks[spot] = state.ranks[spot - 1]
            state.ranking[spot] = state.ranking[spot - 1]
            spot -= 1
        state.ranks[spot] = value
        state.ranking[spot] = item
        count += 1
    return count


@inlined
def rank_of(state: State, me: Row, agent: int, item: int, root: int, step: int, p: Row) -> float:
    """How high a ranked feed puts a delivery; what comes from a mutual tie may come first."""
    base = state.counters[BASE]
    post = state.posts[root - base]
    value = rules.rank(
        post["appeal"],
        state.shares[root - base],
        rules.age_hours(step, post["visible_step"], p["days_per_step"]),
        p["reading_ranked_minutes"] / 60.0,
        p["reading_ranked_fall"],
        p["reading_ranked_power"],
    )
    if me["ranked_mutual"] != 1.0:
        arc = arc_to(state, agent, state.posts[item - base]["author"])
        if arc != NONE and state.arcs[arc]["mutual"]:
            value = value * me["ranked_mutual"]
    return float(value)


@inlined
def read_ranked(state: State, me: Row, agent: int, count: int, left: int, explains: bool, p: Row) -> int:
    """Scan a ranked feed; the number of posts seen."""
    base = state.counters[BASE]
    seen = 0
    for place in range(count):
        if left == 0 or not has_time(me):
            break
        item = state.ranking[place]
        root = state.roots[item - base]
        if not readable(state.posts[root - base]):
            if item == root:
                see_sanction(me, explains, p)
            continue
        left -= 1
        seen = scan(state, me, agent, item, root, seen, p)
    return seen


SPARE = 4
"""Deliveries fetched ahead beyond the scan length, for those that are skipped."""


@inlined
def fetch_posts(state: State, ring: int, last_place: int, first: int, last: int) -> None:
    """Have the posts that are about to be read brought near; changes nothing."""
    base = state.counters[BASE]
    for place in range(last - 1, first - 1, -1):
        item = state.feed[ring + (place & last_place)]
        if item >= base:
            fetch_ahead(state.posts, max(0, state.roots[item - base] - base), 0)


@inlined
def read_streams(state: State, me: Row, agent: int, step: int, seen: int, p: Row) -> int:
    """Look at the streams of open tags that this session searches; the number of posts seen by then."""
    for tag in range(len(state.tag_open)):
        if not state.tag_open[tag]:
            continue
        adopted = (me["adopted"] >> tag) & 1
        share = p["reading_search_adopters"] if adopted else p["reading_search_others"]
        if me["chat"] != NONE and state.chats[me["chat"]]["tag"] == tag:
            share = 1.0
        if uniform(p["seed"], _SEARCH, agent, step << 4 | tag) < share:
            seen = read_stream(state, me, agent, tag, step, seen, p)
    return seen


@inlined
def read_stream(state: State, me: Row, agent: int, tag: int, step: int, seen: int, p: Row) -> int:
    """Scan the newest posts of a tag that came since the agent last looked."""
    base = state.counters[BASE]
    left = rules.geometric_length(
        uniform(p["seed"], _STREAM_SCAN, agent, step << 4 | tag), p["reading_stream_scan_mean"]
    )
    for place in range(state.stream_length[tag] - 1, state.stream_read[agent, tag] - 1, -1):
        row = state.stream[tag, place]
        if left == 0 or row < base or not has_time(me):
            break
        post = state.posts[row - base]
        if step - post["visible_step"] >= p["live_steps"]:
            break
        if post["author"] != agent and readable(post):
            left -= 1
            seen = scan(state, me, agent, row, row, seen, p)
    state.stream_read[agent, tag] = state.stream_length[tag]
    return seen
