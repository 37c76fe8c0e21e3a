"""A person: one readable method per decision.

Methods come in the order of a step: come online, read, believe, react, write, and once a day live. Every rule is a
function of `simulation.rules`; every uniform is asked for by address (`chance`). To change a decision, subclass and
override its method, then pass the class as `agent_class`:

    class Quiet(Person):
        def wants_to_disclose(self) -> bool:
            return False

    SupportNetworkModel(agents=300, engine="agents", agent_class=Quiet, rng=1)
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

import mesa

from simulation import draws, rules
from simulation.agents.memory import LONG_AGO, Memory
from simulation.agents.post import Post
from simulation.draws import Decision
from simulation.events import Via
from simulation.graph import ROLES
from simulation.population import FACULTY, RESIDENT, STANDING, STUDENT
from simulation.posts import OWN_SLOTS, Kind, PostState, Violation
from simulation.world import MAX_TAGS, Occasion

if TYPE_CHECKING:
    from simulation.agents.engine import AgentsEngine

NUMBERS = (
    "clock", "session_rate", "posting_rate", "visits", "trait", "state", "distress", "stigma", "perceived", "fear",
    "in_person", "hazard", "visibility",
)  # fmt: skip
"""Columns of the population that become attributes of a person."""
LIKED, REPLIED, RETWEETED, REPORTED = 1, 2, 4, 8


class Answer(NamedTuple):
    """A notification: somebody liked or answered a post of one's own."""

    root: int
    reply: int
    """Row of the reply, or -1 for a like."""


AnyModel = mesa.Model[Any, Any]
"""Any Mesa model."""


class Person(mesa.Agent[AnyModel]):
    """A trainee, faculty member or other professional on the follower graph.

    Attributes (units in docs/model.md): `row` number of the agent; `role`, `specialty`, `community`, `trainee`,
    `protected`, `superuser`; rates `session_rate` and `posting_rate` per day; beliefs `disclosing` (S), `authors` (M),
    `believed` (n), `stigma` (s), `perceived` (q), `fear` (c); `distress` (d), `struggler` (x); `encouragement` (e),
    `harm`, `willingness` (r); `treated_since` (step, -1 never), `minutes` online per day, `isolation`; `adopted` (bits
    of tags). What interventions hold: `guideline` (g, share of my violations prevented), `fear_regime`, `protected`,
    `visibility`, `minutes_limit` per day, `overseen` (my posts come before the desk), `pledge` (factor of my chance to
    answer a trainee's struggle). `ranked`, `hierarchy` (eta_h) and `ranked_mutual` say how my feed is made; `chat` is
    the number of the chat that I take part in just now, -1 for none; `strain` the monthly mean of distress and load.
    `slot` counts the sessions of this step, from 0, while I write.
    """

    role: int
    specialty: int
    community: int
    trainee: bool
    protected: bool
    superuser: bool
    new_resident: bool
    clock: float
    session_rate: float
    posting_rate: float
    visits: float
    trait: float
    state: float
    distress: float
    stigma: float
    perceived: float
    fear: float
    in_person: float
    hazard: float
    visibility: float
    guideline: float
    fear_regime: float
    minutes_limit: float
    overseen: bool
    pledge: float

    def __init__(self, model: AnyModel, engine: AgentsEngine, row: int) -> None:
        """Take the attributes of agent `row` from the population."""
        super().__init__(model)
        self.engine = engine
        self.row = row
        self._take_attributes(engine.world.population, row)
        self._begin_beliefs()
        self._begin_memory()

    def _take_attributes(self, population: Any, row: int) -> None:  # noqa: ANN401 - columns are read by name
        """What is fixed, as plain numbers."""
        for name in ("role", "specialty", "community"):
            setattr(self, name, int(getattr(population, name)[row]))
        for name in ("trainee", "protected", "superuser", "new_resident"):
            setattr(self, name, bool(getattr(population, name)[row]))
        for name in NUMBERS:
            setattr(self, name, float(getattr(population, name)[row]))

    def _begin_beliefs(self) -> None:
        """State on the first step of the warm-up."""
        self.own_stigma, self.own_perceived, self.own_fear = self.stigma, self.perceived, self.fear
        self.disclosing = self.authors = 0.0
        self.encouragement = self.harm = 0.0
        self.willingness = 1.0
        self.posting_factor = 1.0
        self.treated_since = -1
        self.minutes = self.minutes_today = 0.0
        self.isolation = rules.isolation(self.in_person, self.engine.settings.help.online_substitute, 0.0)
        self.received_support_step = self.saw_support_step = -1
        self.views = 0
        self.harmful = [0] * len(Violation)
        self.viewed = [0] * len(ROLES)
        self.company_distress = 0.0
        self.company = 0
        self.strain = self.distress
        reading = self.engine.settings.reading
        self.ranked, self.hierarchy, self.ranked_mutual = reading.ranked, reading.hierarchy, reading.ranked_mutual
        self.chat = -1

    def _begin_memory(self) -> None:
        """Feed, notifications and what is remembered of authors, posts and tags."""
        engine = self.engine
        self.unread: deque[int] = deque(maxlen=engine.settings.reading.feed_length)
        self.inbox: list[Answer] = []
        self.memory = Memory(engine.mutual_ties(self.row), engine.settings.reading.strangers_remembered)
        self.taken: dict[int, int] = {}
        self.threads: set[int] = set()
        self.supporters: dict[int, int] = {}
        self.lonely: dict[int, tuple[int, int]] = {}
        self.adopted = self.ever_adopted = 0
        self.exposures = [0] * MAX_TAGS
        self.stream_read = [0] * MAX_TAGS
        self.tag_viewed = [LONG_AGO] * MAX_TAGS
        self._end_of_step()

    def _end_of_step(self) -> None:
        """Forget what was only for this step."""
        self.sessions = self.slot = 0
        self.seen: list[tuple[Post, Post]] = []
        self.answers: list[Answer] = []
        self.offences: list[Post] = []
        self.slots_used: set[int] = set()

    # --- what everybody may ask -----------------------------------------------------------------------------------

    def chance(self, decision: int, what: int) -> float:
        """The uniform of one of my decisions."""
        return draws.uniform(self.engine.world.seed, decision, self.row, what)

    @property
    def believed(self) -> float:
        """n_i: how common I believe struggling to be."""
        beliefs = self.engine.settings.beliefs
        return rules.believed_prevalence(
            self.disclosing, self.authors, beliefs.prior_mean, beliefs.prior_weight, beliefs.silence_weight
        )

    @property
    def struggler(self) -> bool:
        """x_i: whether distress lies above the cut."""
        return self.distress > self.engine.settings.distress.cut

    @property
    def care(self) -> float:
        """Factor of my violations and derogatory replies: guidelines, and the courtesy of superusers."""
        posting = self.engine.settings.posting
        care = 1.0 - self.guideline
        return care * posting.superuser_violation if self.superuser else care

    @property
    def occasion(self) -> Occasion | None:
        """The chat that I take part in just now."""
        return self.engine.occasions[self.chat] if self.chat >= 0 else None

    def in_chat(self, root: Post) -> bool:
        """Whether a post belongs to the chat that I take part in just now."""
        occasion = self.occasion
        return occasion is not None and root.tag == occasion.tag and root.step >= occasion.step

    @property
    def has_time(self) -> bool:
        """Whether the minutes that I may spend online today are not used up."""
        return self.minutes_today < self.minutes_limit

    # --- 3 read ---------------------------------------------------------------------------------------------------

    def come_online(self, u: float) -> bool:
        """Whether a session begins in this step; `sessions` says how many."""
        mean = self.mean_sessions()
        if u < 1.0 - mean:
            return False
        self.sessions = rules.poisson_count(u, mean)
        return self.sessions > 0 and self.has_time

    def mean_sessions(self) -> float:
        """How many sessions I have in a step on average."""
        engine = self.engine
        if self.chat >= 0:
            return rules.chat_sessions(engine.settings.chat.sessions_per_hour, 1.0 / engine.settings.steps_per_day)
        return self.session_rate * engine.rhythm(self.clock)

    def read(self) -> None:
        """Read the feed, then the streams of tags, then the answers to my own posts."""
        self._read_feed()
        for tag in self.engine.open_tags:
            if self.searches(tag):
                self._read_stream(tag)
        self.answers = [answer for answer in self.inbox if self.engine.stands(answer)]
        self.inbox = []

    def scan_length(self) -> int:
        """How many posts of the feed this session scans."""
        return rules.geometric_length(
            self.chance(Decision.SCAN, self.engine.step), self.engine.settings.reading.scan_mean
        )

    def searches(self, tag: int) -> bool:
        """Whether this session looks at the stream of a tag; in a chat, at its tag's for certain."""
        if self.occasion is not None and self.occasion.tag == tag:
            return True
        reading = self.engine.settings.reading
        share = reading.search_adopters if self.adopted >> tag & 1 else reading.search_others
        return self.chance(Decision.SEARCH, self.engine.step << 4 | tag) < share

    def attends(self, root: Post) -> bool:
        """Whether a scanned post gets attention; its author's standing may matter."""
        chance = rules.attention(self.hierarchy, STANDING[self.engine.people[root.author].role])
        return chance >= 1.0 or self.chance(Decision.ATTEND, root.key) < chance

    def _read_feed(self) -> None:
        """Scan unread deliveries, newest or highest ranked first; what is not reached is lost."""
        engine, left = self.engine, self.scan_length()
        for row in self._deliveries():
            if left == 0 or not self.has_time:
                break
            item = engine.posts_list[row]
            root = engine.posts_list[item.root]
            if root.author == self.row or not engine.is_live(root):
                continue
            if not root.readable:
                self._see_sanction(item)
                continue
            left -= 1
            self._scan(item, root)
        self.unread.clear()

    def _deliveries(self) -> list[int]:
        """Rows of unread deliveries in the order in which the feed shows them."""
        newest_first = list(reversed(self.unread))
        return sorted(newest_first, key=lambda row: -self.rank(row)) if self.ranked else newest_first

    def rank(self, row: int) -> float:
        """How high a ranked feed puts a delivery; who follows me back and whom I follow may come first."""
        engine, reading = self.engine, self.engine.settings.reading
        item = engine.posts_list[row]
        root = engine.posts_list[item.root]
        value = rules.rank(
            root.appeal,
            root.shares,
            engine.age_hours(root),
            reading.ranked_minutes / 60.0,
            reading.ranked_fall,
            reading.ranked_power,
        )
        return value * self.ranked_mutual if self.memory.mutual.get(item.author, False) else value

    def _read_stream(self, tag: int) -> None:
        """Scan the newest posts of a tag that came since I last looked."""
        engine, stream = self.engine, self.engine.streams[tag]
        left = rules.geometric_length(
            self.chance(Decision.STREAM_SCAN, engine.step << 4 | tag), engine.settings.reading.stream_scan_mean
        )
        for place in range(len(stream) - 1, self.stream_read[tag] - 1, -1):
            post = engine.posts_list[stream[place]]
            if left == 0 or not engine.is_live(post) or not self.has_time:
                break
            if post.author != self.row and post.readable:
                left -= 1
                self._scan(post, post, Via.STREAM)
        self.stream_read[tag] = len(stream)

    def _scan(self, item: Post, root: Post, via: Via = Via.FEED) -> None:
        """A post passes before my eyes; I view it if I attend. `via` is for the log: a retweet is its own way."""
        self.minutes_today += self.engine.settings.help.scan_minutes
        if self.attends(root):
            self.seen.append((item, root))
            direct = item is root
            self.engine.note_view(self, root, via if direct else Via.RETWEET, -1 if direct else item.key)

    def _see_sanction(self, item: Post) -> None:
        """A notice stands where a removed post stood."""
        if item.row != item.root:
            return
        settings = self.engine.settings
        self.fear = min(1.0, self.fear + settings.beliefs.sanction)
        if self.engine.explains_removals:
            self.posting_factor = settings.moderation.bystander_posting

    # --- 4 believe ------------------------------------------------------------------------------------------------

    def believe(self) -> None:
        """Take in what was viewed, then the answers to my own posts."""
        for _, root in self.seen:
            self.take_in(root)
        for answer in self.answers:
            self.take_in_answer(answer)

    def take_in(self, root: Post) -> None:
        """One view of a post: evidence on how common struggling is, contact, exposure to a tag."""
        engine = self.engine
        self._count_view(root)
        author = engine.people[root.author]
        self.company_distress += author.distress
        self.company += 1
        known = self.memory.of(root.author)
        weight = self.tie_weight(author)
        if engine.step - known.counted >= engine.live_steps:
            known.counted = engine.step
            self.authors += weight
        if root.struggle and root.row not in self.threads:
            self._take_in_struggle(root, author, weight)
        if root.tag >= 0:
            self._meet_tag(root)

    def tie_weight(self, author: Person) -> float:
        """w_ij: how much an author counts for me."""
        beliefs = self.engine.settings.beliefs
        mutual = self.memory.mutual.get(author.row)
        return rules.tie_weight(
            mutual is not None,
            bool(mutual),
            beliefs.one_way_weight,
            beliefs.stranger_weight,
            self.trainee and author.role == FACULTY,
            beliefs.faculty_weight,
        )

    def _take_in_struggle(self, root: Post, author: Person, weight: float) -> None:
        """The first view of a struggle: its author discloses, and there may be answers under it."""
        engine, beliefs = self.engine, self.engine.settings.beliefs
        self.threads.add(root.row)
        known = self.memory.of(root.author)
        is_new = engine.step - known.disclosed >= engine.live_steps
        if is_new:
            known.disclosed = engine.step
            self.disclosing += weight
        else:
            self.disclosing += beliefs.repeat_weight * weight
            self.authors += beliefs.repeat_weight * weight
        derogatory = self._read_thread(root)
        if is_new and not derogatory:
            self.stigma = rules.stigma_after_contact(self.stigma, weight, beliefs.contact, beliefs.stigma_minimum)
        if author.role == FACULTY:
            self.fear = rules.fear_after_disclosure(
                self.fear, self.fear_level, beliefs.faculty_disclosure, beliefs.faculty_disclosure_cap
            )

    def _read_thread(self, root: Post) -> bool:
        """Read the answers under a struggle as they stood when the step began; whether one was derogatory."""
        supported = derogatory = False
        for row in root.replies:
            reply = self.engine.posts_list[row]
            if not reply.readable or reply.author == self.row:
                continue
            self._read_reply(reply)
            self.engine.note_view(self, reply, Via.THREAD)
            supported |= reply.kind is Kind.REPLY_SUPPORTIVE
            derogatory |= reply.kind is Kind.REPLY_DEROGATORY
            if reply.violation is not Violation.NONE:
                self.offences.append(reply)
        root.viewers += 1
        if supported:
            root.supported_viewers += 1
            self.saw_support_step = self.engine.step
        return derogatory

    def _read_reply(self, reply: Post) -> None:
        """A viewed answer to a struggle moves what I think that others think."""
        self._count_view(reply)
        if reply.kind is not Kind.REPLY_NEUTRAL:
            beliefs = self.engine.settings.beliefs
            self.perceived = rules.perceived_after_reply(
                self.perceived,
                reply.kind is Kind.REPLY_DEROGATORY,
                beliefs.reply_effect,
                beliefs.derogatory_asymmetry,
            )

    def _count_view(self, post: Post) -> None:
        """Keep count of views, and of views of posts that break a rule."""
        post.views += 1
        self.views += 1
        self.harmful[post.violation] += 1
        self.viewed[self.engine.people[post.author].role] += 1

    def take_in_answer(self, answer: Answer) -> None:
        """A reaction to a post of my own: it encourages or hurts."""
        root = self.engine.posts_list[answer.root]
        if answer.reply < 0:
            self.encouragement += self.engine.settings.support.like
            return
        reply = self.engine.posts_list[answer.reply]
        self.engine.note_view(self, reply, Via.NOTIFICATION)
        if root.struggle:
            self._read_reply(reply)
        else:
            self._count_view(reply)
        if reply.kind is Kind.REPLY_SUPPORTIVE:
            self._take_support(reply)
        elif reply.kind is Kind.REPLY_DEROGATORY:
            self.harm += 1.0

    def _take_support(self, reply: Post) -> None:
        """A supportive answer encourages when it comes from somebody who has not supported me lately.

        Where lonely answers do not count, the first one under a post waits up to 48 hours for another.
        """
        engine = self.engine
        last = self.supporters.get(reply.author, LONG_AGO)
        if reply.step - last < engine.live_steps:
            return
        self.supporters[reply.author] = reply.step
        if engine.settings.support.lonely_reply_counts:
            self.encouragement += 1.0
            return
        first, count = self.lonely.get(reply.root, (reply.step, 0))
        if count == 0:
            self.lonely[reply.root] = (first, 1)
        elif count > 1 or reply.step - first <= 2 * engine.settings.steps_per_day:
            self.lonely[reply.root] = (first, 2)
            self.encouragement += 2.0 if count == 1 else 1.0

    def _meet_tag(self, root: Post) -> None:
        """A tagged post: maybe one more distinct author who uses the tag, and a chance to adopt it."""
        engine, tag = self.engine, root.tag
        if tag not in engine.open_tags:
            return
        self.tag_viewed[tag] = engine.step
        known = self.memory.of(root.author)
        if known.tags >> tag & 1:
            return
        known.tags |= 1 << tag
        self.exposures[tag] += 1
        if not self.adopted >> tag & 1:
            adopts = self.adopts(tag, self.exposures[tag])
            engine.note_exposure(self.exposures[tag], adopts)
            if adopts:
                self.adopt(tag, self.exposures[tag])

    def adopts(self, tag: int, exposure: int) -> bool:
        """Whether I adopt a tag at the k-th distinct author seen using it."""
        adoption = self.engine.settings.adoption
        chance = rules.adoption_chance(
            exposure,
            adoption.first_exposure,
            self.match(tag),
            adoption.reinforcement,
            adoption.reinforcement_scale,
        )
        return self.chance(Decision.ADOPTION, tag << 32 | exposure) < chance

    def match(self, tag: int) -> float:
        """How well a tag fits me: 1 for a general one."""
        meant_for = self.engine.tags[tag].specialty
        if meant_for is None:
            return 1.0
        adoption = self.engine.settings.adoption
        return adoption.match_same if meant_for == self.specialty else adoption.match_other

    def adopt(self, tag: int, exposure: int) -> None:
        """From now on I use the tag; `exposure` 0 marks a seed."""
        self.adopted |= 1 << tag
        self.ever_adopted |= 1 << tag
        self.tag_viewed[tag] = self.engine.step
        self.engine.note_adoption(self.row, tag, exposure)

    # --- 5 react --------------------------------------------------------------------------------------------------

    def react(self) -> None:
        """Like, answer, pass on or report what was viewed; never the same twice."""
        for item, root in self.seen:
            like, reply, retweet, report = self._reaction_luck(root)
            if self._does(root, LIKED) and self.likes(root, like):
                self._remember(root, LIKED)
                self.engine.like(root, self)
            if self._does(root, REPLIED) and self.replies(root, reply):
                self._remember(root, REPLIED)
                self.answer(root)
            if self._does(root, RETWEETED) and not root.protected and self.retweets(root, retweet):
                self._remember(root, RETWEETED)
                self.pass_on(item, root)
            self._maybe_report(root, report)
        for reply_seen in self.offences:
            self._maybe_report(reply_seen, self._reaction_luck(reply_seen)[3])

    def likes(self, root: Post, u: float) -> bool:
        """Whether I like a post."""
        reactions = self.engine.settings.reactions
        return u < rules.like_chance(reactions.reply, reactions.like_per_reply, self.visits)

    def replies(self, root: Post, u: float) -> bool:
        """Whether I answer a post."""
        reactions, chats = self.engine.settings.reactions, self.in_chat(root)
        return u < rules.reply_chance(
            self.engine.settings.chat.reply if chats else reactions.reply,
            self.likeness(root),
            reactions.superuser_reply if self.superuser else 1.0,
            self.interest(root),
            0 if chats else root.visible_replies,
            reactions.bystander_power,
            1.0 if chats else self.visits,
        )

    def interest(self, root: Post) -> float:
        """M_kind, and what I may have pledged to trainees who struggle."""
        if not root.struggle:
            return 1.0
        factor = self.engine.settings.reactions.struggle_reply
        return factor * self.pledge if self.engine.people[root.author].trainee else factor

    def retweets(self, root: Post, u: float) -> bool:
        """Whether I pass a post on."""
        reactions, engine, chats = self.engine.settings.reactions, self.engine, self.in_chat(root)
        fresh = rules.freshness(engine.age_hours(root), reactions.age_scale, reactions.age_power)
        return u < rules.retweet_chance(
            engine.settings.chat.retweet if chats else reactions.retweet,
            root.appeal,
            1.0 if chats else fresh,
            self.likeness(root),
            self.stigma,
            root.struggle,
            reactions.label_retweet if root.state is PostState.LABELLED else 1.0,
            1.0 if chats else self.visits,
        )

    def reports(self, post: Post, u: float) -> bool:
        """Whether I report a post that breaks a rule."""
        return u < rules.report_chance(self.engine.settings.reactions.report, self.visits)

    def likeness(self, root: Post) -> float:
        """hom_im: posts of the own specialty draw more reactions."""
        population = self.engine.world.population
        same = self.engine.people[root.author].specialty == self.specialty
        return population.same_specialty if same else population.other_specialty

    def tone(self, root: Post) -> Kind:
        """What kind of answer I give."""
        reactions = self.engine.settings.reactions
        enforcement = rules.enforcement_chance(reactions.false_enforcement, self.perceived, self.stigma)
        derogatory = rules.derogatory_chance(reactions.derogatory, self.stigma, self.care, enforcement)
        supportive = (1.0 - derogatory) * reactions.supportive
        picked = rules.pick2(self.chance(Decision.TONE, root.key), derogatory, supportive)
        return (Kind.REPLY_DEROGATORY, Kind.REPLY_SUPPORTIVE, Kind.REPLY_NEUTRAL)[picked]

    def answer(self, root: Post) -> None:
        """Write an answer."""
        self.minutes_today += self.engine.settings.help.write_minutes
        self.engine.add_reaction(self, root, root, self.tone(root))

    def pass_on(self, item: Post, root: Post) -> None:
        """Retweet a post; `item` is what I saw, the post itself or somebody's retweet."""
        self.engine.add_reaction(self, item, root, Kind.RETWEET)

    def _reaction_luck(self, post: Post) -> tuple[float, float, float, float]:
        """My uniforms for liking, answering, passing on and reporting a post, however often I meet it."""
        return draws.uniforms4(self.engine.world.seed, Decision.REACTION, self.row, post.key)

    def _does(self, post: Post, action: int) -> bool:
        """Whether an action on a post is still open to me."""
        return not self.taken.get(post.row, 0) & action

    def _remember(self, post: Post, action: int) -> None:
        """An action on a post is taken."""
        self.taken[post.row] = self.taken.get(post.row, 0) | action

    def _maybe_report(self, post: Post, u: float) -> None:
        """Report a violating post once."""
        if post.violation is not Violation.NONE and self._does(post, REPORTED) and self.reports(post, u):
            self._remember(post, REPORTED)
            self.engine.report(post, self)

    # --- 6 write --------------------------------------------------------------------------------------------------

    def write(self) -> None:
        """Each session of the step may yield a post of my own."""
        for slot in range(min(self.sessions, OWN_SLOTS)):
            self.slot = slot
            if self.wants_to_post():
                self.minutes_today += self.engine.settings.help.write_minutes
                self.engine.add_own(self, slot, self.kind_of_post())
        self._end_of_step()

    @property
    def writing(self) -> int:
        """Step and slot of the post that I write, or may write, just now: where decisions on it have their uniforms."""
        return self.engine.step << 8 | self.slot

    def wants_to_post(self) -> bool:
        """Whether a session yields a post; in a chat people have more to say."""
        chance = self.posting_rate / self.session_rate * self.posting_factor
        if self.chat >= 0:
            chance = self.engine.settings.chat.original
        return self.chance(Decision.POST, self.writing) < chance

    def kind_of_post(self) -> Kind:
        """A struggle if I struggle and wish to say so, else something else; a chat has its purpose."""
        occasion = self.occasion
        if occasion is not None and self.digresses(occasion):
            return Kind.ORDINARY
        if self.struggler and self.wants_to_disclose():
            return Kind.STRUGGLE
        if occasion is not None:
            return Kind.TIP
        posting = self.engine.settings.posting
        tips = posting.superuser_tip_share if self.superuser else posting.tip_share
        u = self.chance(Decision.OTHER_KIND, self.writing)
        return (Kind.TIP, Kind.ADVOCACY, Kind.ORDINARY)[rules.pick2(u, tips, posting.advocacy_share)]

    def digresses(self, occasion: Occasion) -> bool:
        """Whether a post of mine in a chat has nothing to do with its purpose."""
        return self.chance(Decision.CHAT_TOPIC, self.writing) >= occasion.purpose

    def wants_to_disclose(self) -> bool:
        """Whether a post of mine, while I struggle, says so."""
        return self.chance(Decision.DISCLOSE, self.writing) < self.disclosure_chance()

    def disclosure_chance(self) -> float:
        """P_dis: the chance that a post discloses my struggle."""
        settings = self.engine.settings
        disclosure = settings.disclosure
        return rules.disclosure_chance(
            self.willingness,
            disclosure.intercept,
            disclosure.distress * (self.distress - settings.distress.cut) / rules.DISTRESS_UNIT,
            disclosure.norm * (self.believed - disclosure.norm_reference) / rules.NORM_UNIT,
            disclosure.perceived_stigma * (self.perceived - rules.PERCEIVED_CENTRE) / rules.PERCEIVED_UNIT,
            disclosure.fear * self.fear * self.visibility,
            disclosure.tag if self.adopted or self.chat >= 0 else 0.0,
            disclosure.encouragement * rules.saturation(self.encouragement),
            disclosure.harm * self.harm,
        )

    def tag_for(self, post: Post) -> int:
        """The support tag that a struggle or tip of mine carries, -1 for none; in a chat, its tag whatever I write."""
        if self.occasion is not None:
            return self.occasion.tag if self.occasion.tag in self.engine.open_tags else -1
        usable = [tag for tag in self.engine.open_tags if self.adopted >> tag & 1]
        if not usable or post.kind not in (Kind.STRUGGLE, Kind.TIP):
            return -1
        if self.chance(Decision.TAG_USE, post.key) >= self.engine.settings.posting.tag_use:
            return -1
        return usable[draws.below(self.chance(Decision.TAG_CHOICE, post.key), len(usable))]

    def violation_of(self, post: Post) -> Violation:
        """Which rule a post of mine breaks, if any."""
        posting = self.engine.settings.posting
        privacy = posting.privacy * (posting.privacy_struggle if post.struggle else 1.0)
        irrelevant = posting.irrelevant if post.tag >= 0 else 0.0
        u = self.chance(Decision.VIOLATION, post.key)
        return Violation(
            rules.violation_kind(u, self.care, irrelevant, posting.misinformation, privacy, posting.copyright)
        )

    def removed(self, post: Post, correct: bool) -> None:
        """A struggle of mine was removed: I may dare less, for a while."""
        moderation = self.engine.settings.moderation
        if correct and self.chance(Decision.ACCEPTANCE, post.key) < moderation.accepting_share:
            return
        relief = moderation.explanation_relief if self.engine.desk.explains else 1.0
        self.willingness = rules.willingness_after_removal(
            self.willingness, moderation.chilling * relief, moderation.willingness_minimum
        )

    # --- 8 live, once a day ---------------------------------------------------------------------------------------

    def live(self, day: int, mean_distress: float) -> None:
        """The end of a day: distress, help-seeking, use, isolation, and what fades; `day` counts from day 0."""
        self.update_distress(day, mean_distress)
        if day >= 0 and self.struggler and self.treated_since < 0 and self.seeks_help(day):
            self.treated_since = self.engine.step
        self.update_use()
        self.fade()
        for tag in self.engine.open_tags:
            if self.adopted >> tag & 1 and self.abandons(tag, day):
                self.adopted &= ~(1 << tag)

    def update_distress(self, day: int, mean_distress: float) -> None:
        """y fluctuates; support, harm, use, treatment, load and company shift d."""
        distress, engine = self.engine.settings.distress, self.engine
        noise = draws.normal(engine.world.seed, Decision.DAILY_NOISE, self.row, engine.days_run)
        self.state = rules.next_state(self.state, noise, engine.kept.state, distress.state_sd)
        load = self.load(day) - float(engine.institution.relief[self.specialty])
        shifts = (
            load
            - distress.encouragement * rules.saturation(self.encouragement)
            + distress.harm * self.harm
            + rules.use_effect(self.minutes, distress.use_optimum, distress.use_gain, distress.use_loss)
            - self.treatment_effect()
        )
        if self.company and distress.contagion:
            shifts += distress.contagion * (self.company_distress / self.company - mean_distress)
        self.company_distress, self.company = 0.0, 0
        self.distress = rules.total_distress(self.trait, self.state, shifts)
        self.strain = rules.next_strain(self.strain, self.distress, load)

    def load(self, day: int) -> float:
        """What work and study lay on me: exams for students, the first month for new residents."""
        distress = self.engine.settings.distress
        if self.role == STUDENT:
            return rules.exam_load(day, distress.exam_every_days, distress.exam_load)
        if self.role == RESIDENT and self.new_resident:
            return rules.changeover_load(day, distress.new_resident_shift, distress.new_resident_days)
        return 0.0

    def treatment_effect(self) -> float:
        """What treatment takes off distress by now."""
        if self.treated_since < 0:
            return 0.0
        distress = self.engine.settings.distress
        days = (self.engine.step - self.treated_since) / self.engine.settings.steps_per_day
        return rules.treatment_effect(days, distress.treatment_days, distress.treatment)

    def seeks_help(self, day: int) -> bool:
        """Whether I enter treatment today."""
        settings, engine = self.engine.settings, self.engine
        hazard = rules.help_hazard(
            self.hazard,
            settings.help.stigma * (self.stigma - rules.STIGMA_CENTRE) / rules.STIGMA_UNIT,
            settings.help.fear * (self.fear - engine.world.mean_fear) / rules.FEAR_UNIT,
            settings.help.norm * (self.believed - settings.disclosure.norm_reference) / rules.NORM_UNIT,
            settings.help.encouragement * rules.saturation(self.encouragement),
        )
        return self.chance(Decision.HELP_SEEKING, engine.days_run) < rules.chance_in(hazard, 1.0)

    def update_use(self) -> None:
        """Minutes online (mean over about a week) and what they leave of company in person."""
        settings = self.engine.settings
        self.minutes += (self.minutes_today - self.minutes) / 7.0
        self.minutes_today = 0.0
        contact = rules.in_person(
            self.in_person, self.minutes, settings.distress.use_optimum, settings.help.displacement
        )
        self.isolation = rules.isolation(contact, settings.help.online_substitute, rules.saturation(self.encouragement))

    def fade(self) -> None:
        """A day passes over evidence, beliefs, encouragement, harm and willingness."""
        kept = self.engine.kept
        self.disclosing *= kept.evidence
        self.authors *= kept.evidence
        self.stigma = rules.relaxed(self.stigma, self.own_stigma, kept.stigma)
        self.perceived = rules.relaxed(self.perceived, self.own_perceived, kept.perceived)
        self.fear = rules.relaxed(self.fear, self.fear_level, kept.fear)
        self.encouragement *= kept.encouragement
        self.harm *= kept.harm
        self.willingness = rules.relaxed(self.willingness, 1.0, kept.willingness)

    @property
    def fear_level(self) -> float:
        """The career fear that I return to: my own, times what the licensing regime sustains."""
        return self.own_fear * self.fear_regime

    def abandons(self, tag: int, day: int) -> bool:
        """Whether I give a tag up after a day without a post that carries it."""
        engine = self.engine
        if engine.step - self.tag_viewed[tag] < engine.settings.steps_per_day:
            return False
        return self.chance(Decision.ABANDON, engine.days_run << 4 | tag) < 1.0 - engine.kept.adoption
