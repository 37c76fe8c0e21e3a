/* The player: the day that is shown, what is chosen, and who has to know. */

const byId = (id) => document.getElementById(id);
const TODAY = "day", MOST_TODAY = 40;
const doing = (number, one, many) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

class Player {
  constructor(replay) {
    this.replay = replay;
    this.words = new Words(replay);
    this.teller = new Teller(replay, this.words, (entry) => this.open(entry));
    this.day = 0;
    this.timer = null;
    this.storyTimer = null;
    this.entry = null;
    this.stories = null;
    this.until = 0;
    this.person = null;
    this.maps = replay.arms.map((arm, number) => new PeopleMap(byId(`map-${number}`), replay, arm));
    this.curves = new Curves(byId("curves"), replay, this.words, (day) => this.set(day));
    this.colours = currentColours();
    this.buildTable();
    this.buildLists();
    this.buildLegend();
    this.listen();
    this.set(0);
  }

  /* --- time ------------------------------------------------------------------------------------------------------ */

  set(day, {told = true} = {}) {
    this.day = Math.max(0, Math.min(this.replay.about.days, day));
    if (this.stories) this.until = this.stepsByDay(this.day);
    this.show(told);
  }

  /* How many steps of the open story have passed by the end of a day. */
  stepsByDay(day) {
    const {begin, perDay} = this.replay.about, since = begin + day * perDay - this.replay.posts.step[this.entry] - 1;
    return Math.max(-1, Math.min(Number(byId("hours").max), since));
  }

  play() {
    if (this.timer !== null) {
      this.pause();
      return;
    }
    if (this.day >= this.replay.about.days) this.set(0, {told: false});
    byId("play").setAttribute("aria-pressed", "true");
    fill(byId("play-word"), "Pause");
    byId("play").classList.add("playing");
    const tick = () => {
      this.set(this.day + 1, {told: (this.day + 1) % 7 === 0});
      if (this.day >= this.replay.about.days) this.pause();
      else this.timer = setTimeout(tick, 1000 / Number(byId("speed").value));
    };
    this.timer = setTimeout(tick, 1000 / Number(byId("speed").value));
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = null;
    byId("play").setAttribute("aria-pressed", "false");
    byId("play").classList.remove("playing");
    fill(byId("play-word"), "Play");
    this.announce();
  }

  /* --- what is shown ---------------------------------------------------------------------------------------------- */

  show(told) {
    const {days} = this.replay.about;
    byId("day").value = this.day;
    byId("day").setAttribute("aria-valuetext", `day ${this.day} of ${days}`);
    fill(byId("day-now"), `Day ${this.day}`, make("span", {class: "of"}, ` of ${days}`));
    byId("back").disabled = byId("first").disabled = this.day === 0;
    byId("step").disabled = this.day === days;
    this.showTable();
    this.curves.show(this.day);
    this.showHours();
    this.draw();
    this.showPerson();
    if (byId("list").value === TODAY) this.showList();
    if (told) this.announce();
  }

  draw() {
    const {day, colours, until, person} = this;
    this.maps.forEach((map, number) => {
      const other = this.replay.arms.length > 1 ? this.replay.arms[1 - number] : null;
      map.draw({day, other, colours, until, person, story: this.stories, differ: byId("differ")?.checked ?? false,
        ties: byId("ties").checked, answers: byId("answers").checked});
      const text = this.stories ? this.storyInWords(number) : this.dayInWords(number);
      map.canvas.setAttribute("aria-label", `Map of the people in \u201c${this.replay.about.arms[number]}\u201d. ${text}`);
      fill(byId(`told-${number}`), text);
    });
  }

  number(states, mark) {
    let number = 0;
    for (const state of states) if (state & mark) number += 1;
    return number;
  }

  dayInWords(number) {
    const {shown, agents} = this.replay.about, arm = this.replay.arms[number], states = arm.states(this.day);
    const of = shown < agents ? `Of ${shown.toLocaleString("en")} people shown` : `Of ${agents.toLocaleString("en")} people`;
    const struggling = this.number(states, Mark.STRUGGLING), tag = this.number(states, Mark.TAG);
    let reached = 0;
    for (const state of states) if (state & Mark.STRUGGLING && state & Mark.REACHED) reached += 1;
    const parts = [`${of} ${doing(struggling, "struggles", "struggle")}, ${reached} of these reached by support in the last 7 days`,
      doing(tag, "uses a tag", "use a tag")];
    if (this.day > 0) parts.push(`${this.number(states, Mark.ONLINE)} read something on this day, ${this.number(states, Mark.WROTE)} wrote of struggling`);
    if (this.replay.arms.length > 1) {
      const others = this.replay.arms[1 - number].states(this.day);
      const differ = faringDifferently(states, others);
      parts.push(differ ? doing(differ, "fares differently in the other arm", "fare differently in the other arm") : "all fare as in the other arm");
    }
    return `${parts.join("; ")}.`;
  }

  storyInWords(number) {
    const story = this.stories[number];
    if (!story) return "This post was not written in this arm.";
    if (this.until < 0) return "Not yet written.";
    const seen = new Set(story.views.filter((view) => view.post === 0 && view.since <= this.until).map((view) => view.agent)).size;
    const posts = story.posts.filter((post) => post.place && post.since <= this.until);
    const retweets = posts.filter((post) => post.kind === RETWEET).length;
    return `After ${hoursText(this.teller.hours(this.until))}: seen by ${seen.toLocaleString("en")}, passed on ${retweets}\u00d7, ` +
      `${counted(posts.length - retweets, "answer")}.`;
  }

  announce() {
    const {about} = this.replay;
    const arms = about.arms.map((name, number) => `${name}: ${this.stories ? this.storyInWords(number) : this.dayInWords(number)}`);
    fill(byId("status"), `Day ${this.day} of ${about.days}. ${arms.join(" ")}`);
  }

  /* --- the table of numbers ---------------------------------------------------------------------------------------- */

  buildTable() {
    const {about} = this.replay, two = about.arms.length > 1;
    const heads = about.arms.map((name, arm) => make("th", {scope: "col"}, make("span", {class: `key arm-${arm}`}), name));
    if (two) heads.push(make("th", {scope: "col"}, "difference"));
    fill(byId("counts-head"), make("tr", {}, make("td", {}), heads));
    this.cells = about.counts.map((count) => {
      const cells = Array.from({length: heads.length}, () => make("td", {class: "number"}));
      const unit = count.unit && count.unit !== "%" ? `, ${count.unit}` : "";
      byId("counts-body").append(make("tr", {"data-count": count.name, title: count.note},
        make("th", {scope: "row"}, `${count.title}${unit}`), cells));
      return cells;
    });
    fill(byId("meanings"), about.counts.flatMap((count) => [make("dt", {}, count.title), make("dd", {}, count.note)]));
  }

  showTable() {
    fill(byId("counts-title"), `At the end of day ${this.day}`);
    this.replay.about.counts.forEach((count, place) => {
      const values = this.replay.arms.map((arm) => arm.counts(place)[this.day]);
      values.forEach((value, arm) => fill(this.cells[place][arm], countText(count, value)));
      if (values.length < 2) return;
      const difference = values[1] - values[0], cell = this.cells[place][2];
      const text = differenceText(count, difference);
      fill(cell, text);
      cell.classList.toggle("differs", /[1-9]/.test(text));
    });
  }

  /* --- lists and stories -------------------------------------------------------------------------------------------- */

  buildLists() {
    const {lists} = this.replay.about;
    fill(byId("list"), make("option", {value: TODAY}, "Posts of the day that is shown"),
      lists.map(({name, title, number}) => make("option", {value: name}, `${title} (${number.toLocaleString("en")})`)));
    if (lists.length) byId("list").value = lists[0].name;
    byId("list").addEventListener("change", () => this.showList());
    this.showList();
  }

  showList() {
    const name = byId("list").value, list = this.replay.about.lists.find((each) => each.name === name);
    const entries = name === TODAY ? this.todays() : Array.from(this.replay.lists[name]);
    const first = list && list.number > entries.length ? `; the first ${entries.length}` : "";
    const note = list ? `${list.note[0].toUpperCase()}${list.note.slice(1)}${first}.`
      : entries.length ? `Day ${this.day}: struggles first, then the most seen.` : `No post of day ${this.day} that can be told.`;
    fill(byId("list-note"), note);
    fill(byId("posts"), entries.map((entry) => this.teller.item(entry)));
  }

  /* Entries of the catalogue that were written on the day: struggles first, then the most seen. */
  todays() {
    const {posts, arms} = this.replay, found = [];
    posts.step.forEach((step, entry) => {
      if (this.replay.dayIn(step) !== this.day) return;
      found.push([entry, this.replay.isStruggle(entry), Math.max(...arms.map((arm) => arm.brief(entry)?.views ?? 0))]);
    });
    found.sort((one, two) => two[1] - one[1] || two[2] - one[2] || one[0] - two[0]);
    return found.slice(0, MOST_TODAY).map(([entry]) => entry);
  }

  open(entry) {
    this.pause();
    this.stopStory();
    this.entry = entry;
    this.person = null;
    this.stories = this.replay.arms.map((arm) => arm.story(entry));
    const length = this.teller.length(this.stories);
    byId("hours").max = length;
    this.until = length;
    this.day = Math.min(this.replay.about.days, Math.max(0, this.replay.dayIn(this.replay.posts.step[entry])));
    fill(byId("story-title"), this.teller.title(entry));
    fill(byId("story-intro"), this.teller.intro(entry));
    fill(byId("story-arms"), this.teller.inArms(this.stories));
    this.toggleStory(true);
    this.show(true);
    byId("story-title").focus({preventScroll: true});
    const isNarrow = window.matchMedia("(max-width: 62rem)").matches;
    byId("story-bar").scrollIntoView({block: isNarrow ? "start" : "nearest"});
  }

  close() {
    const entry = this.entry;
    this.stopStory();
    this.stories = this.entry = null;
    this.toggleStory(false);
    this.show(true);
    (document.querySelector(`#posts [data-entry="${entry}"]`) ?? byId("list")).focus();
  }

  toggleStory(open) {
    for (const id of ["story", "story-bar", "legend-story"]) byId(id).hidden = !open;
    for (const id of ["choose", "legend-day"]) byId(id).hidden = open;
    document.body.classList.toggle("telling", open);
  }

  showHours() {
    if (!this.stories) return;
    byId("hours").value = Math.max(0, this.until);
    const text = this.until < 0 ? "not yet written" : `after ${hoursText(this.teller.hours(this.until))}`;
    byId("hours").setAttribute("aria-valuetext", text);
    fill(byId("hours-now"), text);
    const hours = this.teller.hours(this.until);
    for (const row of document.querySelectorAll("#story-arms tr[data-hours]")) {
      row.classList.toggle("later", Number(row.dataset.hours) > hours + this.replay.about.stepHours);
    }
  }

  setHours(until) {
    this.until = until;
    const {posts, about} = this.replay;
    this.day = Math.max(0, Math.min(about.days, this.replay.dayIn(posts.step[this.entry] + until)));
    this.show(false);
  }

  playStory() {
    if (this.storyTimer !== null) {
      this.stopStory();
      return;
    }
    const times = [...new Set(this.stories.filter(Boolean).flatMap((story) =>
      [...story.views, ...story.posts].map((each) => each.since)))].sort((one, two) => one - two);
    const last = Number(byId("hours").max);
    let place = this.until >= last ? 0 : times.findIndex((time) => time > this.until);
    fill(byId("play-story"), "Pause the story");
    const tick = () => {
      this.setHours(times[place] ?? last);
      place += 1;
      if (place > times.length) {
        this.stopStory();
        this.announce();
      } else this.storyTimer = setTimeout(tick, 160);
    };
    this.storyTimer = setTimeout(tick, 0);
  }

  stopStory() {
    clearTimeout(this.storyTimer);
    this.storyTimer = null;
    fill(byId("play-story"), "Play the story");
  }

  /* --- somebody ----------------------------------------------------------------------------------------------------- */

  choosePerson(person) {
    this.person = person;
    byId("person-number").value = person === null ? "" : this.replay.people.id[person];
    this.show(false);
  }

  showPerson() {
    const box = byId("person-card"), {people, posts, about} = this.replay, {person, words} = this;
    if (person === null) {
      fill(box);
      return;
    }
    const states = this.replay.arms.map((arm, number) => make("li", {}, make("span", {class: `key arm-${number}`}),
      `${about.arms[number]}: ${person < about.shown ? this.stateInWords(arm.states(this.day)[person]) : "not in the sample"}`));
    const own = Array.from(posts.author.keys()).filter((entry) => posts.author[entry] === person && this.replay.dayIn(posts.step[entry]) <= Math.max(1, this.day));
    own.sort((one, two) => this.replay.isStruggle(two) - this.replay.isStruggle(one) || posts.step[two] - posts.step[one]);
    fill(box,
      make("p", {}, `Person ${people.id[person]}: ${words.role(person)}, ${about.specialties[people.specialty[person]]}, ` +
        `community ${people.community[person]}; followed by ${people.followers[person]}, follows ${people.followed[person]}` +
        `${people.protected[person] ? "; protected account" : ""}. Solid arrows lead to followers, dashed ones come from those who are followed.`),
      make("p", {class: "muted"}, `On day ${this.day}`), make("ul", {class: "plain"}, states),
      own.length ? make("p", {class: "muted"}, "Posts until then, struggles and the latest first") : make("p", {class: "muted"}, "No post until then that can be told."),
      make("ul", {class: "posts"}, own.slice(0, 6).map((entry) => this.teller.item(entry))));
  }

  stateInWords(state) {
    const words = [];
    words.push(state & Mark.STRUGGLING ? "struggles" : "does not struggle");
    if (state & Mark.WROTE) words.push("wrote of it on this day");
    else if (state & Mark.DISCLOSED) words.push("has disclosed");
    if (state & Mark.REACHED) words.push("reached by support in the last 7 days");
    if (state & Mark.TAG) words.push("uses a tag");
    if (state & Mark.TREATED) words.push("in treatment");
    if (this.day > 0) words.push(state & Mark.ONLINE ? "read something on this day" : "read nothing on this day");
    return words.join(", ");
  }

  /* --- the legend ----------------------------------------------------------------------------------------------------- */

  buildLegend() {
    const entry = (draw, words) => {
      const canvas = make("canvas", {class: "swatch", "aria-hidden": "true"});
      this.swatches = [...(this.swatches ?? []), {canvas, draw}];
      return make("li", {}, canvas, words);
    };
    const person = (role, state) => (map) => {
      const [x, y, size] = [15, 11, 5.4];
      outline(map.pen, role, x, y, size);
      map.pen.fillStyle = map.colours[state & Mark.STRUGGLING ? "--struggle" : "--calm"];
      map.pen.fill();
      map.pen.lineWidth = 0.8;
      map.pen.strokeStyle = map.colours[state & Mark.STRUGGLING ? "--ink" : "--calm-edge"];
      map.pen.stroke();
      if (state & Mark.TAG) map.stroke(role, x, y, size + 1.6, "--tag", 2.2);
      if (state & Mark.REACHED) map.ring(x, y, size + 4, "--reached", 1.6);
      if (state & Mark.DISCLOSED) map.dot(x, y, 2.3);
      if (state & Mark.WROTE) map.ring(x, y, size + 4.6, "--struggle", 2, [3, 2]);
    };
    const arrow = (colour, dash, width = 2) => (map) => {
      [map.place, map.size] = [[[2, 11], [29, 11]], [0, 0]];
      map.arrow(0, 1, {colour: map.colours[colour], dash, width, head: 7, bend: 0});
    };
    const {roles} = this.replay.about, there = new Set(this.replay.people.role);
    const day = roles.map((name, role) => (there.has(role) ? entry(person(role, 0), name) : null));
    day.push(entry(person(1, Mark.STRUGGLING), "struggles"),
      entry(person(1, Mark.STRUGGLING | Mark.WROTE), "wrote of it on this day"),
      entry(person(1, Mark.STRUGGLING | Mark.DISCLOSED), "has disclosed since day 0"),
      entry(person(1, Mark.REACHED), "reached by support in the last 7 days"),
      entry(person(1, Mark.TAG), "uses a support tag"),
      entry((map) => { map.pen.globalAlpha = 0.42; person(1, 0)(map); map.pen.globalAlpha = 1; }, "pale: read nothing on this day"));
    if (this.replay.arms.length > 1) {
      day.push(entry((map) => { person(1, 0)(map); map.brackets(15, 11, 9); }, "fares differently in the other arm"));
    }
    for (const tone of Object.values(TONES)) day.push(entry(arrow(tone.colour, tone.dash), tone.words));
    fill(byId("legend-day"), day);
    const mark = (shape, colour) => (map) => { outline(map.pen, shape, 15, 11, 5); map.pen.fillStyle = map.colours[colour]; map.pen.fill(); };
    const story = [entry((map) => { star(map.pen, 15, 11, 9); map.pen.fillStyle = map.colours["--ink"]; map.pen.fill(); }, "author")];
    for (const way of Object.values(WAYS)) story.push(entry(mark(way.shape, way.colour), `saw it ${way.words}`));
    story.push(entry(arrow("--passed", [], 2.4), "passed it on"));
    for (const tone of Object.values(TONES)) story.push(entry(arrow(tone.colour, tone.dash), tone.words));
    story.push(entry((map) => map.crossed(15, 11), "removed by the desk"));
    fill(byId("legend-story"), story);
  }

  drawLegend() {
    const ratio = window.devicePixelRatio || 1;
    for (const {canvas, draw} of this.swatches) {
      [canvas.width, canvas.height] = [32 * ratio, 22 * ratio];
      const map = Object.create(PeopleMap.prototype);
      map.pen = canvas.getContext("2d");
      map.pen.scale(ratio, ratio);
      map.colours = this.colours;
      draw(map);
    }
  }

  /* --- events ---------------------------------------------------------------------------------------------------------- */

  listen() {
    const on = (id, event, act) => byId(id)?.addEventListener(event, act);
    on("play", "click", () => this.play());
    on("first", "click", () => this.set(0));
    on("back", "click", () => this.set(this.day - 1));
    on("step", "click", () => this.set(this.day + 1));
    on("day", "input", (event) => this.set(Number(event.target.value), {told: false}));
    on("day", "change", () => this.announce());
    for (const id of ["ties", "answers", "differ"]) on(id, "change", () => this.draw());
    on("close", "click", () => this.close());
    on("hours", "input", (event) => { this.stopStory(); this.setHours(Number(event.target.value)); });
    on("hours", "change", () => this.announce());
    on("play-story", "click", () => this.playStory());
    on("person-show", "click", () => this.find());
    on("person-number", "change", () => this.find());
    this.maps.forEach((map) => map.canvas.addEventListener("click", (event) => {
      const box = map.canvas.getBoundingClientRect();
      this.choosePerson(map.nearest(event.clientX - box.left, event.clientY - box.top));
    }));
    document.addEventListener("keydown", (event) => this.key(event));
    const restyle = () => {
      this.colours = currentColours();
      this.drawLegend();
      this.draw();
    };
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);
    let width = byId("map-0").clientWidth;
    new ResizeObserver(() => {
      if (byId("map-0").clientWidth === width) return;
      width = byId("map-0").clientWidth;
      this.maps.forEach((map) => map.fit());
      this.draw();
    }).observe(byId("map-0"));
    this.drawLegend();
  }

  find() {
    const text = byId("person-number").value, number = Number(text);
    const person = text === "" ? -1 : this.replay.people.id.indexOf(number);
    if (text !== "" && person < 0) {
      this.person = null;
      this.show(false);
      fill(byId("person-card"), make("p", {role: "alert"}, `Person ${number} is not on the map.`));
      return;
    }
    this.choosePerson(text === "" ? null : person);
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const target = event.target, name = target.tagName;
    if (["INPUT", "SELECT", "TEXTAREA"].includes(name)) return;
    const moves = {ArrowRight: 1, ArrowLeft: -1, Home: -this.day, End: this.replay.about.days - this.day};
    if (event.key in moves && !target.closest?.(".scroll")) {
      event.preventDefault();
      this.set(this.day + moves[event.key]);
    } else if (event.key === " " && !["BUTTON", "SUMMARY", "A"].includes(name)) {
      event.preventDefault();
      this.play();
    } else if (event.key === "Escape" && this.stories) this.close();
  }
}

async function start() {
  try {
    const replay = new Replay(await openedData(byId("data").textContent));
    byId("player").hidden = false;
    byId("opening").remove();
    new Player(replay);
    document.body.dataset.ready = "yes";
  } catch (error) {
    fill(byId("opening"), `This replay cannot be opened: ${error.message}. It asks for a browser of 2023 or later.`);
    throw error;
  }
}

start();
