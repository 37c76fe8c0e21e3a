"""Stage 7: new posts go to followers' feeds and to streams, answers to their authors."""

from simulation._compile import inlined, kernel
from simulation.kernels.state import BASE, BEGIN, FREE_NOTE, N_LIKED, NONE, NOTES_LEFT, USED, Row, State
from simulation.posts import Kind, PostState

_STRUGGLE, _SUPPORTIVE, _RETWEET = int(Kind.STRUGGLE), int(Kind.REPLY_SUPPORTIVE), int(Kind.RETWEET)
_HELD = int(PostState.HELD)


@inlined
def has_room_to_deliver(state: State) -> bool:
    """Whether there are notes and places in streams for everything of this step."""
    new = state.counters[USED] - state.counters[BEGIN]
    if state.counters[NOTES_LEFT] < new + state.counters[N_LIKED]:
        return False
    for tag in range(len(state.stream_length)):
        if state.stream_length[tag] + new > state.stream.shape[1]:
            return False
    return True


@inlined
def deliver(state: State, step: int, holds_tagged: bool) -> None:
    """Deliver likes of struggles, then the posts of this step in the order in which they were written."""
    base = state.counters[BASE]
    for place in range(state.counters[N_LIKED]):
        row = state.liked[place]
        notify(state, state.posts[row - base]["author"], row, NONE)
    for place in range(state.counters[BEGIN], state.counters[USED]):
        post = state.posts[place]
        if post["parent"] != NONE and post["kind"] != _RETWEET:
            deliver_reply(state, post, step + 1)
        elif holds_tagged and post["tag"] != NONE and state.people[post["author"]]["overseen"]:
            post["state"] = _HELD
        else:
            publish(state, post, step + 1)


@inlined
def notify(state: State, author: int, root: int, reply: int) -> None:
    """Put a note at the end of an author's notifications."""
    place = state.counters[FREE_NOTE]
    note = state.notes[place]
    state.counters[FREE_NOTE] = note["next"]
    state.counters[NOTES_LEFT] -= 1
    note["first"] = root
    note["second"] = reply
    note["next"] = NONE
    me = state.people[author]
    if me["inbox_tail"] == NONE:
        me["inbox_head"] = place
    else:
        state.notes[me["inbox_tail"]]["next"] = place
    me["inbox_tail"] = place


@inlined
def deliver_reply(state: State, reply: Row, step: int) -> None:
    """A reply stands under its root from `step` on, and the author of the root is told."""
    base = state.counters[BASE]
    root = state.posts[reply["root"] - base]
    reply["visible_step"] = step
    if root["last_reply"] == NONE:
        root["first_reply"] = reply["row"]
    else:
        state.posts[root["last_reply"] - base]["next_reply"] = reply["row"]
    root["last_reply"] = reply["row"]
    root["visible_replies"] += 1
    notify(state, root["author"], root["row"], reply["row"])
    if root["kind"] == _STRUGGLE and reply["kind"] == _SUPPORTIVE:
        state.people[root["author"]]["received_support_step"] = step


@kernel
def publish_late(state: State, place: int, step: int) -> None:
    """A post that was held can be read from `step` on."""
    publish(state, state.posts[place], step)


@inlined
def publish(state: State, post: Row, step: int) -> None:
    """A post or retweet can be read from `step` on: into feeds, and into the stream of its tag."""
    post["visible_step"] = step
    room = state.feed.shape[1] - 1
    row = post["row"]
    author = post["author"]
    for arc in range(state.follower_offsets[author], state.follower_offsets[author + 1]):
        follower = state.followers[arc]
        state.feed[follower, state.delivered[follower] & room] = row
        state.delivered[follower] += 1
    if post["kind"] == _RETWEET:
        state.posts[post["root"] - state.counters[BASE]]["met_again"] = True
    tag = post["tag"]
    if tag != NONE and not post["protected"]:
        state.stream[tag, state.stream_length[tag]] = row
        state.stream_length[tag] += 1
