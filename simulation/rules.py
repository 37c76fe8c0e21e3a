"""Every decision rule of the model as a scalar function of numbers, written once and called by both engines.

Section numbers are those of docs/model.md. Functions take and return plain numbers; they are compiled, so the same
machine code decides in the engine `agents` and in the engine `kernels`. Rates are per day and times in days unless a
name says otherwise. `u` is a uniform in [0, 1) from `draws`. No rule knows of an agent, an array or a post.
"""

import math

from simulation._compile import compiled

LN2 = math.log(2.0)

# Units in which the coefficients of disclosure and help-seeking are given (docs/model.md, 4.5 and 4.8).
DISTRESS_UNIT = 4.75
NORM_UNIT = 0.1
PERCEIVED_CENTRE, PERCEIVED_UNIT = 0.6, 0.12
STIGMA_CENTRE, STIGMA_UNIT = 0.45, 0.15
FEAR_UNIT = 0.2


@compiled
def sigmoid(x: float) -> float:
    """1 / (1 + exp(-x)), without overflow."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    z = math.exp(x)
    return z / (1.0 + z)


@compiled
def saturation(stock: float) -> float:
    """g(e) = 1 - exp(-e): what a stock of encouragement amounts to, 0 to 1."""
    return 1.0 - math.exp(-stock)


@compiled
def clip(value: float, low: float, high: float) -> float:
    """The value, kept between two bounds."""
    return min(max(value, low), high)


@compiled
def chance_in(rate: float, days: float) -> float:
    """Rate per day to probability in a span of days: 1 - exp(-rate days)."""
    return 1.0 - math.exp(-rate * days)


@compiled
def kept(half_life: float, days: float) -> float:
    """Share of a decaying stock that is left after so many days."""
    return math.exp(-LN2 / half_life * days)


# 4.1 Sessions and reading


@compiled
def diurnal(hour: float, peak: float, amplitude: float) -> float:
    """D(h) = 1 + A_d cos(2 pi (h - h0) / 24), mean 1 over a day; hours are local."""
    return 1.0 + amplitude * math.cos(2.0 * math.pi * (hour - peak) / 24.0)


@compiled
def weighted_step(step: int, days_per_step: float, clock: float, peak: float, amplitude: float) -> float:
    """dt D(h) in days: a step weighted by the local hour at its middle; `clock` is what to add to the common hour."""
    hour = ((step + 0.5) * days_per_step * 24.0 + clock) % 24.0
    return days_per_step * diurnal(hour, peak, amplitude)


@compiled
def poisson_count(u: float, mean: float) -> int:
    """The Poisson count at quantile u, by inversion; exact for the small means of one step."""
    if mean <= 0.0:
        return 0
    term = math.exp(-mean)
    below = term
    count = 0
    while u >= below and count < 1000:
        count += 1
        term *= mean / count
        below += term
    return count


@compiled
def geometric_length(u: float, mean: float) -> int:
    """A scan length: geometric on 1, 2, 3, ... with the given mean (at least 1)."""
    if mean <= 1.0:
        return 1
    length = math.log(1.0 - u) / math.log(1.0 - 1.0 / mean)
    return 1 + int(min(length, 1e9))


@compiled
def attention(hierarchy: float, standing: float) -> float:
    """Chance that a scanned post is attended: min(1, 1 + eta_h z_role), at least 0."""
    return clip(1.0 + hierarchy * standing, 0.0, 1.0)


@compiled
def visits_factor(session_rate: float, median: float, power: float) -> float:
    """Frequent visitors react more: (l / median l)^power, before normalisation over views."""
    if median <= 0.0:
        return 1.0
    return math.pow(session_rate / median, power)


@compiled
def expected_views(session_rate: float, scan_mean: float, arrivals: float) -> float:
    """Views per day under the visibility law: lam l Lambda / (l Lambda + lam), from arrivals lam per day."""
    capacity = session_rate * scan_mean
    if capacity + arrivals <= 0.0:
        return 0.0
    return arrivals * capacity / (capacity + arrivals)


@compiled
def rank(appeal: float, shares: int, age_hours: float, scale_hours: float, fall: float, power: float) -> float:
    """A_m (1 + shares) exp(-fall (age / scale)^power): the place of a post in a ranked feed, before ties count."""
    return appeal * (1.0 + shares) * math.exp(-fall * math.pow(age_hours / scale_hours, power))


@compiled
def chat_sessions(per_hour: float, days_per_step: float) -> float:
    """Mean number of sessions of a chat's participant in a step."""
    return per_hour * 24.0 * days_per_step


# 4.2 Reactions to a viewed root


@compiled
def age_hours(step: int, visible_step: int, days_per_step: float) -> float:
    """Age of a post when it is viewed, in hours.

    A post can be read from the step after its own, in place of the sessions that began between its own moment and the
    same moment one step later; their mean age is half a step. Without that half, outcomes depend on the step.
    """
    return (step - visible_step + 0.5) * days_per_step * 24.0


@compiled
def freshness(age_hours: float, scale_hours: float, power: float) -> float:
    """age_m = (1 + age / scale)^(-power): 1 when new."""
    return math.pow(1.0 + age_hours / scale_hours, -power)


@compiled
def retweet_chance(
    base: float,
    appeal: float,
    fresh: float,
    likeness: float,
    stigma: float,
    struggle: bool,
    label: float,
    visits: float,
) -> float:
    """P = min(1, rho_RT A_m age_m hom_im (1-s_i)^[struggle] lab_m visits_i) per view."""
    shame = 1.0 - stigma if struggle else 1.0
    return min(1.0, base * appeal * fresh * likeness * shame * label * visits)


@compiled
def reply_chance(
    base: float, likeness: float, helpfulness: float, kind: float, replies: int, bystander: float, visits: float
) -> float:
    """P = min(1, rho_RE hom_im sup_i M_kind (1 + R_m)^(-beta_by) visits_i) per view."""
    crowd = math.pow(1.0 + replies, -bystander) if replies else 1.0
    return min(1.0, base * likeness * helpfulness * kind * crowd * visits)


@compiled
def like_chance(reply: float, likes_per_reply: float, visits: float) -> float:
    """Likes are `likes_per_reply` times as likely as a reply to an average post."""
    return min(1.0, reply * likes_per_reply * visits)


@compiled
def report_chance(base: float, visits: float) -> float:
    """Chance per view to report a violating post."""
    return min(1.0, base * visits)


@compiled
def derogatory_chance(base: float, stigma: float, courtesy: float, enforcement: float) -> float:
    """delta (s_i / 0.45)^2 times the factors of guidelines and superusers, plus false enforcement."""
    level = stigma / STIGMA_CENTRE
    return clip(base * level * level * courtesy + enforcement, 0.0, 1.0)


@compiled
def enforcement_chance(extra: float, perceived: float, stigma: float) -> float:
    """False enforcement (option): `extra` for people with q > 0.7 and s < 0.4, else 0."""
    return extra if perceived > 0.7 and stigma < 0.4 else 0.0


# 4.3 Beliefs about commonness


@compiled
def tie_weight(
    followed: bool, mutual: bool, one_way: float, stranger: float, faculty_to_trainee: bool, faculty: float
) -> float:
    """w_ij: 1 for a mutual tie, w1 one way, w0 for a stranger; times w_F for a faculty author read by a trainee."""
    if followed:
        weight = 1.0 if mutual else one_way
    else:
        weight = stranger
    return weight * faculty if faculty_to_trainee else weight


@compiled
def believed_prevalence(
    disclosing: float, authors: float, prior_mean: float, prior_weight: float, silence: float
) -> float:
    """n_i = (nu n0 + S) / (nu + S + psi max(0, M - S)): how common the agent believes struggling to be."""
    silent = max(0.0, authors - disclosing)
    return (prior_weight * prior_mean + disclosing) / (prior_weight + disclosing + silence * silent)


@compiled
def disclosing_for(wanted: float, silent: float, prior_mean: float, prior_weight: float, silence: float) -> float:
    """The S, at least 0, under which n is the wanted belief next to so much silence: `believed_prevalence` undone."""
    wanted = min(wanted, 1.0 - 1e-9)
    needed = (wanted * (prior_weight + silence * silent) - prior_weight * prior_mean) / (1.0 - wanted)
    return max(0.0, needed)


@compiled
def silent_for(wanted: float, silent: float, prior_mean: float, prior_weight: float, silence: float) -> float:
    """The silence M - S, never less than there is, under which n falls to the wanted belief while S is 0.

    Where silence counts for nothing (psi = 0) n stays at the prior, and silence what it is.
    """
    if silence <= 0.0 or wanted <= 0.0:
        return silent
    return max(silent, prior_weight * (prior_mean / wanted - 1.0) / silence)


# 4.4 Stigma, perceived norm, fear


@compiled
def stigma_after_contact(stigma: float, weight: float, contact: float, minimum: float) -> float:
    """s - eta_c w (s - s_min): one new disclosing author has been met; never below where it stood or s_min."""
    return stigma - min(1.0, contact * weight) * max(0.0, stigma - minimum)


@compiled
def stigma_after_contacts(stigma: float, weight: float, contact: float, minimum: float, contacts: float) -> float:
    """The same after several contacts at once: what lies above s_min falls to (1 - eta_c w)^contacts of itself."""
    above = max(0.0, stigma - minimum)
    return stigma - above * (1.0 - math.pow(1.0 - min(1.0, contact * weight), contacts))


@compiled
def perceived_after_reply(perceived: float, derogatory: bool, effect: float, asymmetry: float) -> float:
    """q + alpha_q (z - q) for a viewed reply: z = 0 supportive; z = 1 derogatory, times the asymmetry."""
    if derogatory:
        return perceived + min(1.0, effect * asymmetry) * (1.0 - perceived)
    return perceived - effect * perceived


@compiled
def relaxed(value: float, target: float, share_kept: float) -> float:
    """A value on its way back to its target; `share_kept` of the distance is left."""
    return target + (value - target) * share_kept


@compiled
def fear_after_disclosure(fear: float, level: float, fall: float, cap: float) -> float:
    """A faculty disclosure lowers career fear, but not more than `cap` below the level it relaxes to."""
    return min(fear, max(fear - fall, level - cap, 0.0))


# 4.5 Posting and disclosure


@compiled
def disclosure_chance(
    willingness: float, intercept: float, distress: float, norm: float, stigma: float, fear: float, tag: float,
    support: float, harm: float,
) -> float:  # fmt: skip
    """P_dis = r sigmoid(sum of terms); each term is already weighted by its beta; stigma, fear and harm subtract."""
    return willingness * sigmoid(intercept + distress + norm - stigma - fear + tag + support - harm)


@compiled
def pick2(u: float, first: float, second: float) -> int:
    """0 with chance `first`, 1 with chance `second`, else 2."""
    if u < first:
        return 0
    return 1 if u < first + second else 2


@compiled
def violation_kind(
    u: float, care: float, irrelevant: float, misinformation: float, privacy: float, copyright_: float
) -> int:
    """Violation of a new post from one uniform: 0 none, 1 irrelevant, 2 misinformation, 4 privacy, 5 copyright.

    Rates are per post and multiplied by `care` (guidelines, superusers); 3, derogatory, is the tone of a reply.
    """
    edge = irrelevant * care
    if u < edge:
        return 1
    edge += misinformation * care
    if u < edge:
        return 2
    edge += privacy * care
    if u < edge:
        return 4
    edge += copyright_ * care
    return 5 if u < edge else 0


@compiled
def appeal(z: float, sigma: float) -> float:
    """Log-normal appeal of a post with mean 1, from a standard normal."""
    return math.exp(sigma * z - 0.5 * sigma * sigma)


# 4.6 Hashtag adoption


@compiled
def adoption_chance(exposure: int, first: float, match: float, reinforcement: float, scale: float) -> float:
    """p(k) = p1 match [1 + gamma (1 - exp(-(k-1)/k0))] at the k-th distinct tagging author."""
    return clip(first * match * (1.0 + reinforcement * (1.0 - math.exp(-(exposure - 1) / scale))), 0.0, 1.0)


# 4.7 Effects on authors and distress


@compiled
def next_state(state: float, noise: float, share_kept: float, sd: float) -> float:
    """y(t+1) = y e^-kappa + sd sqrt(1 - e^-2kappa) eps: stationary with standard deviation `sd`."""
    return state * share_kept + sd * math.sqrt(max(0.0, 1.0 - share_kept * share_kept)) * noise


@compiled
def use_effect(minutes: float, optimum: float, gain: float, loss: float) -> float:
    """use(u) = -gain min(u, u*)/u* + loss max(0, u - u*)/60, in points of distress."""
    return -gain * min(minutes, optimum) / optimum + loss * max(0.0, minutes - optimum) / 60.0


@compiled
def exam_load(day: int, every: int, points: float) -> float:
    """Load on a student: `points` in the last seven of every `every` days."""
    return points if day % every >= every - 7 else 0.0


@compiled
def changeover_load(day: int, shift: float, span: float) -> float:
    """Load on a new resident: from -shift on day 0 up to 0 within `span` days."""
    return -shift * clip(1.0 - day / span, 0.0, 1.0)


@compiled
def treatment_effect(days_in_treatment: float, span: float, points: float) -> float:
    """Fall of distress so many days into treatment: rises in a straight line to `points`."""
    return points * clip(days_in_treatment / span, 0.0, 1.0)


@compiled
def total_distress(trait: float, state: float, shifts: float) -> float:
    """d = clip(b + y + shifts, 0, 27)."""
    return clip(trait + state + shifts, 0.0, 27.0)


@compiled
def next_strain(strain: float, distress: float, load: float) -> float:
    """The running mean of distress and load over about a month (30 days), a day on."""
    return strain + (distress + load - strain) / 30.0


# 4.8 Help-seeking, isolation, use


@compiled
def help_hazard(base: float, stigma: float, fear: float, norm: float, support: float) -> float:
    """Hazard per day: h0 exp(-stigma - fear + norm + support); terms are already weighted and centred."""
    return base * math.exp(-stigma - fear + norm + support)


@compiled
def in_person(share: float, minutes: float, optimum: float, displacement: float) -> float:
    """f = f0 exp(-chi max(0, u - u*)/60): what long use leaves of in-person contact."""
    return share * math.exp(-displacement * max(0.0, minutes - optimum) / 60.0)


@compiled
def isolation(contact: float, substitute: float, support: float) -> float:
    """iso = 1 - min(1, f + xi g(e))."""
    return 1.0 - min(1.0, contact + substitute * support)


# 4.9 Moderation


@compiled
def exponential(u: float, mean: float) -> float:
    """An exponential time with the given mean, at quantile u."""
    return -mean * math.log(1.0 - u)


@compiled
def willingness_after_removal(willingness: float, chilling: float, minimum: float) -> float:
    """r = max(minimum, r (1 - kappa)); never raised by a removal."""
    return min(willingness, max(minimum, willingness * (1.0 - chilling)))
