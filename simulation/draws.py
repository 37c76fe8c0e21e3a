"""Chance with an address: a uniform is a pure function of (run seed, decision, who, what).

There is no "next number" anywhere. What an intervention adds or removes therefore shifts nobody else's luck; two
arms with one seed differ only by what the intervention caused, and results do not depend on the order of
computation or the number of threads.

The function is Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3",
SC'11): the counter is the address (who, low and high half of what, decision), the key is the run seed. It is
written in products of 32-bit words held in signed 64-bit integers, where wrapping and Python's exact integers
agree after the masks, so the compiled and the plain function are the same text and the same numbers.

Names: `seed` is any integer of 63 bits; `decision` a number of `Decision`; `who` an agent's row (0..N-1) or
another 32-bit number; `what` a step, a day, a slot or a post key, 64 bits.
"""

import math

import numpy as np
from numpy.typing import NDArray

from simulation._compile import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LOW = 0xFFFFFFFF
_MULTIPLIER_0 = 0xD2511F53
_MULTIPLIER_1 = 0xCD9E8D57
_WEYL_0 = 0x9E3779B9
_WEYL_1 = 0xBB67AE85
_TWO_32 = 1.0 / 4294967296.0
_TWO_53 = 1.0 / 9007199254740992.0


class Decision:
    """Names of decisions. A number, once used, is never given to another decision: it is part of every address.

    Plain integers and not an enumeration, which compiled functions are slow to take.
    """

    # network: who = agent, what = slot or attempt
    GRAPH_DEGREE = 1
    GRAPH_POPULARITY = 2
    GRAPH_CLASS = 3
    GRAPH_BASE = 4
    GRAPH_COPY = 5
    GRAPH_RETURN = 6
    GRAPH_ORDER = 7
    GRAPH_GROWTH = 8
    GRAPH_PAIR = 9
    GRAPH_REWIRE = 10
    # population: who = agent, what = slot
    ROLE = 20
    SPECIALTY = 21
    TIME_ZONE = 22
    NIGHT_SHIFT = 23
    ACTIVITY = 24
    SESSION_RATE = 25
    PROTECTED = 26
    PSEUDONYM = 27
    SUPERUSER = 28
    TRAIT = 29
    STATE = 30
    STIGMA = 31
    PERCEIVED_STIGMA = 32
    FEAR = 33
    IN_PERSON = 34
    COHORT = 35
    COMMUNITY = 36
    FOLLOWER_RANK = 37
    # a person in a step
    SESSION = 40
    SCAN = 41
    SEARCH = 42
    STREAM_SCAN = 43
    POST = 44
    ATTEND = 46
    DISCLOSE = 47
    OTHER_KIND = 48
    # a post
    APPEAL = 50
    VIOLATION = 51
    TAG_USE = 52
    TAG_CHOICE = 53
    STREAM_PLACE = 54
    # a person and a root post: one block, four words (like, reply, retweet, report)
    REACTION = 60
    TONE = 61
    ADOPTION = 62
    ABANDON = 63
    # the desk and a post
    DETECTION = 70
    DETECTION_DELAY = 71
    DETECTION_MOMENT = 72
    SERVICE = 73
    CORRECTNESS = 74
    ACCEPTANCE = 75
    # a person and a day
    DAILY_NOISE = 80
    HELP_SEEKING = 81
    # ties: who = follower; what = key of a reply, or day and followee
    FOLLOW = 82
    UNFOLLOW = 83
    # a chat: who = agent; what = number of the chat and of the occasion, or step and session
    CHAT_NOTICE = 84
    CHAT_JOIN = 85
    CHAT_TOPIC = 86
    CHAT_MODERATOR = 87
    # routing: who = helper, what = key of a post
    ROUTE = 88
    # interventions, comparison helpers, measures
    SEEDS = 90
    TARGET = 91
    SAMPLE = 92
    PRIVACY = 93


@compiled
def philox(seed: int, decision: int, who: int, what: int) -> tuple[int, int, int, int]:
    """The four 32-bit words at an address."""
    c0 = int(who) & _LOW
    c1 = int(what) & _LOW
    c2 = (int(what) >> 32) & _LOW
    c3 = decision & _LOW
    k0 = int(seed) & _LOW
    k1 = (int(seed) >> 32) & _LOW
    for _ in range(10):
        p0 = _MULTIPLIER_0 * c0
        p1 = _MULTIPLIER_1 * c2
        c0, c1, c2, c3 = (
            ((p1 >> 32) & _LOW) ^ c1 ^ k0,
            p1 & _LOW,
            ((p0 >> 32) & _LOW) ^ c3 ^ k1,
            p0 & _LOW,
        )
        k0 = (k0 + _WEYL_0) & _LOW
        k1 = (k1 + _WEYL_1) & _LOW
    return c0, c1, c2, c3


@compiled
def uniform(seed: int, decision: int, who: int, what: int) -> float:
    """The uniform at an address, in [0, 1) with 53 bits."""
    w0, w1, _w2, _w3 = philox(seed, decision, who, what)
    return ((w0 << 21) | (w1 >> 11)) * _TWO_53


@compiled
def uniforms4(seed: int, decision: int, who: int, what: int) -> tuple[float, float, float, float]:
    """Four independent uniforms at one address, each in (0, 1) with 32 bits: for decisions that are taken together."""
    w0, w1, w2, w3 = philox(seed, decision, who, what)
    return (w0 + 0.5) * _TWO_32, (w1 + 0.5) * _TWO_32, (w2 + 0.5) * _TWO_32, (w3 + 0.5) * _TWO_32


@compiled
def normal(seed: int, decision: int, who: int, what: int) -> float:
    """The standard normal at an address (Box & Muller 1958, its cosine branch)."""
    w0, w1, w2, w3 = philox(seed, decision, who, what)
    radius = math.sqrt(-2.0 * math.log((((w0 << 21) | (w1 >> 11)) + 0.5) * _TWO_53))
    return radius * math.cos(2.0 * math.pi * (((w2 << 21) | (w3 >> 11)) * _TWO_53))


@compiled
def uniforms(seed: int, decision: int, who: Ints, what: int) -> Floats:
    """One uniform for each agent of `who` [N] at the same `what`; shape [N]."""
    out = np.empty(len(who))
    for row in range(len(who)):
        out[row] = uniform(seed, decision, int(who[row]), what)
    return out


@compiled
def uniform_of_step(seed: int, decision: int, who: int, step: int) -> float:
    """The uniform of a decision that is taken in every step, in (0, 1) with 32 bits: one block serves four steps."""
    w0, w1, w2, w3 = philox(seed, decision, who, int(step) >> 2)
    place = step & 3
    word = w0 if place == 0 else w1 if place == 1 else w2 if place == 2 else w3
    return (word + 0.5) * _TWO_32


@compiled
def uniforms_of_step(seed: int, decision: int, n_agents: int, step: int) -> Floats:
    """`uniform_of_step` for every agent; shape [N]."""
    out = np.empty(n_agents)
    for row in range(n_agents):
        out[row] = uniform_of_step(seed, decision, row, step)
    return out


@compiled
def normals(seed: int, decision: int, who: Ints, what: int) -> Floats:
    """One standard normal for each agent of `who` [N] at the same `what`; shape [N]."""
    out = np.empty(len(who))
    for row in range(len(who)):
        out[row] = normal(seed, decision, int(who[row]), what)
    return out


@compiled
def below(u: float, bound: int) -> int:
    """A whole number 0..bound-1 from a uniform."""
    return min(int(u * bound), bound - 1)
