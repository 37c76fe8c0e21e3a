"""Stage 7: what was written gets its place among the posts; then it reaches followers, streams and authors.

Gathering is done by one thread, block by block, so that posts stand in the order of their authors; delivering is done
by each block for its own people.
"""

from simulation._compile import inlined, kernel
from simulation.draws import Decision, uniform
from simulation.kernels.state import (
    ARC_AT,
    BASE,
    BEGIN,
    FEED_USED,
    FREE_NOTE,
    FREE_RING,
    HI,
    LAST_ROW,
    LO,
    MARKS,
    MOST_REPLIES,
    MOST_ROOM,
    N_FLAGGED,
    N_LIKED,
    N_LIKES,
    N_OWN,
    N_PROMPTS,
    N_REACTIONS,
    N_REPORTED,
    N_STRUGGLES,
    N_SUSPECTS,
    N_THREADS,
    NONE,
    NOTE_AT,
    NOTES_LEFT,
    POST_AT,
    SHARED,
    SUPPORTED,
    UNIT,
    USED,
    VIEWERS,
    Records,
    Row,
    State,
)
from simulation.posts import Kind, PostState, Violation

_STRUGGLE, _SUPPORTIVE, _RETWEET = int(Kind.STRUGGLE), int(Kind.REPLY_SUPPORTIVE), int(Kind.RETWEET)
_HELD, _VISIBLE = int(PostState.HELD), int(PostState.VISIBLE)
_NO_VIOLATION = int(Violation.NONE)
_STREAM_PLACE = Decision.STREAM_PLACE

# --- one thread gathers -----------------------------------------------------------------------------------------------


@inlined
def begin_gathering(state: State) -> None:
    """Nothing has been gathered in this step."""
    state.counters[BEGIN] = state.counters[USED]
    state.counters[N_LIKES] = 0
    state.counters[N_FLAGGED] = 0
    state.counters[N_SUSPECTS] = 0


@inlined
def has_room_to_gather(state: State) -> bool:
    """Whether the shared arrays can take in what one block has written."""
    new = state.mine[N_REACTIONS] + state.mine[N_OWN] + state.counters[N_PROMPTS]
    room = min(len(state.posts), LAST_ROW - state.counters[BASE]) - state.counters[USED]
    room = min(room, len(state.suspects) - state.counters[N_SUSPECTS])
    room = min(room, len(state.threads) - state.counters[N_THREADS])
    room = min(room, len(state.marks) // MARKS - state.counters[N_STRUGGLES])
    for tag in range(len(state.stream_length)):
        room = min(room, state.stream.shape[1] - state.stream_length[tag])
    likes = len(state.likes) - state.counters[N_LIKES]
    flagged = len(state.flagged) - state.counters[N_FLAGGED]
    return bool(room >= new and likes >= state.mine[N_LIKED] and flagged >= state.mine[N_REPORTED])


@inlined
def gather_reactions(state: State, step: int) -> None:
    """Count the likes and reports of a block, and put its replies and retweets among the posts."""
    base = state.counters[BASE]
    for place in range(state.mine[N_LIKED]):
        row = state.liked[place]
        post = state.posts[row - base]
        post["likes"] += 1
        if post["kind"] == _STRUGGLE:
            state.likes[state.counters[N_LIKES]] = row
            state.counters[N_LIKES] += 1
    for place in range(state.mine[N_REPORTED]):
        row = state.reported[place]
        state.reports[row - base] += 1
        state.flagged[state.counters[N_FLAGGED]] = row
        state.counters[N_FLAGGED] += 1
    for place in range(state.mine[N_REACTIONS]):
        draft = state.reactions[place]
        new = enter(state, draft, draft["root"])
        state.posts[new]["visible_step"] = step + 1
        if draft["kind"] == _RETWEET:
            state.posts[new]["link"] = draft["parent"]
            state.posts[draft["root"] - base]["met_again"] |= 1
            state.shares[draft["root"] - base] += 1
        else:
            put_under_root(state, new)


@inlined
def gather_own(state: State, step: int, holds_tagged: bool) -> None:
    """Put the own posts of a block among the posts."""
    gather_roots(state, state.own, int(state.mine[N_OWN]), step, holds_tagged)


@inlined
def gather_prompts(state: State, step: int, holds_tagged: bool) -> None:
    """Put what interventions made people write among the posts, before anything else of the step."""
    if state.counters[N_PROMPTS] > 0:
        gather_roots(state, state.prompts, int(state.counters[N_PROMPTS]), step, holds_tagged)
        state.counters[N_PROMPTS] = 0


@inlined
def gather_roots(state: State, drafts: Records, count: int, step: int, holds_tagged: bool) -> None:
    """Put drafts of own posts among the posts, and into the streams of their tags unless they are held."""
    base = state.counters[BASE]
    for place in range(count):
        new = enter(state, drafts[place], base + state.counters[USED])
        post = state.posts[new]
        post["met_again"] = 1 if post["tag"] != NONE else 0
        if post["kind"] == _STRUGGLE:
            enter_thread(state, base + new)
            post["mark"] = state.counters[N_STRUGGLES]
            state.marks[post["mark"] * MARKS + VIEWERS] = 0
            state.marks[post["mark"] * MARKS + SUPPORTED] = 0
            state.counters[N_STRUGGLES] += 1
        overseen = state.people[post["author"]]["overseen"]
        if holds_tagged and post["tag"] != NONE and overseen:
            post["state"] = _HELD
        else:
            post["visible_step"] = step + 1
            enter_stream(state, new)
        if overseen and (post["kind"] == _STRUGGLE or post["violation"] != _NO_VIOLATION or post["state"] == _HELD):
            suspect(state, base + new)


@inlined
def enter(state: State, draft: Row, root: int) -> int:
    """Take the next place for a post and fill in what is known of it; the place."""
    place = state.counters[USED]
    state.counters[USED] = place + 1
    state.roots[place] = root
    state.views[place] = 0
    state.reports[place] = 0
    state.shares[place] = 0
    post = state.posts[place]
    post["key"] = draft["key"]
    post["author"] = draft["key"] >> 32
    post["appeal"] = draft["appeal"]
    post["root"] = root
    post["kind"] = draft["kind"]
    post["tag"] = draft["tag"]
    post["violation"] = draft["violation"]
    post["state"] = _VISIBLE
    post["protected"] = draft["protected"]
    post["author_role"] = draft["author_role"]
    post["author_specialty"] = draft["author_specialty"]
    post["visible_step"] = NONE
    post["removed_step"] = NONE
    post["link"] = NONE
    post["last_reply"] = NONE
    post["mark"] = NONE
    post["visible_replies"] = 0
    post["likes"] = 0
    post["lonely"] = 0
    post["met_again"] = 0
    return int(place)


@inlined
def put_under_root(state: State, place: int) -> None:
    """A reply stands under its root from the next step on."""
    base = state.counters[BASE]
    reply = state.posts[place]
    root = state.posts[reply["root"] - base]
    if root["last_reply"] == NONE:
        root["link"] = base + place
    else:
        state.posts[root["last_reply"] - base]["link"] = base + place
    root["last_reply"] = base + place
    root["visible_replies"] += 1
    if root["kind"] == _STRUGGLE:
        enter_thread(state, base + place)
        state.counters[MOST_REPLIES] = max(state.counters[MOST_REPLIES], root["visible_replies"])
    if reply["violation"] != _NO_VIOLATION and state.people[reply["author"]]["overseen"]:
        suspect(state, base + place)


@inlined
def enter_thread(state: State, row: int) -> None:
    """A struggle, or a reply to one."""
    state.threads[state.counters[N_THREADS]] = row
    state.counters[N_THREADS] += 1


@inlined
def suspect(state: State, row: int) -> None:
    """A post that the desk may want to see."""
    state.suspects[state.counters[N_SUSPECTS]] = row
    state.counters[N_SUSPECTS] += 1


@inlined
def enter_stream(state: State, place: int) -> None:
    """A post that can be read goes into the stream of its tag, unless its author's account is protected."""
    post = state.posts[place]
    tag = post["tag"]
    if tag != NONE and not post["protected"]:
        state.stream[tag, state.stream_length[tag]] = state.counters[BASE] + place
        state.stream_length[tag] += 1


@inlined
def stream_place(state: State, row: int, p: Row) -> float:
    """Posts of one step stand in a stream in an order by chance, so that nobody's row comes first."""
    post = state.posts[row - state.counters[BASE]]
    return uniform(p["seed"], _STREAM_PLACE, post["author"], post["key"])


@inlined
def settle_streams(state: State, p: Row) -> None:
    """Put the posts of this step into their order in every stream: a heap sort of the entries that are new."""
    first_new = state.counters[BASE] + state.counters[BEGIN]
    for tag in range(len(state.stream_length)):
        end = int(state.stream_length[tag])
        begin = end
        while begin > 0 and state.stream[tag, begin - 1] >= first_new:
            begin -= 1
        for top in range((end - begin) // 2 - 1, -1, -1):
            sift(state, tag, begin, top, end - begin, p)
        for size in range(end - begin - 1, 0, -1):
            largest = state.stream[tag, begin]
            state.stream[tag, begin] = state.stream[tag, begin + size]
            state.stream[tag, begin + size] = largest
            sift(state, tag, begin, 0, size, p)


@inlined
def sift(state: State, tag: int, begin: int, top: int, size: int, p: Row) -> None:
    """Let an entry of a heap sink to where no entry below it comes later."""
    row = state.stream[tag, begin + top]
    place = stream_place(state, row, p)
    while 2 * top + 1 < size:
        child = 2 * top + 1
        below = stream_place(state, state.stream[tag, begin + child], p)
        if child + 1 < size:
            other = stream_place(state, state.stream[tag, begin + child + 1], p)
            if other > below:
                child, below = child + 1, other
        if place >= below:
            break
        state.stream[tag, begin + top] = state.stream[tag, begin + child]
        top = child
    state.stream[tag, begin + top] = row


@kernel
def settle_all_streams(state: State, p: Row) -> None:
    """Put the posts of this step into their order in every stream."""
    settle_streams(state, p)


@kernel
def gather_prompts_of_all(state: State, step: int, holds_tagged: bool) -> None:
    """Gather what interventions made people write; the caller has seen to the room."""
    gather_prompts(state, step, holds_tagged)


@kernel
def gather_some(state: State, step: int, reactions: bool, holds_tagged: bool) -> None:
    """Gather the reactions of a block, or its own posts; the caller has seen to the room."""
    if reactions:
        gather_reactions(state, step)
    else:
        gather_own(state, step, holds_tagged)


# --- each block delivers to its own people ----------------------------------------------------------------------------


@inlined
def deliver(state: State) -> bool:
    """Deliver likes of struggles, then the posts of this step in order; False where more room is needed to go on."""
    base = state.counters[BASE]
    while state.mine[NOTE_AT] < state.counters[N_LIKES]:
        row = state.likes[state.mine[NOTE_AT]]
        if not notify(state, state.posts[row - base]["author"], row, NONE):
            return False
        state.mine[NOTE_AT] += 1
    while state.mine[POST_AT] < state.counters[USED] - state.counters[BEGIN]:
        if not deliver_post(state, state.counters[BEGIN] + state.mine[POST_AT]):
            return False
        state.mine[POST_AT] += 1
        state.mine[ARC_AT] = 0
    state.mine[NOTE_AT] = 0
    state.mine[POST_AT] = 0
    return True


@inlined
def deliver_post(state: State, place: int) -> bool:
    """One post goes where posts of its kind go; False where more room is needed."""
    base = state.counters[BASE]
    post = state.posts[place]
    root = post["root"]
    if root == base + place or post["kind"] == _RETWEET:
        return post["state"] == _HELD or push(state, base + place, int(post["author"]))
    author = state.posts[root - base]["author"]
    if not notify(state, author, root, base + place):
        return False
    is_mine = state.mine[LO] <= author < state.mine[HI]
    if is_mine and post["kind"] == _SUPPORTIVE and state.posts[root - base]["kind"] == _STRUGGLE:
        state.people[author]["received_support_step"] = post["visible_step"]
    return True


@inlined
def notify(state: State, author: int, root: int, reply: int) -> bool:
    """Put a note at the end of the notifications of somebody of the block; False where there is no note left."""
    if not state.mine[LO] <= author < state.mine[HI]:
        return True
    if state.mine[NOTES_LEFT] == 0:
        return False
    place = state.mine[FREE_NOTE]
    note = state.notes[place]
    state.mine[FREE_NOTE] = note["next"]
    state.mine[NOTES_LEFT] -= 1
    note["first"] = root
    note["second"] = reply
    note["next"] = NONE
    me = state.people[author]
    if me["inbox_tail"] == NONE:
        me["inbox_head"] = place
    else:
        state.notes[me["inbox_tail"]]["next"] = place
    me["inbox_tail"] = place
    return True


@inlined
def first_at_least(state: State, begin: int, end: int, agent: int) -> int:
    """The first place of `followers` from `begin` on with an agent of at least this row."""
    while begin < end:
        middle = (begin + end) >> 1
        if state.followers[middle] < agent:
            begin = middle + 1
        else:
            end = middle
    return begin


@inlined
def push(state: State, row: int, author: int) -> bool:
    """Put a post into the feeds of the author's followers of this block; False where a ring finds no room to grow."""
    begin = state.follower_offsets[author]
    end = state.follower_offsets[author + 1]
    if state.mine[SHARED]:
        begin = first_at_least(state, begin, end, state.mine[LO])
        end = first_at_least(state, begin, end, state.mine[HI])
    for arc in range(begin + state.mine[ARC_AT], end):
        if not put_on_top(state, row, state.boxes[state.followers[arc]]):
            state.mine[ARC_AT] = arc - begin
            return False
    return True


@inlined
def put_on_top(state: State, row: int, box: Row) -> bool:
    """Put a post into a feed; False where its ring finds no room to grow."""
    delivered = box["delivered"]
    if delivered - box["read"] >= box["room"] and not enlarge(state, box):
        return False
    state.feed[int(box["at"]) * UNIT + (delivered & (box["room"] - 1))] = row
    box["delivered"] = delivered + 1
    return True


@inlined
def ring_size(room: int) -> int:
    """0 for the smallest room, one more for each doubling."""
    size = 0
    while UNIT << size < room:
        size += 1
    return size


@inlined
def enlarge(state: State, box: Row) -> bool:
    """Give a feed that is full of unread posts a ring of twice the room, up to the length of feeds."""
    old_room = int(box["room"])
    if old_room >= state.mine[MOST_ROOM]:
        return True
    units = 2 * old_room // UNIT
    size = ring_size(2 * old_room)
    at = state.mine[FREE_RING + size]
    if at != NONE:
        state.mine[FREE_RING + size] = state.feed[at * UNIT]
    elif (state.mine[FEED_USED] + units) * UNIT <= len(state.feed):
        at = state.mine[FEED_USED]
        state.mine[FEED_USED] += units
    else:
        return False
    old = int(box["at"])
    for place in range(box["read"], box["delivered"]):
        state.feed[at * UNIT + (place & (2 * old_room - 1))] = state.feed[old * UNIT + (place & (old_room - 1))]
    state.feed[old * UNIT] = state.mine[FREE_RING + size - 1]
    state.mine[FREE_RING + size - 1] = old
    box["at"] = at
    box["room"] = 2 * old_room
    return True


@kernel
def deliver_some(state: State) -> bool:
    """Deliver to the people of one block; False where more room is needed to go on."""
    return deliver(state)


@kernel
def push_late(state: State, row: int, author: int) -> bool:
    """Put a post that was held into feeds; False where more room is needed to go on."""
    return push(state, row, author)


@kernel
def show(state: State, row: int, agent: int) -> bool:
    """Put a post at the top of the feed of somebody of the block; False where more room is needed to do it."""
    return put_on_top(state, row, state.boxes[agent])


@kernel
def enter_late(state: State, place: int) -> None:
    """Put a post that was held into the stream of its tag; the caller has seen to the room."""
    enter_stream(state, place)
