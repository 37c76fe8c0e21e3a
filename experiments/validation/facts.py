"""What the model should show, and by whom that was seen: the one table of facts and laws of the scorecard.

Facts are the rows of the evidence register that are kept for validation, and the ranges asked of networks. Laws are
those of section 9 of docs/model.md, checked in small by `limiting.py`. A range that the source does not give is
called assumed in the remark.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from experiments.validation import laws
from simulation import DATASETS

OPEN = math.inf


class Fact(NamedTuple):
    """One line of the scorecard.

    Args:
        name: of the line; once in the table.
        says: the pattern in a sentence.
        pattern: what is run; empty where the model has nothing to show it with.
        quantity: the number of the pattern that is judged.
        low, high: the range in which it should be; both the same for a law.
        judge: how (`judging.JUDGES`).
        source: where it was seen.
        rows: of the evidence register, `C-33`; none for a law.
        remark: what a reader should know; why a line is not covered.
        data: name of the dataset that the pattern needs.
    """

    name: str
    says: str
    pattern: str
    quantity: str
    low: float
    high: float
    judge: str
    source: str
    rows: tuple[str, ...] = ()
    remark: str = ""
    data: str = ""

    @property
    def kind(self) -> str:
        """`law`, `network` or `fact`."""
        if self.judge == "law":
            return "law"
        return "network" if self.pattern in {"default_network", "physicians"} else "fact"


def _within(name: str, says: str, target: str, low: float, high: float, source: str, *rows: str, remark: str = "",
            data: str = "") -> Fact:  # fmt: skip
    """A value in a range; `target` is `pattern.quantity`."""
    pattern, quantity = target.split(".")
    return Fact(name, says, pattern, quantity, low, high, "within", source, rows, remark, data)


def _above_0(name: str, says: str, target: str, source: str, *rows: str, remark: str = "") -> Fact:
    """A positive sign."""
    pattern, quantity = target.split(".")
    return Fact(name, says, pattern, quantity, 0.0, OPEN, "sign", source, rows, remark)


def _below_0(name: str, says: str, target: str, source: str, *rows: str, remark: str = "") -> Fact:
    """A negative sign."""
    return _above_0(name, says, target, source, *rows, remark=remark)._replace(low=-OPEN, high=0.0)


def _nothing(name: str, says: str, target: str, low: float, high: float, source: str, *rows: str, remark: str = "") -> (
    Fact
):  # fmt: skip
    """No effect: within bounds, and the interval holds 0."""
    return _within(name, says, target, low, high, source, *rows, remark=remark)._replace(judge="nothing")


def _not_covered(name: str, says: str, source: str, row: str, why: str) -> Fact:
    """What the model has nothing to show with."""
    return Fact(name, says, "", "", math.nan, math.nan, "none", source, (row,), why)


SHOWN = "assumed tolerance of a quarter"
STYLISED = (
    _within("residents struggling", "share of residents above the cut", "baseline.residents_struggling", 0.135, 0.274,
            "Fahrenkopf 2008", "C-04",
            remark="one cohort of 123; the model is solved for the pooled 28.8% of C-03 (25.3 to 32.5%)"),
    _within("burnt-out students seek help", "burnt-out students who sought help within a year",
            "baseline.students_entering_treatment", 0.297, 0.384, "Dyrbye 2015", "C-09",
            remark="struggling students who enter treatment stand for the burnt-out who seek any help; the model is "
            "set by the 15.7% of C-02"),
    _not_covered("first confidant", "57.5% of psychiatry residents would first turn to family or friends",
                 "PMC5344052", "C-11", "the model has no confidants off the platform"),
    _above_0("students underestimate", "students underestimate how many peers struggle", "baseline.students_gap",
             "Geisner 2015", "C-12"),
    _above_0("the affected believe more", "students who struggle think struggling more common than others do",
             "baseline.affected_believe_more", "Geisner 2015", "C-12"),
    _above_0("adults underestimate", "people underestimate how common struggling is", "baseline.adults_gap",
             "Evans 2023", "C-14"),
    _below_0("belief goes with lower stigma", "who thinks struggling more common has less personal stigma",
             "baseline.belief_with_stigma", "Evans 2023", "C-14", remark="correlation over people"),
    _above_0("correction corrects", "people who are told the norm then believe struggling more common",
             "norm_correction.belief", "Turetsky & Sanderson 2018", "C-15", remark="difference after a day"),
    _below_0("correction lowers perceived stigma", "perceived stigma is lower after the correction",
             "norm_correction.perceived_at_once", "Turetsky & Sanderson 2018", "C-15", remark="difference after a day"),
    _within("perceived stigma comes back", "for a while: at most half of the fall is left after 60 days",
            "norm_correction.perceived_left", 0.0, 0.5, "Turetsky & Sanderson 2018", "C-15",
            remark="that it is temporary was seen, one half is assumed"),
    _nothing("correction moves no behaviour", "no effect on the share that seeks help", "norm_correction.help_seeking",
             -0.02, 0.02, "Turetsky & Sanderson 2018", "C-15", remark="bounds of two percentage points assumed"),
    _within("one contact is not enough", "one contact moves students' stigma by less than a small effect",
            "one_contact.effect", -0.2, 0.2, "Papish 2013", "C-23",
            remark="the trial found nothing significant; d = 0.2 is assumed for what it could have seen"),
    _within("posts per participant", "own posts per participant of a hashtag in 17 days: 2.2",
            "hashtag.posts_per_participant", 0.75 * 2.21, 1.25 * 2.21, "Rashid 2018", "C-17",
            remark=f"4,934 by 2,231; {SHOWN}"),
    _not_covered("a quiet hashtag", "132 tweets in about two months under #WhyWeTweetMH", "Berry 2017", "C-18",
                 "a count of posts without the number of people it came from"),
    _within("chat: own posts", "own posts per participant of a chat: 1.4", "chat.chat_originals", 0.75 * 37 / 26,
            1.25 * 37 / 26, "#MedEdChat 2019", "C-19", remark=SHOWN),
    _within("chat: retweets", "retweets per participant of a chat: 2.0", "chat.chat_retweets", 1.5, 2.5,
            "#MedEdChat 2019", "C-19", remark=SHOWN),
    _within("chat: replies", "replies per participant of a chat: 2.2", "chat.chat_replies", 0.75 * 56 / 26,
            1.25 * 56 / 26, "#MedEdChat 2019", "C-19", remark=SHOWN),
    _within("chat: return", "participants of a chat who return: 30% (SD 7)", "chat.chat_return", 0.23, 0.37,
            "Carroll 2017", "C-19"),
    _within("retweets in 15 minutes", "retweets within a quarter of an hour: 22.8%", "baseline.within_15_min", 0.208,
            0.248, "Liang 2021, own calculation", "C-33", remark="bounds of two percentage points assumed"),
    _within("retweets in an hour", "retweets within an hour: 39.1%", "baseline.within_1_h", 0.367, 0.414,
            "Liang 2021, own calculation", "C-33", remark="the point that is kept for calibration"),
    _within("retweets in 6 hours", "retweets within six hours: 65.6%", "baseline.within_6_h", 0.636, 0.676,
            "Liang 2021, own calculation", "C-33", remark="bounds of two percentage points assumed"),
    _within("retweets in a day", "retweets within a day: 90.2%", "baseline.within_24_h", 0.888, 0.917,
            "Liang 2021, own calculation", "C-33"),
    _within("median retweet", "median age of a retweet: 2.07 h", "baseline.median_hours", 1.78, 2.46,
            "Liang 2021, own calculation", "C-33"),
    _above_0("one reply is most common", "among answered struggles one reply is more common than two",
             "baseline.one_less_two_replies", "Low 2021", "C-43", remark="a crisis forum"),
)  # fmt: skip
"""Rows of the evidence register that are kept for validation."""

HIGGS, TWITTER = "Higgs Twitter graph", "Higgs, Kwak 2010, Myers 2014"
NETWORKS = (
    _within("network: degree", "mean number of followers", "default_network.mean_degree", 31.0, 33.0, HIGGS, "C-20"),
    _within("network: reciprocity", "share of arcs that are returned", "default_network.reciprocity", 0.22, 0.45,
            TWITTER, "C-20", "C-28"),
    _within("network: tail", "tail exponent of followers", "default_network.tail_exponent", 2.05, 2.35, HIGGS, "C-20"),
    _within("network: clustering", "mean local clustering", "default_network.clustering", 0.15, 0.31, HIGGS, "C-20",
            "C-21"),
    _within("network: assortativity", "correlation of degrees over ties", "default_network.assortativity", -0.16, 0.0,
            HIGGS, "C-20"),
    _within("network: followers and followed", "correlation of log(F + 1) and log(W + 1)",
            "default_network.correlation_log", 0.55, 0.75, HIGGS, "C-20"),
    _within("network: mean distance", "mean number of steps between people", "default_network.mean_distance",
            3.17 * math.log(5000) / math.log(456_626), 3.17, TWITTER, "C-20", "C-28",
            remark="3.17 at 456,626 people and about 4.1 at 41.7 million; from what that is by log N to as it is"),
    _within("network: strong component", "share of people in the largest strong component: 0.789",
            "default_network.strong_share", 0.689, 0.889, HIGGS, "C-20", remark="tolerance of 0.1 assumed"),
    _within("network: inequality", "Gini coefficient of degrees: 0.718", "default_network.degree_gini", 0.618, 0.818,
            HIGGS, "C-20", remark="tolerance of 0.1 assumed"),
)  # fmt: skip
"""What the default generator was asked for, and what it was not."""

_OF_LAWS = "docs/model.md, 9"
_PHYSICIANS = "Coleman, Katz & Menzel 1957; KONECT"
_MEASURED = {
    "reciprocity": (0.319, 0.0005), "transitivity": (0.251, 0.0005), "clustering": (0.312, 0.0005),
    "assortativity": (-0.056, 0.0005), "mean_degree": (4.556, 0.0005), "mean_distance": (2.59, 0.005),
    "followers_of_followed": (8.3224, 0.00005), "without_followers": (0.091, 0.0005),
    "max_followers": (26.0, 0.0), "strong_share": (95 / 241, 0.0005), "named_have_more": (0.80, 0.005),
}  # fmt: skip


def _physicians() -> Iterator[Fact]:
    """Measures of the physicians as they were published or recomputed, to rounding."""
    for name, (value, rounding) in _MEASURED.items():
        yield _within(f"physicians: {name.replace('_', ' ')}", f"{value:g} on the network as it is",
                      f"physicians.{name}", value - rounding, value + rounding, _PHYSICIANS, "C-21",
                      remark="to the last digit given", data="physicians")  # fmt: skip


def _law(number: int, name: str, says: str, target: str, value: float, remark: str = "") -> Fact:
    """A law."""
    pattern, quantity = target.split(".")
    return Fact(f"law {number}: {name}", says, pattern, quantity, value, value, "law", _OF_LAWS, (), remark)


def _laws() -> Iterator[Fact]:
    """Every law in small."""
    yield _law(1, "cascade size", "mean size over 1 / (1 - R)", "branching.size", 1.0)
    yield _law(1, "no retweet", "posts without retweet over E[(1 - p)^F]", "branching.unshared", 1.0)
    yield _law(2, "logistic", "adoptions of a day less those of the logistic equation", "logistic.surplus", 0.0)
    yield _law(3, "threshold", "two seeds with a common reader take the whole ring", "threshold.near", 1.0)
    yield _law(3, "threshold", "two seeds without one stay two", "threshold.far", 2.0)
    for (servers, lam), (waiting, _) in laws.WAITS.items():
        exact = laws.erlang_c(servers, lam / 6.0)
        yield _law(4, f"Erlang C, c = {servers}", f"share of cases that wait: {waiting:g}", f"queue.servers_{servers}",
                   exact)  # fmt: skip
    yield _law(5, "friendship paradox", "followers of those read over <F^2>/<F>", "counting.friendship", 1.0)
    yield _law(6, "majority illusion", "strugglers among those read less pi + cov(F, x)/<F>", "counting.illusion", 0.0)
    yield _law(7, "activity", "sessions per day over l", "activity.sessions", 1.0)
    yield _law(7, "inequality", "Gini of log-normal rates less erf(sigma / 2)", "activity.gini", 0.0)
    yield _law(8, "Beta-Bernoulli", "largest deviation of n from (nu n0 + S) / (nu + M)", "counting.belief", 0.0)
    why = "an optional rule that the model does not have"
    yield Fact(
        "law 9: DeGroot", "consensus of averaging beliefs", "", "", math.nan, math.nan, "none", _OF_LAWS, (), why
    )
    for name, (check, (chance, _)) in zip(("rare_posts", "many_posts", "flood"), laws.SIGHTS.items(), strict=True):
        a, b = check[0] / 96.0, check[1] / 96.0 / check[2]
        yield _law(10, f"visibility, {name.replace('_', ' ')}", f"P(seen): {chance:g}", f"visibility.{name}",
                   laws.chance_seen_of_many(a, b))  # fmt: skip
    yield _law(11, "passing state", "standard deviation: 2.23", "distress.state_sd", laws.STATE_SD)
    yield _law(11, "share above the cut", "Phi((6.4 - 9.5) / 4.755): 25.7%", "distress.above", laws.above_cut(6.4))
    times = np.array([1.0, 92.0, 183.0, 274.0])
    yield _law(11, "four quarterly looks", "above the cut at least once: 42.7%", "distress.ever_above",
               laws.above_cut_once(6.4, times))  # fmt: skip
    yield _law(
        12, "first reply", "posts unanswered after a quarter of a day, over the law", "first_reply.unanswered", 1.0
    )
    yield _law(13, "value of removal", "prevented share m / (m + v): 1/2", "removal.prevented",
               laws.removed_in_time(2.0, 2.0, 1.0 / 96.0))  # fmt: skip
    yield _law(14, "blind desk", "columns that a detector which finds nothing changes", "neutrality.blind", 0.0)
    yield _law(14, "before onset", "columns that an arm changes before its onset", "neutrality.before_onset", 0.0)
    yield _law(14, "silence", "rise of belief above n0 where nobody discloses", "neutrality.silent_rise", 0.0)
    yield _law(15, "star", "structural virality 2 (n - 1) / n, n = 1,000", "virality.star", 2 * 999 / 1000)
    yield _law(15, "path", "structural virality (n + 1) / 3, n = 40", "virality.path", 41 / 3)
    yield _law(16, "treatment", "15.7% a year makes 4.1% in 90 days", "treatment.entered",
               1.0 - math.exp(-90.0 * 4.7e-4))  # fmt: skip
    yield _law(17, "one loud author", "S moved by daily disclosure less by one", "loud_author.surplus", 0.0)


FACTS: tuple[Fact, ...] = (*STYLISED, *NETWORKS, *_physicians(), *_laws())
"""Every line of the scorecard."""


def data_missing(fact: Fact) -> str:
    """Why the dataset of a line is not there; empty where it is or none is needed."""
    return "" if not fact.data or DATASETS[fact.data].status().as_expected else f"the dataset '{fact.data}' is not here"
