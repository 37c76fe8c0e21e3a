"""Every parameter of the model, declared once.

`Parameters` is the whole configuration of one run: a frozen record of groups, in the order of docs/model.md. Tags in
`source` (C-nn) are fact numbers of the evidence register; "assumed" means that no source was found; values that are
"calibrated" hold for the default network with 5,000 people. Rates are per day, probabilities say of what. Nothing here
computes: the formulas that use these numbers stand in `rules.py`.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, ConfigDict, SerializeAsAny, field_validator, model_validator

from simulation.generators import NETWORKS, Network, Popularity
from simulation.records import Record, parameter

SHARE = (0.0, 1.0)
FROM_0 = (0.0, None)


def _check_beta(name: str, mean: float, sd: float) -> None:
    """A Beta distribution needs sd^2 < mean (1 - mean)."""
    widest = (mean * (1.0 - mean)) ** 0.5
    if sd >= widest:
        raise ValueError(f"{name}_sd {sd:g} is too wide for {name}_mean {mean:g}: it must lie below {widest:.3g}")


class RoleShares(Record):
    """How the population divides into roles."""

    student: float = parameter(0.35, "Share of medical students.", allowed=SHARE, plausible=(0.2, 0.5))
    resident: float = parameter(0.30, "Share of residents.", allowed=SHARE, plausible=(0.2, 0.5))
    faculty: float = parameter(0.20, "Share of faculty.", allowed=SHARE, plausible=(0.1, 0.4))
    other: float = parameter(0.15, "Share of other health professionals.", allowed=SHARE, plausible=(0.0, 0.3))
    public: float = parameter(
        0.0, "Share of patients and carers (off).", allowed=SHARE, plausible=(0.0, 0.3), source="A-22, assumed"
    )

    @model_validator(mode="after")
    def _sum_to_one(self) -> Self:
        total = self.student + self.resident + self.faculty + self.other + self.public
        if abs(total - 1.0) > 1e-9:
            raise ValueError(f"the five shares must add up to 1, these add up to {total:g}")
        return self


class PopulationSettings(Record):
    """Who the people are."""

    roles: RoleShares = RoleShares()
    agents_per_community: int = parameter(
        250, "People per community (school); there are at least two communities.", unit="people", allowed=(2, None),
        plausible=(100, 500),
    )  # fmt: skip
    time_zones: tuple[float, ...] = parameter(
        (0.0, -1.0, -2.0, -3.0), "Time-zone offsets, drawn with equal chance.", unit="h",
    )  # fmt: skip
    night_shift_share: float = parameter(
        0.15, "Share of residents on night shift.", allowed=SHARE, plausible=(0.0, 0.3)
    )
    night_shift_hours: float = parameter(
        10.0, "How far a night shift moves the hours online.", unit="h", allowed=(0.0, 24.0), plausible=(6.0, 12.0)
    )
    protected_share: float = parameter(
        0.11, "Share of accounts that only approved followers can read.", allowed=SHARE, plausible=(0.05, 0.3),
        source="C-27 (Pew 2022)", grade="V2",
    )  # fmt: skip
    pseudonymous_share: float = parameter(
        0.0, "Share of public accounts under a pseudonym.", allowed=SHARE, plausible=(0.0, 0.3)
    )
    superuser_share: float = parameter(
        0.01, "Share of superusers: purposeful, courteous, helpful accounts.", allowed=SHARE, plausible=(0.0, 0.05)
    )

    def communities(self, n_agents: int) -> int:
        """How many communities so many people fall into."""
        return max(2, n_agents // self.agents_per_community)


class ActivitySettings(Record):
    """How often people come online and how much they post."""

    posts_median: float = parameter(
        2.0, "Median number of own posts.", unit="posts/month", allowed=FROM_0, plausible=(0.5, 5.0),
        source="C-30, C-31 (Pew 2019, 2021; Nakagawa 2022)", grade="V2",
    )  # fmt: skip
    posts_sigma: float = parameter(
        2.3,
        "Log-normal sigma of the posting rate.",
        allowed=(0.0, 4.0),
        plausible=(2.1, 2.6),
        source="C-30b",
        grade="C",
    )
    sessions_median: float = parameter(
        0.8, "Median number of sessions.", unit="per day", allowed=FROM_0, plausible=(0.3, 4.0), source="C-30",
        grade="V2", identified_by="retweet latency (C-33)",
    )  # fmt: skip
    sessions_sigma: float = parameter(
        2.38, "Log-normal sigma of the session rate.", allowed=(0.0, 4.0), plausible=(1.8, 2.6),
        source="C-33c; calibrated: docs/calibration.md", grade="C", identified_by="retweet latency (C-33)",
    )  # fmt: skip
    correlation: float = parameter(
        0.7,
        "Correlation of posting and session rate in the Gaussian copula.",
        allowed=(-1.0, 1.0),
        plausible=(0.5, 0.9),
    )
    correlation_with_followers: float = parameter(
        0.0, "Rank correlation of the posting rate with the number of followers.", allowed=(-1.0, 1.0),
        plausible=(0.0, 0.5),
    )  # fmt: skip
    maximum: float = parameter(
        93.0, "Both rates are cut here.", unit="per day", allowed=(0.01, 96.0), plausible=(24.0, 96.0),
        source="C-33c (many above 24); calibrated: docs/calibration.md", grade="C",
        identified_by="retweet latency (C-33)",
    )  # fmt: skip
    sessions_minimum: float = parameter(
        0.02, "The session rate is cut here from below.", unit="per day", allowed=FROM_0, plausible=(0.01, 0.1)
    )
    diurnal_amplitude: float = parameter(
        0.5, "How much the session rate swings over the day.", allowed=SHARE, plausible=(0.2, 0.8)
    )
    diurnal_peak: float = parameter(
        20.0, "Local hour of most sessions.", unit="h", allowed=(0.0, 24.0), plausible=(18.0, 22.0)
    )


class ReadingSettings(Record):
    """How a session reads the feed and the stream of a tag."""

    feed_length: int = parameter(
        256, "Newest delivered posts that a feed holds.", unit="posts", allowed=(1, 4096), plausible=(64, 1024)
    )
    scan_mean: float = parameter(
        62.0, "Mean number of posts scanned in a session.", unit="posts", allowed=(1.0, None), plausible=(30.0, 150.0),
        source="calibrated: docs/calibration.md", identified_by="retweet latency (C-33)",
    )  # fmt: skip
    live_days: float = parameter(
        7.0, "How long a post can be read; also how long authors are remembered as counted.", unit="days",
        allowed=(1.0, 60.0), plausible=(3.0, 14.0), source="C-33b (Pfeffer 2023) as a loose bound", grade="V",
    )  # fmt: skip
    search_others: float = parameter(
        0.02, "Chance per session that a non-adopter reads a tag's stream.", allowed=SHARE, plausible=(0.0, 0.05)
    )
    search_adopters: float = parameter(
        0.3, "Chance per session that an adopter reads the tag's stream.", allowed=SHARE, plausible=(0.1, 0.6)
    )
    stream_scan_mean: float = parameter(
        10.0,
        "Mean number of posts scanned in a tag's stream.",
        unit="posts",
        allowed=(1.0, None),
        plausible=(5.0, 30.0),
    )
    hierarchy: float = parameter(
        0.0, "Attention by the author's rank (eta_h); 0 is level.", allowed=SHARE, plausible=(0.0, 1.0),
        source="A-69, assumed",
    )  # fmt: skip
    ranked: bool = parameter(
        False, "Whether feeds show the most engaging posts first, instead of the newest.", source="assumed"
    )
    ranked_minutes: float = parameter(
        17.5, "Age unit in which a post loses rank in a ranked feed.", unit="min", allowed=(0.001, None),
        plausible=(5.0, 60.0),
    )  # fmt: skip
    ranked_fall: float = parameter(
        0.4, "How fast it loses rank: exp(-fall age^power).", allowed=FROM_0, plausible=(0.1, 1.0)
    )
    ranked_power: float = parameter(
        0.4, "Power of the age in the fall of rank.", allowed=(0.0, 3.0), plausible=(0.2, 1.0)
    )
    ranked_mutual: float = parameter(
        1.0, "Factor of the rank of what comes from a mutual tie.", allowed=(0.0, 1000.0), plausible=(1.0, 4.0)
    )
    strangers_remembered: int = parameter(
        32, "Most recent strangers remembered as counted, disclosed or tagging.", unit="people", allowed=(1, 256),
        plausible=(8, 256),
    )  # fmt: skip


class ReactionSettings(Record):
    """What people do with a post they have viewed; chances are per view."""

    retweet: float = parameter(
        0.0051, "Chance of a retweet of an average fresh post (rho_RT).", unit="per view", allowed=SHARE,
        plausible=(0.003, 0.02), source="calibrated: docs/calibration.md",
        identified_by="6% of posts retweeted (C-32), per graph and N",
    )  # fmt: skip
    reply: float = parameter(
        0.022, "Chance of a reply to a post without replies (rho_RE).", unit="per view", allowed=SHARE,
        plausible=(0.015, 0.030), source="calibrated: docs/calibration.md",
        identified_by="23% of posts replied to (C-32), per graph and N",
    )  # fmt: skip
    like_per_reply: float = parameter(
        5.0, "Likes are so many times as likely as replies.", allowed=FROM_0, plausible=(2.0, 10.0)
    )
    report: float = parameter(
        0.05, "Chance to report a violating post.", unit="per view", allowed=SHARE, plausible=(0.01, 0.3)
    )
    appeal_sigma: float = parameter(
        0.95, "Log-normal sigma of a post's appeal, mean 1.", allowed=(0.0, 3.0), plausible=(0.7, 1.5),
        source="calibrated: docs/calibration.md", identified_by="6% retweeted with 0.025% of 100 reshares (C-32, C-37)",
    )  # fmt: skip
    age_scale: float = parameter(
        0.5, "Age at which the retweet chance begins to fall.", unit="h", allowed=(0.001, None), plausible=(0.25, 2.0),
        identified_by="retweet latency (C-33)",
    )  # fmt: skip
    age_power: float = parameter(
        0.037, "How fast the retweet chance falls with age; 0 is not at all.", allowed=(0.0, 3.0), plausible=(0.0, 1.0),
        source="calibrated: docs/calibration.md", identified_by="retweet latency (C-33)",
    )  # fmt: skip
    session_power: float = parameter(
        0.47, "Frequent visitors react more: power of (session rate / median).", allowed=(0.0, 2.0),
        plausible=(0.0, 0.8), source="calibrated: docs/calibration.md", identified_by="retweet latency (C-33)",
    )  # fmt: skip
    same_specialty: float = parameter(
        1.5, "Factor for authors of the own specialty, before normalisation to mean 1 over ties.", allowed=(0.0, 10.0),
        plausible=(1.0, 3.0),
    )  # fmt: skip
    superuser_reply: float = parameter(
        3.0,
        "Factor of a superuser's chance to reply.",
        allowed=(0.0, 20.0),
        plausible=(1.0, 5.0),
        source="A-29, assumed",
    )
    struggle_reply: float = parameter(
        1.5, "Factor of the chance to reply to a struggle (m_str); there is no fact for it.", allowed=(0.0, 20.0),
        plausible=(0.5, 4.0),
    )  # fmt: skip
    bystander_power: float = parameter(
        0.5, "Visible replies make another one less likely (beta_by).", allowed=(0.0, 5.0), plausible=(0.0, 1.0)
    )
    label_retweet: float = parameter(
        0.5, "Factor of the retweet chance of a labelled post.", allowed=SHARE, plausible=(0.3, 1.0)
    )
    derogatory: float = parameter(
        0.03, "Chance that a reply is derogatory at a stigma of 0.45 (delta).", unit="per reply", allowed=SHARE,
        plausible=(0.001, 0.13), source="C-41, C-42", grade="V2",
    )  # fmt: skip
    supportive: float = parameter(
        0.8, "Share supportive among replies that are not derogatory; the rest is neutral.", allowed=SHARE,
        plausible=(0.6, 0.95),
    )  # fmt: skip
    false_enforcement: float = parameter(
        0.0, "Extra derogatory chance of people who think stigma common and do not share it (off).", allowed=SHARE,
        plausible=(0.0, 0.1),
    )  # fmt: skip


class BeliefSettings(Record):
    """How common people believe struggling to be, what they think of it and what they fear."""

    prior_mean: float = parameter(
        0.20, "Believed prevalence before any evidence (n0).", allowed=SHARE, plausible=(0.08, 0.30),
        identified_by="ratio of believed to true prevalence, jointly with silence_weight",
    )  # fmt: skip
    prior_weight: float = parameter(
        10.0, "Weight of the prior (nu).", unit="authors", allowed=(1e-9, None), plausible=(3.0, 30.0)
    )
    silence_weight: float = parameter(
        0.11, "Weight of silence as evidence against struggling (psi).", allowed=SHARE, plausible=(0.0, 1.0),
        source="C-12, C-14 (sign only)", grade="V", identified_by="ratio of believed to true prevalence 0.6 (0.3-0.9)",
    )  # fmt: skip
    one_way_weight: float = parameter(
        0.5, "Weight of somebody followed who does not follow back; mutual ties weigh 1.", allowed=(0.0, 10.0),
        plausible=(0.0, 1.0),
    )  # fmt: skip
    stranger_weight: float = parameter(
        0.25, "Weight of a stranger met through a retweet or a tag.", allowed=(0.0, 10.0), plausible=(0.0, 0.5)
    )
    faculty_weight: float = parameter(
        2.0, "Factor of a faculty author's weight for a trainee (w_F).", allowed=(0.0, 10.0), plausible=(1.0, 4.0),
        source="C-26", grade="V",
    )  # fmt: skip
    repeat_weight: float = parameter(
        0.2, "Weight of a further struggle by an author already counted as disclosing (r_rep).", allowed=SHARE,
        plausible=(0.0, 1.0),
    )  # fmt: skip
    evidence_half_life: float = parameter(
        30.0, "Half-life of remembered evidence.", unit="days", allowed=(0.1, None), plausible=(7.0, 90.0)
    )
    stigma_mean: float = parameter(
        0.45,
        "Mean personal stigma.",
        allowed=(0.01, 0.99),
        plausible=(0.30, 0.60),
        source="C-13, C-16 (sign)",
        grade="V",
    )
    stigma_sd: float = parameter(
        0.15, "Standard deviation of personal stigma (Beta).", allowed=(0.001, 0.45), plausible=(0.1, 0.2)
    )
    stigma_minimum: float = parameter(
        0.10, "Contact cannot lower stigma below this.", allowed=SHARE, plausible=(0.0, 0.2)
    )
    perceived_shift: float = parameter(
        0.15, "Perceived public stigma lies above mean personal stigma by this.", allowed=(-1.0, 1.0),
        plausible=(0.05, 0.25), source="C-13 (sign), size assumed",
    )  # fmt: skip
    perceived_distress: float = parameter(
        0.03, "Rise of perceived stigma per standard deviation of distress.", allowed=(-1.0, 1.0),
        plausible=(0.0, 0.06), source="C-16 (sign), size assumed",
    )  # fmt: skip
    perceived_sd: float = parameter(0.12, "Noise of perceived public stigma.", allowed=SHARE, plausible=(0.05, 0.2))
    contact: float = parameter(
        0.009, "Share of the stigma above its minimum that one new disclosing author takes away (eta_c).",
        allowed=SHARE, plausible=(0.0, 0.018), source="C-22 (Maunder & White 2019), C-23, C-25", grade="V",
    )  # fmt: skip
    stigma_half_life: float = parameter(
        60.0, "Half-life of the return of personal stigma to its own baseline.", unit="days", allowed=(0.1, None),
        plausible=(30.0, 180.0),
    )  # fmt: skip
    reply_effect: float = parameter(
        0.02,
        "Step of perceived stigma per viewed reply to a struggle (alpha_q).",
        allowed=SHARE,
        plausible=(0.005, 0.1),
    )
    derogatory_asymmetry: float = parameter(
        2.0, "A derogatory reply counts so many times as much as a supportive one.", allowed=(0.0, 20.0),
        plausible=(1.0, 4.0),
    )  # fmt: skip
    perceived_half_life: float = parameter(
        21.0, "Half-life of the return of perceived stigma to its own baseline.", unit="days", allowed=(0.1, None),
        plausible=(7.0, 60.0), source="C-15 (temporary), length assumed",
    )  # fmt: skip
    fear_student: float = parameter(
        0.5, "Mean career fear of students.", allowed=SHARE, plausible=(0.3, 0.7), source="C-10, size assumed"
    )
    fear_resident: float = parameter(
        0.6, "Mean career fear of residents.", allowed=SHARE, plausible=(0.4, 0.8), source="C-10, size assumed"
    )
    fear_faculty: float = parameter(
        0.4, "Mean career fear of faculty.", allowed=SHARE, plausible=(0.2, 0.6), source="C-10, size assumed"
    )
    fear_other: float = parameter(
        0.3,
        "Mean career fear of other professionals.",
        allowed=SHARE,
        plausible=(0.1, 0.5),
        source="C-10, size assumed",
    )
    fear_sd: float = parameter(0.2, "Standard deviation of career fear.", allowed=SHARE, plausible=(0.1, 0.3))
    fear_regime: float = parameter(
        1.0, "Factor of the career fear that the licensing regime sustains.", allowed=(0.0, 2.0), plausible=(0.5, 1.0)
    )
    fear_half_life: float = parameter(
        30.0, "Half-life of the return of career fear to its own level.", unit="days", allowed=(0.1, None),
        plausible=(7.0, 90.0),
    )  # fmt: skip
    faculty_disclosure: float = parameter(
        0.01,
        "Fall of career fear per viewed faculty disclosure.",
        allowed=SHARE,
        plausible=(0.0, 0.03),
        source="C-26, size assumed",
    )
    faculty_disclosure_cap: float = parameter(
        0.1, "Faculty disclosures lower career fear by no more than this.", allowed=SHARE, plausible=(0.05, 0.3)
    )
    sanction: float = parameter(
        0.02,
        "Rise of career fear per removal that is seen.",
        allowed=SHARE,
        plausible=(0.0, 0.05),
        source="A-41, assumed",
    )

    @model_validator(mode="after")
    def _stigma_has_a_beta(self) -> Self:
        _check_beta("stigma", self.stigma_mean, self.stigma_sd)
        return self


class DisclosureSettings(Record):
    """When a struggler's post is a struggle; terms of a logit."""

    intercept: float = parameter(
        -4.8, "Intercept (beta_0).", unit="logit", allowed=(-1e9, 1e9), plausible=(-6.0, -3.0),
        source="calibrated: docs/calibration.md",
        identified_by="10% (2-40%) of strugglers disclose within 90 days (C-10, C-45)",
    )  # fmt: skip
    distress: float = parameter(
        0.5, "Per standard deviation of distress above the cut (beta_d).", unit="logit", allowed=(-10.0, 10.0),
        plausible=(0.0, 1.0),
    )  # fmt: skip
    norm: float = parameter(
        0.3, "Per 0.1 of believed prevalence above the reference (beta_n).", unit="logit", allowed=(-10.0, 10.0),
        plausible=(0.0, 1.0),
    )  # fmt: skip
    norm_reference: float = parameter(
        0.156, "Mean believed prevalence of the baseline (n_ref).", allowed=SHARE, plausible=(0.1, 0.2),
        source="calibrated: docs/calibration.md", identified_by="mean believed prevalence at baseline",
    )  # fmt: skip
    perceived_stigma: float = parameter(
        0.3,
        "Per 0.12 of perceived stigma above 0.6 (beta_q).",
        unit="logit",
        allowed=(-10.0, 10.0),
        plausible=(0.0, 1.0),
    )
    fear: float = parameter(
        1.5,
        "At full career fear and full visibility (beta_c).",
        unit="logit",
        allowed=(-10.0, 10.0),
        plausible=(0.0, 4.0),
    )
    tag: float = parameter(
        1.0, "For adopters of a support tag (beta_t).", unit="logit", allowed=(-10.0, 10.0), plausible=(0.0, 2.0)
    )
    encouragement: float = parameter(
        0.5, "At a full stock of encouragement (beta_e).", unit="logit", allowed=(-10.0, 10.0), plausible=(0.0, 1.5)
    )
    harm: float = parameter(
        0.7, "Per remembered derogatory reply (beta_h).", unit="logit", allowed=(-10.0, 10.0), plausible=(0.0, 2.0)
    )
    visibility_protected: float = parameter(
        0.3, "Career visibility of a protected account; public is 1.", allowed=SHARE, plausible=(0.1, 0.6)
    )
    visibility_pseudonymous: float = parameter(
        0.2, "Career visibility of a pseudonymous account.", allowed=SHARE, plausible=(0.05, 0.5)
    )


class PostingSettings(Record):
    """What other posts are, and which rules posts break."""

    tip_share: float = parameter(
        0.10,
        "Share of tips among posts that disclose nothing.",
        allowed=SHARE,
        plausible=(0.05, 0.3),
        source="C-40 (loose)",
    )
    superuser_tip_share: float = parameter(
        0.30, "The same for superusers.", allowed=SHARE, plausible=(0.1, 0.6), source="A-26, assumed"
    )
    advocacy_share: float = parameter(
        0.01, "Share of advocacy among posts that disclose nothing.", allowed=SHARE, plausible=(0.0, 0.05)
    )
    tag_use: float = parameter(
        0.8, "Chance that an adopter's struggle or tip carries the tag.", allowed=SHARE, plausible=(0.5, 1.0)
    )
    irrelevant: float = parameter(
        0.05, "Chance that a tagged post is irrelevant.", unit="per post", allowed=SHARE, plausible=(0.01, 0.2)
    )
    misinformation: float = parameter(
        0.004, "Chance of misinformation.", unit="per post", allowed=SHARE, plausible=(0.001, 0.02)
    )
    privacy: float = parameter(
        0.005, "Chance of a breach of a patient's privacy.", unit="per post", allowed=SHARE, plausible=(0.001, 0.01),
        source="C-42 (Chretien 2011; Ahmed 2020)", grade="V",
    )  # fmt: skip
    privacy_struggle: float = parameter(
        3.0, "Factor of the privacy breach in a struggle.", allowed=(0.0, 50.0), plausible=(1.0, 5.0)
    )
    copyright: float = parameter(
        0.002, "Chance of a copyright violation.", unit="per post", allowed=SHARE, plausible=(0.0, 0.01)
    )
    superuser_violation: float = parameter(
        0.1, "Factor of a superuser's violations and derogatory replies.", allowed=SHARE, plausible=(0.0, 0.5),
        source="A-27, assumed",
    )  # fmt: skip
    guideline_effect: float = parameter(
        0.10, "Shown guidelines lower violations by this share (g).", allowed=SHARE, plausible=(0.0, 0.17),
        source="C-55 (Matias 2019, 2022)", grade="V2",
    )  # fmt: skip


class AdoptionSettings(Record):
    """How a support tag spreads from one person to another."""

    first_exposure: float = parameter(
        0.015, "Chance to adopt at the first distinct author seen with the tag (p1).", allowed=SHARE,
        plausible=(0.002, 0.035), source="calibrated: docs/calibration.md",
        identified_by="2 to 9% of members take a tag up within 17 days (C-17)",
    )  # fmt: skip
    reinforcement: float = parameter(
        -0.8, "Rise of the chance with further authors (gamma); 0 independent, above 0 complex contagion.",
        allowed=(-1.0, 1e6), plausible=(-0.8, 6.0),
        source="sign: Romero, Meeder & Kleinberg 2011 (idioms are non-persistent), size assumed", grade="V2",
    )  # fmt: skip
    reinforcement_scale: float = parameter(
        2.0, "How many further authors it takes (k0).", unit="authors", allowed=(1e-6, None), plausible=(1.0, 5.0),
        source="shape: Romero, Meeder & Kleinberg 2011", grade="M",
    )  # fmt: skip
    match_same: float = parameter(
        1.5, "Factor for a specialty tag in the own specialty.", allowed=(0.0, 20.0), plausible=(1.0, 3.0)
    )
    match_other: float = parameter(
        0.3, "Factor for a specialty tag of another specialty.", allowed=(0.0, 20.0), plausible=(0.0, 1.0)
    )
    abandon_half_life: float = parameter(
        14.0, "Half-life of adoption while no tagged post was viewed in the last day.", unit="days",
        allowed=(0.01, None), plausible=(7.0, 60.0),
    )  # fmt: skip


class DistressSettings(Record):
    """Distress in points of a PHQ-9-like scale, and what moves it."""

    cut: float = parameter(
        9.5, "Strugglers are above this.", unit="points", allowed=(0.0, 27.0), plausible=(9.5, 9.5),
        source="PHQ-9 of 10 or more (C-03)", grade="V",
    )  # fmt: skip
    mean_student: float = parameter(
        6.30, "Mean distress of students.", unit="points", allowed=(0.0, 27.0), plausible=(6.2, 7.0),
        source="C-01 (27.2% above the cut); calibrated: docs/calibration.md", grade="C",
        identified_by="prevalence 27.2%, exams included",
    )  # fmt: skip
    mean_resident: float = parameter(
        6.94, "Mean distress of residents.", unit="points", allowed=(0.0, 27.0), plausible=(6.3, 7.3),
        source="C-03 (28.8% above the cut); calibrated: docs/calibration.md", grade="C",
        identified_by="prevalence 28.8%",
    )  # fmt: skip
    mean_faculty: float = parameter(
        5.0, "Mean distress of faculty.", unit="points", allowed=(0.0, 27.0), plausible=(4.0, 6.0)
    )
    mean_other: float = parameter(
        5.5, "Mean distress of other professionals.", unit="points", allowed=(0.0, 27.0), plausible=(4.0, 6.5)
    )
    mean_public: float = parameter(
        5.5, "Mean distress of patients and carers.", unit="points", allowed=(0.0, 27.0), plausible=(3.0, 8.0)
    )
    trait_sd: float = parameter(
        4.20, "Standard deviation of the stable trait.", unit="points", allowed=(0.0, 27.0), plausible=(3.9, 4.4),
        source="C-07b (from Sen 2010)", grade="C",
    )  # fmt: skip
    state_sd: float = parameter(
        2.23, "Standard deviation of the passing state.", unit="points", allowed=(0.0, 27.0), plausible=(2.0, 2.6),
        source="C-07b (from Sen 2010)", grade="C",
    )  # fmt: skip
    state_half_life: float = parameter(
        14.0, "Half-life of the passing state.", unit="days", allowed=(0.1, None), plausible=(7.0, 30.0)
    )
    encouragement: float = parameter(
        0.5, "Fall of distress at a full stock of encouragement (b_e).", unit="points", allowed=(0.0, 27.0),
        plausible=(0.0, 2.8), source="C-47 (upper bound), C-48", grade="V",
    )  # fmt: skip
    harm: float = parameter(
        0.3, "Rise of distress per remembered derogatory reply (b_h).", unit="points", allowed=(0.0, 27.0),
        plausible=(0.0, 1.0),
    )  # fmt: skip
    treatment: float = parameter(
        2.5, "Fall of distress in treatment, reached in steps of a day (b_T).", unit="points", allowed=(0.0, 27.0),
        plausible=(1.0, 4.0),
    )  # fmt: skip
    treatment_days: float = parameter(
        42.0, "Days until treatment has its full effect.", unit="days", allowed=(0.1, None), plausible=(28.0, 84.0)
    )
    contagion: float = parameter(
        0.0, "Pull of the mean distress of the authors viewed that day (b_con).", allowed=SHARE, plausible=(0.0, 0.1),
        source="C-49 (Eisenberg 2013)", grade="V",
    )  # fmt: skip
    use_gain: float = parameter(
        0.2, "Fall of distress at the best amount of use.", unit="points", allowed=(0.0, 5.0), plausible=(0.0, 0.4),
        source="C-34, C-35 (shape and cap)", grade="V2",
    )  # fmt: skip
    use_loss: float = parameter(
        0.1, "Rise of distress per hour beyond the best amount.", unit="points/h", allowed=(0.0, 5.0),
        plausible=(0.0, 0.3), source="C-34 to C-36 (shape and cap)", grade="V2",
    )  # fmt: skip
    use_optimum: float = parameter(
        45.0, "Best amount of use (u*).", unit="min/day", allowed=(1.0, 1440.0), plausible=(30.0, 60.0), source="C-34",
        grade="V2",
    )  # fmt: skip
    exam_load: float = parameter(
        1.5, "Load on students in exam weeks.", unit="points", allowed=(0.0, 27.0), plausible=(0.0, 3.0)
    )
    exam_every_days: int = parameter(
        28, "Exam weeks come round after so many days.", unit="days", allowed=(7, 366), plausible=(28, 90)
    )
    new_resident_share: float = parameter(
        0.0, "Share of residents who begin on day 0 (the changeover cohort).", allowed=SHARE, plausible=(0.0, 0.3)
    )
    new_resident_shift: float = parameter(
        5.2, "How far below the mean of residents the cohort begins.", unit="points", allowed=(0.0, 27.0),
        plausible=(4.0, 6.0), source="C-07 (Sen 2010)", grade="V",
    )  # fmt: skip
    new_resident_days: float = parameter(
        30.0, "Days in which the cohort rises to the mean.", unit="days", allowed=(0.1, None), plausible=(14.0, 90.0)
    )
    burnout_cut: float = parameter(
        7.43, "Residents whose distress and load, taken over about a month, lie above this count as burnt out.",
        unit="points", allowed=(-27.0, 54.0), plausible=(5.0, 9.0),
        source="C-05 (45% of residents, Dyrbye 2018); calibrated: docs/calibration.md", grade="C",
        identified_by="45% (36-75%) of residents",
    )  # fmt: skip


class SupportSettings(Record):
    """How reactions reach an author, and how long they last."""

    like: float = parameter(
        0.02, "Encouragement of one like of a struggle.", unit="replies", allowed=SHARE, plausible=(0.0, 0.1)
    )
    half_life: float = parameter(
        7.0, "Half-life of the stock of encouragement.", unit="days", allowed=(0.1, None), plausible=(3.0, 14.0)
    )
    lonely_reply_counts: bool = parameter(
        True, "Whether a supportive reply counts when no other arrives within 48 hours.", source="C-43", grade="V"
    )
    harm_half_life: float = parameter(
        14.0, "Half-life of remembered derogatory replies.", unit="days", allowed=(0.1, None), plausible=(7.0, 30.0)
    )


class HelpSettings(Record):
    """Who enters treatment, and what being online does to the day."""

    hazard_student: float = parameter(
        7.2e-4, "Hazard of entering treatment of a struggling student.", unit="per day", allowed=SHARE,
        plausible=(4.7e-4, 1.1e-3), source="C-02 (15.7% a year); calibrated: docs/calibration.md", grade="V",
    )  # fmt: skip
    hazard_resident: float = parameter(
        8.8e-4, "The same of a struggling resident.", unit="per day", allowed=SHARE, plausible=(5.9e-4, 1.3e-3),
        source="C-08 (22.7% a year); calibrated: docs/calibration.md", grade="V",
    )  # fmt: skip
    hazard_faculty: float = parameter(
        7.1e-4, "The same of struggling faculty.", unit="per day", allowed=SHARE, plausible=(3.0e-4, 1.2e-3)
    )
    hazard_other: float = parameter(
        7.1e-4, "The same of other struggling professionals.", unit="per day", allowed=SHARE, plausible=(3.0e-4, 1.2e-3)
    )
    hazard_public: float = parameter(
        7.1e-4, "The same of struggling patients and carers.", unit="per day", allowed=SHARE, plausible=(3.0e-4, 1.2e-3)
    )
    stigma: float = parameter(
        0.3, "Log-hazard lost per 0.15 of personal stigma (al_s).", allowed=(-10.0, 10.0), plausible=(0.1, 0.6),
        source="C-10, C-13 (sign)", grade="V",
    )  # fmt: skip
    fear: float = parameter(
        0.3, "Log-hazard lost per 0.2 of career fear (al_c).", allowed=(-10.0, 10.0), plausible=(0.0, 0.8),
        source="C-10 (sign)", grade="V2",
    )  # fmt: skip
    norm: float = parameter(
        0.0, "Log-hazard gained per 0.1 of believed prevalence (al_n).", allowed=(-10.0, 10.0), plausible=(0.0, 0.5),
        source="C-15 (no behavioural effect)", grade="V",
    )  # fmt: skip
    encouragement: float = parameter(
        0.2, "Log-hazard gained at a full stock of encouragement (al_e).", allowed=(-10.0, 10.0), plausible=(0.2, 0.5)
    )
    scan_minutes: float = parameter(0.25, "Time to scan one post.", unit="min", allowed=FROM_0, plausible=(0.1, 0.5))
    write_minutes: float = parameter(
        2.0, "Time to write one post or reply.", unit="min", allowed=FROM_0, plausible=(1.0, 5.0)
    )
    displacement: float = parameter(
        0.1, "In-person contact lost per hour of use beyond the best amount (chi).", unit="per h", allowed=(0.0, 5.0),
        plausible=(0.0, 0.3),
    )  # fmt: skip
    in_person_mean: float = parameter(
        0.6, "Mean share of in-person contact.", allowed=(0.01, 0.99), plausible=(0.4, 0.8)
    )
    in_person_sd: float = parameter(0.2, "Its standard deviation (Beta).", allowed=(0.001, 0.45), plausible=(0.1, 0.25))
    online_substitute: float = parameter(
        0.3, "In-person contact that a full stock of encouragement can stand in for (xi).", allowed=(0.0, 0.99),
        plausible=(0.0, 0.6), source="A-95, size assumed",
    )  # fmt: skip

    @model_validator(mode="after")
    def _in_person_has_a_beta(self) -> Self:
        _check_beta("in_person", self.in_person_mean, self.in_person_sd)
        return self


class ModerationSettings(Record):
    """How a moderation desk works, wherever an intervention sets one up."""

    servers_per_agent: float = parameter(
        1 / 2500, "Moderators per person, at least one, where a desk names no number.", allowed=(0.0, 1.0),
        plausible=(1 / 10000, 1 / 500),
    )  # fmt: skip
    sensitivity: float = parameter(
        0.6, "Share of violating posts that the detector finds (Se).", allowed=SHARE, plausible=(0.3, 0.9),
        source="C-50, C-52 (loose)",
    )  # fmt: skip
    detection_minutes: float = parameter(
        30.0, "Mean delay of the detector (tau_a).", unit="min", allowed=FROM_0, plausible=(1.0, 1440.0)
    )
    false_positive_rate: float = parameter(
        0.03, "Share of struggles without a violation that the detector flags (FPR).", allowed=SHARE,
        plausible=(0.0, 0.2), source="C-52 (range)",
    )  # fmt: skip
    reports_needed: int = parameter(
        2, "Reports that bring a post before the desk (R_rep).", unit="reports", allowed=(1, 1000), plausible=(1, 5)
    )
    service_minutes: float = parameter(
        10.0, "Mean time to decide one case.", unit="min", allowed=(0.0, None), plausible=(2.0, 30.0)
    )
    accuracy: float = parameter(0.9, "Share of correct decisions of the desk.", allowed=SHARE, plausible=(0.7, 0.99))
    chilling: float = parameter(
        0.5, "Willingness lost when a struggle of one's own is removed (kappa_ch).", allowed=SHARE,
        plausible=(0.0, 0.9), source="C-54, size assumed",
    )  # fmt: skip
    willingness_minimum: float = parameter(
        0.2, "Removals cannot push willingness below this.", allowed=SHARE, plausible=(0.0, 0.5)
    )
    willingness_half_life: float = parameter(
        14.0, "Half-life of the recovery of willingness.", unit="days", allowed=(0.1, None), plausible=(7.0, 60.0)
    )
    accepting_share: float = parameter(
        0.18, "Share of rule breakers who accept a removal and are not chilled.", allowed=SHARE, plausible=(0.1, 0.3),
        source="C-54 (Jhaver 2019)", grade="V",
    )  # fmt: skip
    explanation_relief: float = parameter(
        0.5, "Factor of the chilling when the removal is explained.", allowed=SHARE, plausible=(0.3, 1.0)
    )
    bystander_posting: float = parameter(
        1.05,
        "Factor of the posting chance of people who saw an explained removal.",
        allowed=(0.0, 5.0),
        plausible=(1.0, 1.1),
    )


class ChatSettings(Record):
    """What happens in the hour of a tweet chat; chances of a participant, fitted to what chats look like (C-19)."""

    minutes: float = parameter(60.0, "Length of a chat.", unit="min", allowed=(1.0, 1440.0), plausible=(30.0, 90.0),
        source="C-19 (one-hour chats)", grade="V",
    )  # fmt: skip
    join: float = parameter(
        0.05, "Chance that somebody who knows of a chat comes (p_chat).", unit="per chat", allowed=SHARE,
        plausible=(0.02, 0.2),
    )  # fmt: skip
    return_factor: float = parameter(
        3.0, "Factor of that chance for people who came to an earlier chat of the series.", allowed=(0.0, 100.0),
        plausible=(1.0, 5.0), identified_by="30% (SD 7) return (C-19)",
    )  # fmt: skip
    sessions_per_hour: float = parameter(
        6.0, "Sessions of a participant.", unit="per h", allowed=FROM_0, plausible=(3.0, 12.0),
    )  # fmt: skip
    original: float = parameter(
        0.18, "Chance that a session of a participant yields a post.", unit="per session", allowed=SHARE,
        plausible=(0.1, 0.5), identified_by="1.4 original posts each (C-19)",
    )  # fmt: skip
    reply: float = parameter(
        0.13, "Chance to answer a post of the chat.", unit="per view", allowed=SHARE, plausible=(0.05, 0.3),
        identified_by="2.2 replies each (C-19)",
    )  # fmt: skip
    retweet: float = parameter(
        0.13, "Chance to pass on a post of the chat, times its appeal.", unit="per view", allowed=SHARE,
        plausible=(0.05, 0.3), identified_by="2.0 retweets each (C-19)",
    )  # fmt: skip
    prompts: int = parameter(
        6, "Posts with which moderators lead through a chat.", unit="posts", allowed=(0, 60), plausible=(3, 10)
    )


class TieSettings(Record):
    """How the follower graph changes, once a day; off where both chances are 0."""

    follow: float = parameter(
        0.0, "Chance that a supportive reply makes either of the two follow the other (mu_follow, off).",
        unit="per reply", allowed=SHARE, plausible=(0.0, 0.2), source="A-13, A-65, size assumed",
    )  # fmt: skip
    unfollow: float = parameter(
        0.0, "Chance to unfollow somebody who is too chatty (off).", unit="per day", allowed=SHARE,
        plausible=(0.0, 0.2),
    )  # fmt: skip
    chatty: float = parameter(
        2.0, "Too chatty is who posts more than so many times as much in a week as the others followed.",
        allowed=(1.0, 1000.0), plausible=(1.5, 4.0),
    )  # fmt: skip

    @property
    def may_change(self) -> bool:
        """Whether anybody ever follows or unfollows anyone."""
        return self.follow > 0.0 or self.unfollow > 0.0


class InstitutionSettings(Record):
    """Whether institutions mend what a tag brings to light; off where the fix is 0."""

    fix: float = parameter(
        0.0, "Fall of the load of a specialty whose struggles become visible (fix, off).", unit="points",
        allowed=(0.0, 27.0), plausible=(0.0, 2.0), source="A-61, size assumed",
    )  # fmt: skip
    threshold: float = parameter(
        0.05, "Share of tagged posts among the specialty's own posts of a week above which it is mended (theta_fix).",
        allowed=SHARE, plausible=(0.01, 0.2), source="A-61, size assumed",
    )  # fmt: skip


def _as_network(value: object) -> object:
    """A mapping with a `type` becomes the network of that name; anything else is left to the type check."""
    if not isinstance(value, Mapping):
        return value
    settings = dict(value)
    kind = settings.get("type", "popularity")
    return NETWORKS[kind].model_validate(settings)


MOST_AGENTS = 2**26
"""People in a run: what somebody did with a post is kept in 64 bits, 26 of which say who."""


class Parameters(Record):
    """The whole configuration of one run of the model."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, title="supportnet parameters"
    )

    agents: int = parameter(
        5000, "Number of people; a network from a file brings its own.", unit="people", allowed=(1, MOST_AGENTS),
        plausible=(500, 100_000), grade="-", source="size of the study",
    )  # fmt: skip
    days: int = parameter(
        60, "Days that count.", unit="days", allowed=(0, 3660), plausible=(60.0, 90.0), grade="-",
        source="horizon of the study",
    )  # fmt: skip
    warmup_days: int = parameter(
        14, "Days before day 0: posts and beliefs settle, outcomes are discarded.", unit="days", allowed=(0, 366),
        plausible=(14.0, 28.0), grade="-", source="numerical setting",
    )  # fmt: skip
    step_minutes: float = parameter(
        15.0, "Length of a time step; halving it must not move outcomes beyond noise.", unit="min",
        allowed=(1.0, 1440.0), plausible=(5.0, 30.0), grade="-", source="numerical setting",
    )  # fmt: skip
    network: Annotated[SerializeAsAny[Network], BeforeValidator(_as_network)] = Popularity()
    population: PopulationSettings = PopulationSettings()
    activity: ActivitySettings = ActivitySettings()
    reading: ReadingSettings = ReadingSettings()
    reactions: ReactionSettings = ReactionSettings()
    beliefs: BeliefSettings = BeliefSettings()
    disclosure: DisclosureSettings = DisclosureSettings()
    posting: PostingSettings = PostingSettings()
    adoption: AdoptionSettings = AdoptionSettings()
    support: SupportSettings = SupportSettings()
    distress: DistressSettings = DistressSettings()
    help: HelpSettings = HelpSettings()
    moderation: ModerationSettings = ModerationSettings()
    chat: ChatSettings = ChatSettings()
    ties: TieSettings = TieSettings()
    institution: InstitutionSettings = InstitutionSettings()

    @field_validator("step_minutes")
    @classmethod
    def _divides_a_day(cls, minutes: float) -> float:
        if abs(1440.0 / minutes - round(1440.0 / minutes)) > 1e-9:
            raise ValueError("a day must hold a whole number of steps: choose a divisor of 1440")
        return minutes

    @property
    def steps_per_day(self) -> int:
        """Steps in a day."""
        return round(1440.0 / self.step_minutes)

    @property
    def warmup_steps(self) -> int:
        """Steps before day 0."""
        return self.warmup_days * self.steps_per_day

    @property
    def total_steps(self) -> int:
        """Steps of the whole run, warm-up included."""
        return self.warmup_steps + self.days * self.steps_per_day

    def with_values(self, values: Mapping[str, Any]) -> "Parameters":
        """A copy with some values replaced, addressed by dotted path (`beliefs.stigma_mean`), checked anew.

        Groups without a new value are shared with this one: they are frozen, and a sweep holds thousands of copies.
        Another `network.type` begins with the defaults of that network. Paths must be known; values are checked.

        Raises:
            pydantic.ValidationError: a value is not allowed.
        """
        tree: dict[str, Any] = dict(self)
        for name in {path.split(".", 1)[0] for path in values if "." in path} & tree.keys():
            tree[name] = tree[name].model_dump()
        if values.get("network.type", self.network.type) != self.network.type:  # type: ignore[attr-defined]
            tree["network"] = {"type": values["network.type"]}
        for path, value in values.items():
            *groups, name = path.split(".")
            branch = tree
            for group in groups:
                branch = branch.setdefault(group, {})
            branch[name] = value
        return type(self).model_validate(tree)
