/* The story of a post: chosen from a list, told in sentences, as a chain of retweets, and hour by hour. */

const MOST_LINES = 250, MOST_NAMES = 8;
const DESK_WORDS = {detected: "found by the detector", reported: "reported often enough", held: "held for the desk",
  arrival: "comes before the desk", start: "taken up by the desk", decision: "decided by the desk"};
const DECIDED = {remove: "removed", label: "labelled", clear: "cleared"};
const BREACH = {irrelevant: "is not to the point", misinformation: "misinforms", derogatory: "is derogatory",
  privacy: "breaks somebody's privacy", copyright: "breaks a copyright"};

class Teller {
  constructor(replay, words, choose) {
    this.replay = replay;
    this.words = words;
    this.choose = choose;
  }

  /* One post of a list, as a button. */
  item(entry) {
    const {posts, about} = this.replay, {words} = this;
    const briefs = this.replay.arms.map((arm) => arm.brief(entry));
    const there = briefs.filter(Boolean), kinds = new Set(there.map((brief) => brief.kind));
    const kind = kinds.size === 1 ? words.kind(there[0].kind) : "post";
    const numbers = briefs.map((brief) => (brief ? `${kinds.size > 1 ? `${words.kind(brief.kind)}, ` : ""}${this.briefly(brief)}` : "not written"));
    const tags = [...new Set(there.map((brief) => words.tag(brief.tag)))].filter(Boolean);
    const lines = about.arms.length === 1
      ? [make("span", {class: "numbers"}, numbers[0])]
      : numbers.map((text, arm) => make("span", {class: "numbers"}, make("span", {class: `key arm-${arm}`}), `${about.arms[arm]}: ${text}`));
    return make("li", {}, make("button", {type: "button", "data-entry": entry, onclick: () => this.choose(entry)},
      make("span", {class: "head"}, `${kind} by ${words.personAndRole(posts.author[entry])}, ${words.day(posts.step[entry])}`,
        tags.map((tag) => make("span", {class: "tag"}, tag))), lines));
  }

  briefly(brief) {
    const parts = [`seen ${brief.views.toLocaleString("en")}\u00d7`];
    parts.push(brief.answers ? counted(brief.answers, "answer") : "no answer");
    if (brief.derogatory) parts.push(`${brief.derogatory} derogatory`);
    if (brief.retweets) parts.push(counted(brief.retweets, "retweet"));
    if (brief.removed) parts.push(brief.wrongly ? "wrongly removed" : "removed");
    return parts.join(", ");
  }

  hours(steps) {
    return steps * this.replay.about.stepHours;
  }

  title(entry) {
    const kinds = this.kinds(entry);
    const kind = kinds.length === 1 ? `${kinds[0]} post` : "post";
    return `${kind[0].toUpperCase()}${kind.slice(1)} ${this.words.key(entry)}`;
  }

  kinds(entry) {
    return [...new Set(this.replay.arms.map((arm) => arm.brief(entry)).filter(Boolean).map((brief) => this.words.kind(brief.kind)))];
  }

  /* What it is in one arm: `a struggle post with the tag general support`. */
  what({kind, tag}) {
    const word = this.words.kind(kind), name = this.words.tag(tag);
    return `${ARTICLE(word)} ${word} post${name ? ` with the tag ${name}` : ""}`;
  }

  intro(entry) {
    const {posts, people} = this.replay, {words} = this, author = posts.author[entry];
    const role = words.role(author), briefs = this.replay.arms.map((arm) => arm.brief(entry));
    const kinds = [...new Set(briefs.filter(Boolean).map((brief) => this.what(brief)))];
    const what = kinds.length === 1 ? kinds[0]
      : briefs.map((brief, arm) => (brief ? `in \u201c${this.replay.about.arms[arm]}\u201d ${this.what(brief)}` : null)).filter(Boolean).join("; ");
    const who = `Person ${people.id[author]}, ${ARTICLE(role)} ${role} with ${counted(people.followers[author], "follower")},`;
    const day = words.day(posts.step[entry]);
    return kinds.length === 1 ? `${who} writes ${what} on ${day}.` : `${who} writes on ${day}: ${what}.`;
  }

  /* What became of a post in one arm, in sentences. */
  sentences(story) {
    const root = story.posts[0], about = this.replay.about, lines = [];
    const people = new Set(story.views.filter((view) => view.post === 0).map((view) => view.agent)).size;
    if (!people) lines.push("Nobody saw it.");
    else {
      const ways = Object.keys(WAYS).map((name) => [name, story.views.filter((view) => view.post === 0 && about.ways[view.via] === name).length])
        .filter(([, number]) => number).map(([name, number]) => `${number.toLocaleString("en")}\u00d7 ${WAYS[name].words}`);
      lines.push(`${counted(people, "person", "people")} saw it: ${ways.join("; ")}.`);
    }
    const retweets = story.posts.filter((post) => post.kind === RETWEET).length;
    if (retweets) lines.push(`${counted(retweets, "person", "people")} passed it on.`);
    lines.push(...this.answers(story));
    if (root.likes || root.reports) lines.push(`${counted(root.likes, "like")}, ${counted(root.reports, "report")}.`);
    lines.push(...this.fate(story, root));
    if (root.protected) lines.push("Its author is protected: it stands in no stream of a tag and cannot be passed on.");
    return lines;
  }

  answers(story) {
    const replies = story.posts.filter((post) => post.kind >= SUPPORTIVE && post.kind <= DEROGATORY);
    if (!replies.length) return ["Nobody answered."];
    const tones = [[SUPPORTIVE, "supportive"], [NEUTRAL, "neutral"], [DEROGATORY, "derogatory"]]
      .map(([kind, word]) => [replies.filter((post) => post.kind === kind).length, word]).filter(([number]) => number);
    const lines = [`${counted(replies.length, "answer")}: ${tones.map(([number, word]) => `${number} ${word}`).join(", ")}.`];
    const support = replies.find((post) => post.kind === SUPPORTIVE);
    if (support) {
      lines.push(`The first supportive one came after ${hoursText(this.hours(support.since))}, from ${this.words.personAndRole(support.author)}.`);
    }
    const readers = story.views.filter((view) => view.post !== 0).length;
    if (readers) lines.push(`Answers were read ${readers.toLocaleString("en")}\u00d7.`);
    return lines;
  }

  fate(story, post) {
    const violation = this.replay.about.violations[post.violation];
    const breach = violation === "none" ? "It breaks no rule" : `It ${BREACH[violation] ?? violation}, which is against the rules`;
    const state = this.replay.about.states[post.state];
    const decision = story.desk.find((event) => event.post === post.place && event.decision === 1);
    if (post.removed_step) {
      const hours = hoursText(decision ? decision.seconds / 3600 : this.hours(post.removed_step - 1));
      return [`${breach}. The desk removed it after ${hours}, ${violation === "none" ? "wrongly" : "rightly"}.`];
    }
    if (state === "held") return [`${breach}. It was held for the desk, which had not decided by the end.`];
    if (state === "labelled") return [`${breach}. The desk labelled it.`];
    return [violation === "none" ? `${breach} and stayed up.` : `${breach}; it stayed up all the same.`];
  }

  chains(story) {
    return make("details", {open: true}, make("summary", {}, "Through whom"),
      make("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": `Through whom it went in ${story.arm.name}`}, this.chain(story)));
  }

  /* Who got it through whom: the author, and below each one those who passed it on from them. */
  chain(story) {
    const reached = new Map();
    for (const view of story.views) {
      if (view.post === 0 && this.replay.about.ways[view.via] !== "stream") {
        const from = view.through ? view.through - 1 : 0;
        reached.set(from, (reached.get(from) ?? 0) + 1);
      }
    }
    const branch = (post) => {
      const seen = reached.get(post.place) ?? 0;
      const head = post.place === 0
        ? `${this.words.personAndRole(post.author)} wrote it`
        : `${this.words.personAndRole(post.author)} passed it on after ${hoursText(this.hours(post.since))}`;
      const children = story.posts.filter((next) => next.kind === RETWEET && next.parent === post.place && next.place !== 0);
      return make("li", {}, `${head}; seen ${seen.toLocaleString("en")}\u00d7 through them`,
        children.length ? make("ul", {}, children.map(branch)) : null);
    };
    return make("ul", {class: "chain"}, branch(story.posts[0]));
  }

  /* Everything that happened, in the order of time: [hours, words]. */
  events(story) {
    const {words} = this, found = [[0, 0, "It is written."]];
    const groups = new Map();
    for (const view of story.views) {
      const key = [view.since, view.post, view.via, view.through].join("/");
      if (!groups.has(key)) groups.set(key, {view, agents: []});
      groups.get(key).agents.push(view.agent);
    }
    for (const {view, agents} of groups.values()) found.push([this.hours(view.since), 1, this.seen(story, view, agents)]);
    for (const post of story.posts.slice(1)) found.push([this.hours(post.since), 2, this.reacted(story, post)]);
    for (const sign of story.signs) {
      const what = sign.post ? `the answer of ${words.person(story.posts[sign.post].author)}` : "it";
      found.push([this.hours(sign.since), 3, `${words.personAndRole(sign.agent)} ${sign.kind ? "reports" : "likes"} ${what}`]);
    }
    for (const event of story.desk) found.push([event.seconds / 3600, 4, this.moderated(story, event)]);
    return found.map((row, place) => [...row, place]).sort((one, two) => one[0] - two[0] || one[1] - two[1] || one[3] - two[3])
      .map(([hours, , text]) => [hours, text]);
  }

  seen(story, view, agents) {
    const names = agents.slice(0, MOST_NAMES).map((agent) => this.words.person(agent).replace("person ", "")).join(", ");
    const more = agents.length > MOST_NAMES ? ` and ${agents.length - MOST_NAMES} more` : "";
    const who = `${agents.length === 1 ? "person" : `${agents.length} people:`} ${names}${more}`;
    const way = this.replay.about.ways[view.via];
    if (way === "thread") return `Read under the post, the answer of ${this.words.person(story.posts[view.post].author)}: ${who}`;
    if (way === "notification") return `Read as a notification, what ${this.words.person(story.posts[view.post].author)} answered: ${who}`;
    const what = view.post ? `the answer of ${this.words.person(story.posts[view.post].author)}` : "it";
    const through = view.through ? `, passed on by ${this.words.person(story.posts[view.through - 1].author)}` : "";
    const place = {feed: "in the feed", retweet: "in the feed", stream: "in the stream of the tag", routed: "brought by the routing"}[way];
    return `${who} ${agents.length === 1 ? "sees" : "see"} ${what} ${place}${through}`;
  }

  reacted(story, post) {
    const who = this.words.personAndRole(post.author);
    if (post.kind === RETWEET) return `${who} passes it on, having it from ${this.words.person(story.posts[post.parent].author)}`;
    const tone = {[SUPPORTIVE]: "supportively", [NEUTRAL]: "neutrally", [DEROGATORY]: "derogatorily"}[post.kind];
    return `${who} answers ${tone}`;
  }

  moderated(story, event) {
    const about = this.replay.about, name = about.deskEvents[event.event], decision = about.decisions[event.decision];
    const what = event.post ? `The answer of ${this.words.person(story.posts[event.post].author)}` : "It";
    if (name !== "decision") return `${what} is ${DESK_WORDS[name].replace("comes before", "laid before")}`;
    return `${what} is ${DECIDED[decision]} by the desk, ${event.correct === 2 ? "rightly" : "wrongly"}`;
  }

  eventTable(story) {
    const rows = this.events(story), table = make("tbody", {});
    for (const [hours, text] of rows.slice(0, MOST_LINES)) {
      table.append(make("tr", {"data-hours": hours}, make("th", {scope: "row"}, hoursText(hours)), make("td", {}, text)));
    }
    const more = rows.length > MOST_LINES ? make("p", {class: "muted"}, `\u2026 and ${rows.length - MOST_LINES} more.`) : null;
    return make("details", {class: "events"}, make("summary", {}, `Hour by hour: ${counted(rows.length, "event")}`),
      make("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": `What happened in ${story.arm.name}, hour by hour`},
        make("table", {}, make("thead", {}, make("tr", {}, make("th", {scope: "col"}, "after"), make("th", {scope: "col"}, "what"))), table)), more);
  }

  /* Everything about a post in one arm. */
  inArm(story, arm) {
    const name = this.replay.about.arms[arm];
    const head = make("h3", {}, make("span", {class: `key arm-${arm}`}), name);
    if (!story) return make("section", {class: "in-arm", "data-arm": arm}, head, make("p", {}, "This post was not written in this arm."));
    const hasChain = story.posts.some((post) => post.kind === RETWEET);
    return make("section", {class: "in-arm", "data-arm": arm}, head,
      make("p", {class: "sentences"}, this.sentences(story).join(" ")),
      hasChain ? this.chains(story) : null,
      this.eventTable(story));
  }

  /* A post in all arms; where the same things happen in both, they are told once. */
  inArms(stories) {
    const [one, other] = stories;
    if (!one || !other || !this.areSame(one, other)) return stories.map((story, arm) => this.inArm(story, arm));
    const same = make("p", {class: "same"}, `Everything happens as in \u201c${this.replay.about.arms[0]}\u201d.`);
    const second = make("section", {class: "in-arm", "data-arm": 1},
      make("h3", {}, make("span", {class: "key arm-1"}), this.replay.about.arms[1]), same);
    return [this.inArm(one, 0), second];
  }

  areSame(one, other) {
    return ["posts", "views", "signs", "desk"].every((part) => JSON.stringify(one[part]) === JSON.stringify(other[part]));
  }

  /* The last step of a story, in any arm. */
  length(stories) {
    const ends = stories.filter(Boolean).flatMap((story) => [
      ...story.views.map((view) => view.since), ...story.posts.map((post) => post.since),
      ...story.desk.map((event) => Math.ceil(event.seconds / 3600 / this.replay.about.stepHours))]);
    return Math.max(1, ...ends);
  }
}
