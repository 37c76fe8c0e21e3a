"""The page `docs/evidence-map.md`: what the sources name, and what stands for it in the model.

    python scripts/evidence_map.py            # write the page
    python scripts/evidence_map.py --check    # say whether it is up to date; exit code 1 if it is not

A row is a line of section A of the evidence register, under its number. Its pointers name what stands for it, as
`kind:name`; a test looks every name up. A row without pointers, or one of which a part is not there, says why.
"""

import sys
from collections.abc import Callable, Container, Mapping
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from simulation import (
    EVENT_TABLES,
    INTERVENTIONS,
    NETWORKS,
    OUTCOMES,
    ROLES,
    Kind,
    Parameters,
    Posts,
    Violation,
    declarations,
    rules,
)
from simulation.population import Population
from simulation.world import COUNTERS, STATE

PAGE = Path(__file__).resolve().parents[1] / "docs" / "evidence-map.md"

CLASSES = {
    "SV": "state variable",
    "EV": "event or process",
    "PA": "parameter",
    "IN": "intervention",
    "OUT": "outcome",
    "VT": "validation target",
    "CTX": "context, kept out on purpose",
}


class Row(NamedTuple):
    """One thing that the sources name.

    Args:
        number: in section A of the evidence register.
        concept: in a few words.
        classes: keys of `CLASSES`.
        pointers: `kind:name` of what stands for it.
        note: how, or why not.
    """

    number: int
    concept: str
    classes: str
    pointers: str = ""
    note: str = ""


SECTIONS: Mapping[str, tuple[Row, ...]] = {
    "Platform": (
        Row(1, "short public messages", "SV", "post:kind post:appeal post:tag post:violation", "no text is generated"),
        Row(
            2,
            "protected account",
            "SV PA",
            "parameter:population.protected_share state:protected parameter:disclosure.visibility_protected",
        ),
        Row(
            3,
            "a retweet carries a post to other followers",
            "EV OUT",
            "event:reactions rule:retweet_chance outcome:cascade_size outcome:structural_virality",
        ),
        Row(
            4,
            "dialogue almost at once",
            "EV OUT",
            "kind:reply_supportive outcome:hours_to_first_support parameter:step_minutes",
        ),
        Row(
            5,
            "a hashtag collects posts in an open stream",
            "EV PA",
            "event:views parameter:reading.search_others parameter:reading.search_adopters intervention:hashtag",
        ),
        Row(6, "likes and comments as support", "EV", "event:reactions parameter:support.like rule:reply_chance"),
        Row(
            7,
            "themed feeds from everywhere",
            "EV",
            "event:views parameter:reading.stream_scan_mean",
            "the stream of a tag knows no region",
        ),
        Row(
            8,
            "following an organisation's account",
            "SV",
            "network:popularity kind:tip",
            "much followed accounts come from the graph; organisations are not a kind of person of their own",
        ),
        Row(
            9,
            "curators who pass on news",
            "SV",
            "parameter:reactions.session_power rule:retweet_chance",
            "frequent visitors pass on more; a curator is not a kind of person of their own",
        ),
        Row(
            10,
            "hubs with a worldwide audience",
            "SV PA",
            "network-setting:popularity.popularity_exponent network-setting:popularity.faculty_fitness",
        ),
        Row(
            11,
            "trending tags, conference threads",
            "EV",
            "intervention:tweet_chat",
            "a scheduled hour under a tag; there are no trends apart from retweets and streams",
        ),
        Row(12, "appealing content stands out", "SV", "post:appeal parameter:reactions.appeal_sigma"),
        Row(13, "taking part builds presence", "EV", "parameter:ties.follow event:ties", "off by default"),
        Row(
            14,
            "ties beyond one's region",
            "PA",
            "network-setting:popularity.community_share",
            "other platforms are outside the model",
        ),
        Row(15, "growth of medical use over years", "CTX", "", "two to three months with the same people"),
        Row(16, "choosing among platforms", "CTX", "", "one platform"),
        Row(
            17,
            "no limits of place, time zone and schedule",
            "SV PA",
            "parameter:population.time_zones parameter:population.night_shift_share outcome:supported_at_night_24h",
        ),
    ),
    "People": (
        Row(18, "medical students", "SV", "role:student parameter:population.roles.student"),
        Row(19, "residents", "SV", "role:resident parameter:population.night_shift_share"),
        Row(20, "faculty, physicians, educators", "SV", "role:faculty parameter:population.roles.faculty"),
        Row(21, "other health professionals", "SV", "role:other parameter:population.roles.other"),
        Row(22, "patients and carers", "SV", "role:public parameter:population.roles.public", "share 0 by default"),
        Row(
            23,
            "specialties",
            "SV",
            "state:specialty parameter:reactions.same_specialty "
            "network-setting:popularity.specialty_share parameter:adoption.match_same",
        ),
        Row(24, "moderators", "SV PA", "lever:moderation.servers lever:tweet_chat.moderators outcome:desk_wait"),
        Row(25, "superusers", "SV VT", "state:superuser parameter:population.superuser_share"),
        Row(26, "superusers write with a purpose", "PA", "parameter:posting.superuser_tip_share"),
        Row(27, "superusers behave professionally", "PA", "parameter:posting.superuser_violation"),
        Row(
            28,
            "superusers show personality",
            "PA",
            "",
            "left out: nothing says how much more appealing their posts are; they may disclose like anybody",
        ),
        Row(29, "superusers contribute to conversations", "PA", "parameter:reactions.superuser_reply"),
        Row(
            30,
            "superusers have faculty role models",
            "PA",
            "",
            "left out: their extra links would be a second network model without data",
        ),
        Row(31, "boards, journals, associations", "EV", "lever:hashtag.seeds", "as those who begin a campaign"),
        Row(
            32,
            "mentors, peers, likeminded people",
            "SV",
            "rule:tie_weight parameter:beliefs.one_way_weight parameter:beliefs.faculty_weight",
        ),
    ),
    "Distress, fear, stigma": (
        Row(
            33,
            "27.2% of students with depressive symptoms",
            "VT PA",
            "parameter:distress.mean_student outcome:prevalence",
        ),
        Row(
            34,
            "15.7% of those sought treatment",
            "VT PA",
            "parameter:help.hazard_student outcome:help_seeking_yearly",
            "a share of those who screened positive",
        ),
        Row(
            35,
            "20% of residents depressed",
            "VT",
            "parameter:distress.mean_resident outcome:prevalence",
            "one small study; the pooled figure is used",
        ),
        Row(
            36,
            "74% of residents burnt out",
            "VT",
            "parameter:distress.burnout_cut outcome:burnout",
            "the same small study; large cohorts give the target",
        ),
        Row(
            37,
            "depressed residents make more medication errors",
            "OUT",
            "outcome:medication_errors",
            "a reading of distress, without effect on anybody",
        ),
        Row(38, "physician suicide", "CTX", "", "not simulated"),
        Row(39, "a doctor tells his own story in public", "EV IN", "intervention:elite_disclosure kind:struggle"),
        Row(40, "fear for licence or career", "SV IN", "state:fear intervention:licensing parameter:disclosure.fear"),
        Row(
            41,
            "posts may harm a career",
            "PA",
            "parameter:beliefs.fear_student parameter:beliefs.sanction",
            "a removal that is seen is the sanction",
        ),
        Row(
            42,
            "not seeking help lets the problem grow",
            "EV",
            "parameter:distress.treatment rule:help_hazard",
            "distress of the untreated stays; it does not grow by itself",
        ),
        Row(
            43,
            "mental health in the sector declines",
            "EV",
            "parameter:distress.new_resident_shift parameter:distress.exam_load",
            "as load at given times; a trend over years is longer than a run",
        ),
        Row(
            44,
            "exams, procedures, daily strain",
            "EV",
            "rule:exam_load rule:changeover_load parameter:distress.state_sd",
        ),
        Row(45, "stigma", "SV", "state:stigma state:perceived state:fear", "three things kept apart"),
        Row(46, "isolation, and its relief online", "SV OUT", "state:isolation outcome:isolation outcome:isolated"),
        Row(
            47,
            "good news draws encouragement, too",
            "EV",
            "kind:tip rule:reply_chance",
            "tips and other posts are answered",
        ),
    ),
    "Support": (
        Row(48, "belonging, connectedness", "SV", "state:encouragement parameter:support.half_life"),
        Row(
            49,
            "emotional, informational, instrumental support",
            "EV",
            "kind:reply_supportive",
            "one kind of supportive answer: no data tell the effects of its kinds apart",
        ),
        Row(50, "personal stories and coping", "EV", "parameter:beliefs.contact rule:stigma_after_contact kind:tip"),
        Row(
            51,
            "three motives to write of mental health",
            "PA VT",
            "parameter:disclosure.encouragement parameter:disclosure.norm parameter:disclosure.fear",
        ),
        Row(
            52,
            "expressing oneself may be therapeutic",
            "PA",
            "",
            "left out: the effect of writing would be 0 by default and no study gives another; answers act on distress",
        ),
        Row(53, "communities of dementia and cancer", "CTX", "", "other populations"),
        Row(54, "most of a thread was encouragement", "VT", "outcome:supportive_share parameter:reactions.supportive"),
        Row(55, "advice on habits", "EV", "kind:reply_supportive kind:tip"),
        Row(56, "#TipsForNewDocs", "VT IN", "intervention:hashtag intervention:tweet_chat kind:tip"),
        Row(57, "tags of specialty, education, everybody", "PA", "lever:hashtag.breadth lever:hashtag.specialty"),
        Row(58, "a tag for one specialty", "IN", "lever:hashtag.specialty"),
        Row(59, "normalization", "SV OUT", "state:believed outcome:normalization outcome:descriptive_gap"),
        Row(
            60,
            "seeing peers struggle makes it acceptable to speak",
            "EV",
            "parameter:disclosure.norm rule:disclosure_chance",
        ),
        Row(
            61,
            "a shared problem is noticed and mended",
            "IN EV",
            "parameter:institution.fix parameter:institution.threshold outcome:relieved",
            "off by default",
        ),
        Row(62, "a tag as a gauge of how people feel", "OUT", "outcome:sensor_quality"),
        Row(63, "access to experts", "EV OUT", "outcome:faculty_support event:reactions intervention:faculty_pledge"),
        Row(
            64,
            "support from faculty and from fellow students",
            "EV OUT",
            "outcome:faculty_support outcome:peer_support outcome:support_given",
        ),
        Row(
            65,
            "collaboration, networking, mentoring",
            "EV",
            "parameter:ties.follow event:ties",
            "as new ties; off by default",
        ),
        Row(66, "varied perspectives", "OUT", "outcome:view_diversity outcome:adoption_entropy"),
        Row(
            67,
            "advocacy directed at decision makers",
            "IN",
            "kind:advocacy intervention:licensing",
            "advocacy is written and read; that it changes rules is an intervention of its own",
        ),
        Row(
            68,
            "control of one's digital footprint",
            "EV",
            "intervention:privacy parameter:disclosure.harm",
            "who was hurt discloses less; nobody deletes posts",
        ),
        Row(
            69,
            "hierarchy levelled",
            "PA OUT",
            "parameter:reading.hierarchy lever:feed_design.hierarchy outcome:reach_ratio outcome:trainee_faculty_ratio",
        ),
        Row(70, "digital professionalism can be taught", "IN", "intervention:guidelines"),
        Row(71, "rapid updates from trusted sources", "CTX", "", "ordinary posts without effect"),
        Row(72, "debate and public opinion", "CTX", "", "another question"),
    ),
    "Interventions": (
        Row(73, "introduce a hashtag", "IN", "intervention:hashtag outcome:adoption"),
        Row(74, "chat: settle the purpose", "PA", "lever:tweet_chat.purpose"),
        Row(75, "chat: choose moderators", "PA", "lever:tweet_chat.moderators lever:tweet_chat.moderator_role"),
        Row(76, "chat: publicise it", "PA", "lever:tweet_chat.publicity"),
        Row(77, "regular chats", "EV VT", "lever:tweet_chat.every outcome:chat_participants outcome:chat_return"),
        Row(78, "regulating conversations", "IN", "intervention:moderation lever:moderation.regime event:desk_events"),
        Row(
            79,
            "reporting and correcting misinformation",
            "EV",
            "parameter:reactions.report parameter:reactions.label_retweet violation:misinformation",
            "a label lowers retweets; nobody argues back",
        ),
        Row(80, "guideline: confidentiality", "PA", "lever:guidelines.effect parameter:posting.privacy"),
        Row(81, "guideline: respect", "PA", "lever:guidelines.effect parameter:reactions.derogatory"),
        Row(82, "guideline: copyright", "PA", "lever:guidelines.effect parameter:posting.copyright"),
        Row(
            83,
            "code of ethics",
            "IN",
            "intervention:guidelines lever:licensing.factor",
            "as guidelines; that a code also raises fear can be tried with a factor above 1",
        ),
        Row(84, "review privacy settings", "IN", "intervention:privacy"),
        Row(85, "faculty as role models", "IN", "intervention:elite_disclosure intervention:faculty_pledge"),
        Row(
            86,
            "a school introduces its trainees",
            "IN",
            "parameter:activity.sessions_median network-setting:popularity.followed_median",
            "as a world in which everybody comes online more often and follows more people; "
            "no lever raises either for one cohort, and no fact gives its size",
        ),
    ),
    "Risks": (
        Row(87, "irrelevant material", "EV", "violation:irrelevant outcome:harm_irrelevant"),
        Row(88, "misleading information", "EV", "violation:misinformation outcome:harm_misinformation"),
        Row(
            89,
            "derogatory comments",
            "EV",
            "violation:derogatory kind:reply_derogatory outcome:disclosers_hurt_24h parameter:disclosure.harm",
        ),
        Row(90, "breach of a patient's privacy", "EV", "violation:privacy outcome:harm_privacy"),
        Row(91, "copyright misuse", "EV", "violation:copyright outcome:harm_copyright"),
        Row(92, "excessive use", "SV PA", "state:minutes parameter:distress.use_loss intervention:use_limit"),
        Row(93, "limited use helps", "PA", "parameter:distress.use_gain parameter:distress.use_optimum"),
        Row(94, "online ties displace company in person", "SV OUT", "parameter:help.displacement outcome:isolation"),
        Row(95, "online support supplements", "PA", "parameter:help.online_substitute"),
        Row(
            96,
            "silencing by regulation",
            "OUT",
            "outcome:wrongly_removed outcome:chilling_ratio outcome:struggle_posts",
        ),
        Row(97, "promotional content", "EV", "violation:irrelevant", "counted there"),
        Row(
            98,
            "verify before sharing",
            "IN",
            "parameter:reactions.label_retweet lever:moderation.labelled",
            "as labels of the desk; a delay before every retweet is left out, for want of data on what it costs",
        ),
        Row(
            99,
            "privacy of one's own disclosure",
            "SV",
            "state:visibility parameter:disclosure.visibility_pseudonymous intervention:privacy",
        ),
    ),
}
"""Every row, by theme."""

ROWS = tuple(row for rows in SECTIONS.values() for row in rows)


def network_settings() -> set[str]:
    """`network.setting` for every network."""
    return {f"{name}.{each.path}" for name, kind in NETWORKS.items() for each in declarations(kind)}


def levers() -> set[str]:
    """`intervention.lever` for every intervention."""
    return {f"{name}.{field}" for name, kind in INTERVENTIONS.items() for field in kind.model_fields}


KNOWN: Mapping[str, Callable[[], Container[str]]] = {
    "parameter": lambda: {each.path for each in declarations(Parameters)},
    "network": lambda: set(NETWORKS),
    "network-setting": network_settings,
    "intervention": lambda: set(INTERVENTIONS),
    "lever": levers,
    "outcome": lambda: set(OUTCOMES),
    "event": lambda: set(EVENT_TABLES),
    "state": lambda: {*STATE, *COUNTERS, *Population.__dataclass_fields__},
    "post": lambda: set(Posts._fields),
    "kind": lambda: {kind.name.lower() for kind in Kind},
    "violation": lambda: {violation.name.lower() for violation in Violation},
    "role": lambda: set(ROLES),
    "rule": lambda: {name for name in vars(rules) if not name.startswith("_")},
}
"""Kinds of pointers, and the names that each may hold."""


def pointers_of(row: Row) -> list[tuple[str, str]]:
    """Kind and name of each pointer of a row."""
    found = [pointer.partition(":") for pointer in row.pointers.split()]
    return [(kind, name) for kind, _, name in found]


def unknown_pointers() -> list[str]:
    """Pointers that name nothing, each with the number of its row."""
    return [
        f"{row.number}: {kind}:{name}"
        for row in ROWS
        for kind, name in pointers_of(row)
        if kind not in KNOWN or name not in KNOWN[kind]()
    ]


HEAD = """# From the evidence to the model

Generated by `scripts/evidence_map.py`; do not edit. Each row is a line of section A of the evidence register, which
lists what the source texts name; the columns say what stands for it in the model. Rows of the class CTX, and the few
others that are left out, say why.

Classes: {classes}.

What stands for a row: a *parameter* of [parameters.md](parameters.md), a *network* or one of its
settings, an *intervention* or one of its *levers*, an *outcome* (`supportnet list outcomes`), a table of the *event*
log ([events.md](events.md)), a column of people's *state*, a column, *kind* or *violation* of posts, a *role*, or a
*rule* (a formula of `simulation/rules.py`).
"""


def page() -> str:
    """The whole page."""
    classes = ", ".join(f"{short} {long}" for short, long in CLASSES.items())
    return HEAD.format(classes=classes) + "".join(_section(name, rows) for name, rows in SECTIONS.items())


def _section(name: str, rows: tuple[Row, ...]) -> str:
    """The table of one theme."""
    lines = [f"\n## {name}\n", "| row | what the sources name | class | in the model | remark |", "| --- " * 5 + "|"]
    return "\n".join([*lines, *(_line(row) for row in rows)]) + "\n"


def _line(row: Row) -> str:
    """One row of a table."""
    kinds: dict[str, list[str]] = {}
    for kind, name in pointers_of(row):
        kinds.setdefault(kind.replace("-", " "), []).append(f"`{name}`")
    shown = "; ".join(f"{kind} {', '.join(names)}" for kind, names in kinds.items()) or "-"
    return f"| A-{row.number} | {row.concept} | {', '.join(row.classes.split())} | {shown} | {row.note} |"


def main(arguments: list[str], target: Path = PAGE) -> int:
    """Write the page, or check it; returns the exit code."""
    wrong = unknown_pointers()
    if wrong:
        print(f"names that the model does not have: {', '.join(wrong)}", file=sys.stderr)
        return 1
    if arguments == ["--check"]:
        stale = not target.is_file() or target.read_text(encoding="utf-8") != page()
        if stale:
            print(f"{target.name} is out of date: run python scripts/evidence_map.py", file=sys.stderr)
        return int(stale)
    target.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
