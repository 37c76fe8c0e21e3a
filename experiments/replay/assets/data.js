"use strict";
/* What the page holds: opened, and put into words that the other pieces can use. `experiments/replay/packing.py` says
   how it is packed, `threads.py` and `people.py` what the columns mean. */

const Mark = {STRUGGLING: 1, DISCLOSED: 2, TAG: 4, REACHED: 8, ONLINE: 16, TREATED: 32, WROTE: 64};
const ARRAYS = {u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i1: Int8Array, i2: Int16Array, i4: Int32Array, f8: Float64Array};
const FARING = Mark.STRUGGLING | Mark.DISCLOSED | Mark.REACHED | Mark.TREATED;
const STRUGGLE = 2, SUPPORTIVE = 4, NEUTRAL = 5, DEROGATORY = 6, RETWEET = 7;

async function openedData(text) {
  const bytes = Uint8Array.from(atob(text.trim()), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const buffer = await new Response(stream).arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  const {about, arrays} = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const columns = {};
  for (const [name, place] of Object.entries(arrays)) columns[name] = column(buffer, 4 + length, ...place);
  return {about, columns};
}

/* One array: its bytes lie apart, the lowest of all numbers first; those that grow hold differences. */
function column(buffer, begin, kind, offset, number, grows) {
  const found = new ARRAYS[kind](number), size = ARRAYS[kind].BYTES_PER_ELEMENT;
  const from = new Uint8Array(buffer, begin + offset, number * size), into = new Uint8Array(found.buffer);
  for (let piece = 0; piece < size; piece += 1) {
    for (let row = 0; row < number; row += 1) into[row * size + piece] = from[piece * number + row];
  }
  if (!grows) return found;
  const whole = new Int32Array(number);
  for (let row = 0, sum = 0; row < number; row += 1) whole[row] = sum += found[row];
  return whole;
}

/* How many people fare differently: struggle, have disclosed, are reached or treated in one arm and not in the other. */
function faringDifferently(states, others) {
  let number = 0;
  states.forEach((state, person) => { if ((state ^ others[person]) & FARING) number += 1; });
  return number;
}

function offsetsOf(sizes) {
  const offsets = new Uint32Array(sizes.length + 1);
  for (let place = 0; place < sizes.length; place += 1) offsets[place + 1] = offsets[place] + sizes[place];
  return offsets;
}

/* One arm: states of people by day, counts by day, and the threads that can be told. */
class Arm {
  constructor(replay, number, columns) {
    this.replay = replay;
    this.number = number;
    this.name = replay.about.arms[number];
    this.columns = {};
    for (const [name, values] of Object.entries(columns)) {
      if (name.startsWith(`${number}.`)) this.columns[name.slice(String(number).length + 1)] = values;
    }
    this.offsets = {};
    for (const kind of ["threads", "views", "signs", "desk"]) this.offsets[kind] = offsetsOf(this.columns[`${kind}.size`]);
    this.threadOf = new Map(Array.from(this.columns["threads.entry"], (entry, thread) => [entry, thread]));
    this.todays = this.byDay();
  }

  states(day) {
    const {shown} = this.replay.about;
    return this.columns.states.subarray(day * shown, (day + 1) * shown);
  }

  counts(place) {
    const days = this.replay.about.days + 1;
    return this.columns.counts.subarray(place * days, (place + 1) * days);
  }

  stepOf(thread) {
    return this.replay.posts.step[this.columns["threads.entry"][thread]];
  }

  /* For each day the places of answers and struggle posts that were written on it: [[thread, place in columns], ...]. */
  byDay() {
    const days = Array.from({length: this.replay.about.days + 2}, () => []);
    const {"thread.kind": kind, "thread.since": since} = this.columns;
    for (let thread = 0; thread < this.threadOf.size; thread += 1) {
      const begin = this.stepOf(thread);
      for (let row = this.offsets.threads[thread]; row < this.offsets.threads[thread + 1]; row += 1) {
        if (kind[row] < STRUGGLE || kind[row] === 3) continue;
        const day = this.replay.dayIn(begin + since[row]);
        if (day < days.length) days[day].push([thread, row]);
      }
    }
    return days;
  }

  /* The thread of an entry of the catalogue as objects, or null where this arm has no such post. */
  story(entry) {
    const thread = this.threadOf.get(entry);
    if (thread === undefined) return null;
    const read = (kind, prefix, names) => {
      const rows = [];
      for (let row = this.offsets[kind][thread]; row < this.offsets[kind][thread + 1]; row += 1) {
        rows.push(Object.fromEntries(names.map((name) => [name, this.columns[`${prefix}.${name}`][row]])));
      }
      return rows;
    };
    const posts = read("threads", "thread", ["author", "since", "slot", "kind", "tag", "violation", "state", "parent",
      "visible_step", "removed_step", "views", "viewers", "likes", "reports", "protected"]);
    posts.forEach((post, place) => { post.place = place; });
    const views = read("views", "views", ["since", "agent", "via", "post", "through"]);
    const signs = read("signs", "signs", ["since", "agent", "kind", "post"]);
    for (const row of [...views, ...signs]) row.agent = this.replay.personOf(row.agent);
    return {
      arm: this,
      entry,
      step: this.stepOf(thread),
      posts,
      views,
      signs,
      desk: read("desk", "desk", ["seconds", "post", "event", "decision", "correct"]),
    };
  }

  /* Numbers of a post of the catalogue for lists, without reading its whole thread. */
  brief(entry) {
    const thread = this.threadOf.get(entry);
    if (thread === undefined) return null;
    const found = {supportive: 0, derogatory: 0, answers: 0, retweets: 0};
    const begin = this.offsets.threads[thread];
    found.kind = this.columns["thread.kind"][begin];
    found.tag = this.columns["thread.tag"][begin];
    found.views = this.columns["thread.views"][begin];
    found.removed = this.columns["thread.removed_step"][begin] > 0;
    found.wrongly = found.removed && this.columns["thread.violation"][begin] === 0;
    for (let row = begin + 1; row < this.offsets.threads[thread + 1]; row += 1) {
      const kind = this.columns["thread.kind"][row];
      if (kind === RETWEET) found.retweets += 1;
      else found.answers += 1;
      if (kind === SUPPORTIVE) found.supportive += 1;
      if (kind === DEROGATORY) found.derogatory += 1;
    }
    return found;
  }
}

class Replay {
  constructor({about, columns}) {
    this.about = about;
    this.people = {};
    this.posts = {};
    this.lists = {};
    for (const [name, values] of Object.entries(columns)) {
      const [group, column] = name.split(".");
      if (group === "people") this.people[column] = values;
      if (group === "posts") this.posts[column] = values;
      if (group === "lists") this.lists[column] = values;
    }
    this.placed = new Map(Array.from(this.people.id, (id, person) => [id, person]));
    this.ties = {author: columns["ties.author"], follower: columns["ties.follower"]};
    this.arms = about.arms.map((_, number) => new Arm(this, number, columns));
  }

  /* Somebody by their number: those who have no place on the map come after those who have. */
  personOf(id) {
    return this.placed.get(id) ?? this.people.id.length + id;
  }

  /* The number of somebody. */
  numberOf(person) {
    const {id} = this.people;
    return person < id.length ? id[person] : person - id.length;
  }

  /* Whether a post is one of struggling, in any arm. */
  isStruggle(entry) {
    return this.arms.some((arm) => arm.brief(entry)?.kind === STRUGGLE);
  }

  /* The day in which a step lies: 1 is the first. */
  dayIn(step) {
    return Math.floor((step - this.about.begin) / this.about.perDay) + 1;
  }

  /* Days since day 0 at the beginning of a step. */
  dayOf(step) {
    return (step - this.about.begin) / this.about.perDay;
  }

  /* Ties among the people who are shown on a day, after what was made and cut until then. */
  tiesOn(day, arm) {
    const changed = arm.columns["changes.day"];
    if (!changed.length) return this.ties;
    const key = (author, follower) => author * this.about.shown + follower;
    const there = new Map();
    this.ties.author.forEach((author, row) => there.set(key(author, this.ties.follower[row]), true));
    for (let row = 0; row < changed.length && changed[row] <= day; row += 1) {
      const place = key(arm.columns["changes.author"][row], arm.columns["changes.follower"][row]);
      if (arm.columns["changes.added"][row]) there.set(place, true);
      else there.delete(place);
    }
    const keys = [...there.keys()];
    return {
      author: keys.map((place) => Math.floor(place / this.about.shown)),
      follower: keys.map((place) => place % this.about.shown),
    };
  }
}
