/* The map: everybody at a fixed place, in shapes by role; ties as faint lines that bend to the right of the way a post
   travels; on top either the day or the story of a post. */

const WAYS = {
  feed: {colour: "--way-feed", dash: [], shape: 1, words: "in the feed, from the author"},
  retweet: {colour: "--way-retweet", dash: [], shape: 3, words: "through a retweet"},
  stream: {colour: "--way-stream", dash: [2, 3], shape: 0, words: "in the stream of the tag"},
  routed: {colour: "--way-routed", dash: [5, 3], shape: 2, words: "brought by the routing"},
};
const TONES = {
  [SUPPORTIVE]: {colour: "--good", dash: [], words: "supportive answer"},
  [NEUTRAL]: {colour: "--plain-answer", dash: [1.5, 2.5], words: "neutral answer"},
  [DEROGATORY]: {colour: "--bad", dash: [5, 3], words: "derogatory answer"},
};
const COLOURS = ["--paper", "--ink", "--calm", "--calm-edge", "--struggle", "--tag", "--reached", "--tie", "--dim", "--good",
  "--bad", "--plain-answer", "--way-feed", "--way-retweet", "--way-stream", "--way-routed", "--passed", "--differs"];
const BEND = 0.13, EDGE = 26, FULL_TURN = 2 * Math.PI;

function currentColours() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(name).trim()]));
}

/* The outline of a role: 0 student triangle, 1 resident disc, 2 faculty square, 3 other diamond, 4 public cross. */
function outline(pen, role, x, y, size) {
  pen.beginPath();
  if (role === 0) {
    pen.moveTo(x, y - 1.2 * size);
    pen.lineTo(x + 1.1 * size, y + 0.8 * size);
    pen.lineTo(x - 1.1 * size, y + 0.8 * size);
  } else if (role === 1) {
    pen.arc(x, y, size, 0, FULL_TURN);
  } else if (role === 2) {
    pen.rect(x - 0.9 * size, y - 0.9 * size, 1.8 * size, 1.8 * size);
  } else if (role === 3) {
    pen.moveTo(x, y - 1.3 * size);
    pen.lineTo(x + 1.3 * size, y);
    pen.lineTo(x, y + 1.3 * size);
    pen.lineTo(x - 1.3 * size, y);
  } else {
    const [long, short] = [1.2 * size, 0.45 * size];
    for (const [dx, dy] of [[-short, -long], [short, -long], [short, -short], [long, -short], [long, short], [short, short],
      [short, long], [-short, long], [-short, short], [-long, short], [-long, -short], [-short, -short]]) {
      pen.lineTo(x + dx, y + dy);
    }
  }
  pen.closePath();
}

function star(pen, x, y, size) {
  pen.beginPath();
  for (let point = 0; point < 10; point += 1) {
    const reach = point % 2 ? 0.45 * size : size, angle = (point * Math.PI) / 5 - Math.PI / 2;
    pen.lineTo(x + reach * Math.cos(angle), y + reach * Math.sin(angle));
  }
  pen.closePath();
}

class PeopleMap {
  constructor(canvas, replay, arm) {
    this.canvas = canvas;
    this.replay = replay;
    this.arm = arm;
    this.backdrop = null;
    this.fit();
  }

  /* Take the width that there is; places fill it. */
  fit() {
    const {x, y, followers} = this.replay.people, all = Array.from(x.keys());
    const box = [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)];
    const width = Math.max(200, this.canvas.clientWidth), ratio = window.devicePixelRatio || 1;
    const scale = (width - 2 * EDGE) / Math.max(1, box[2] - box[0]);
    const height = Math.min(1.15 * width, Math.max(0.5 * width, (box[3] - box[1]) * scale + 2 * EDGE));
    const tight = Math.min(scale, (height - 2 * EDGE) / Math.max(1, box[3] - box[1]));
    const [left, top] = [(width - (box[2] - box[0]) * tight) / 2, (height - (box[3] - box[1]) * tight) / 2];
    this.place = all.map((person) => [left + (x[person] - box[0]) * tight, top + (y[person] - box[1]) * tight]);
    const usual = Math.max(1.7, Math.min(5.2, 0.15 * (width / Math.sqrt(this.replay.about.shown + 1))));
    const most = Math.max(1, ...followers);
    this.gap = 1.4 + 0.65 * usual;
    this.size = all.map((person) => usual * (0.75 + 0.95 * Math.sqrt(followers[person] / most)));
    [this.width, this.height, this.ratio] = [width, height, ratio];
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.canvas.style.setProperty("height", `${height}px`);
    this.backdrop = null;
  }

  nearest(x, y) {
    let best = null, closest = 18;
    for (let person = 0; person < this.replay.about.shown; person += 1) {
      const away = Math.hypot(this.place[person][0] - x, this.place[person][1] - y);
      if (away < closest) [best, closest] = [person, away];
    }
    return best;
  }

  draw(look) {
    const pen = this.canvas.getContext("2d");
    pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    pen.clearRect(0, 0, this.width, this.height);
    this.pen = pen;
    this.colours = look.colours;
    if (look.story) {
      this.drawDimmed();
      if (look.story[this.arm.number]) this.drawStory(look.story[this.arm.number], look.until);
    } else {
      if (look.ties) this.drawTies(look.day, look.colours);
      if (look.answers) this.drawAnswers(look.day);
      this.drawPeople(look);
    }
    if (look.person !== null) this.drawChosen(look);
  }

  /* Ties change seldom, so they are drawn once and kept as a picture. */
  drawTies(day, colours) {
    const changing = this.arm.columns["changes.day"].length > 0;
    if (!this.backdrop || this.backdrop.colours !== colours || (changing && this.backdrop.day !== day)) {
      const canvas = document.createElement("canvas");
      canvas.width = this.canvas.width;
      canvas.height = this.canvas.height;
      const pen = canvas.getContext("2d");
      pen.scale(this.ratio, this.ratio);
      const ties = this.replay.tiesOn(day, this.arm);
      pen.strokeStyle = colours["--tie"];
      pen.globalAlpha = Math.max(0.035, Math.min(0.5, 500 / Math.max(1, ties.author.length)));
      pen.lineWidth = 0.6;
      for (let row = 0; row < ties.author.length; row += 1) {
        pen.beginPath();
        this.curve(pen, this.place[ties.author[row]], this.place[ties.follower[row]]);
        pen.stroke();
      }
      this.backdrop = {canvas, day, colours};
    }
    this.pen.drawImage(this.backdrop.canvas, 0, 0, this.width, this.height);
  }

  curve(pen, [x0, y0], [x1, y1], bend = BEND) {
    const [cx, cy] = this.bent([x0, y0], [x1, y1], bend);
    pen.moveTo(x0, y0);
    pen.quadraticCurveTo(cx, cy, x1, y1);
    return [cx, cy];
  }

  bent([x0, y0], [x1, y1], bend) {
    return [(x0 + x1) / 2 - bend * (y1 - y0), (y0 + y1) / 2 + bend * (x1 - x0)];
  }

  /* A bent arrow from one person to another. */
  arrow(from, to, {colour, width = 1.2, head = 5, dash = [], alpha = 0.9, bend = BEND}) {
    if (from === to || from >= this.place.length || to >= this.place.length) return;
    const {pen} = this, start = this.place[from], target = this.place[to];
    const [cx, cy] = this.bent(start, target, bend);
    const angle = Math.atan2(target[1] - cy, target[0] - cx), gap = this.size[to] + 1.5;
    const end = [target[0] - gap * Math.cos(angle), target[1] - gap * Math.sin(angle)];
    pen.save();
    pen.globalAlpha = alpha;
    pen.strokeStyle = pen.fillStyle = colour;
    pen.lineWidth = width;
    pen.setLineDash(dash);
    pen.beginPath();
    pen.moveTo(...start);
    pen.quadraticCurveTo(cx, cy, end[0] - 0.6 * head * Math.cos(angle), end[1] - 0.6 * head * Math.sin(angle));
    pen.stroke();
    pen.setLineDash([]);
    pen.beginPath();
    pen.moveTo(...end);
    for (const side of [2.7, -2.7]) pen.lineTo(end[0] + head * Math.cos(angle + side), end[1] + head * Math.sin(angle + side));
    pen.closePath();
    pen.fill();
    pen.restore();
  }

  drawPeople({day, other, differ, colours}) {
    const {pen} = this, {role} = this.replay.people, states = this.arm.states(day);
    const others = other && differ ? other.states(day) : null;
    if (others) this.loudness = Math.max(0.35, Math.min(1, 40 / (1 + faringDifferently(states, others))));
    for (const struggling of [0, 1]) {
      for (let person = 0; person < this.replay.about.shown; person += 1) {
        const state = states[person];
        if ((state & Mark.STRUGGLING) !== struggling) continue;
        const [x, y] = this.place[person], size = this.size[person];
        pen.globalAlpha = state & Mark.ONLINE || day === 0 ? 1 : 0.42;
        outline(pen, role[person], x, y, size);
        pen.fillStyle = colours[struggling ? "--struggle" : "--calm"];
        pen.fill();
        pen.lineWidth = 0.8;
        pen.strokeStyle = colours[struggling ? "--ink" : "--calm-edge"];
        pen.stroke();
        pen.globalAlpha = 1;
        if (state & Mark.TAG) this.stroke(role[person], x, y, size + 1.6, "--tag", 2.2);
        if (state & Mark.REACHED) this.ring(x, y, size + this.gap, "--reached", 1.6);
        if (state & Mark.DISCLOSED) this.dot(x, y, Math.max(1.2, 0.42 * size));
        if (state & Mark.WROTE) this.ring(x, y, size + this.gap + 3.6, "--struggle", 2, [3, 2]);
        if (others && (state ^ others[person]) & FARING) this.brackets(x, y, size + this.gap + 0.6);
      }
    }
    pen.globalAlpha = 1;
  }

  stroke(role, x, y, size, colour, width) {
    outline(this.pen, role, x, y, size);
    this.pen.lineWidth = width;
    this.pen.strokeStyle = this.colours[colour];
    this.pen.stroke();
  }

  ring(x, y, size, colour, width, dash = []) {
    this.pen.beginPath();
    this.pen.arc(x, y, size, 0, FULL_TURN);
    this.pen.lineWidth = width;
    this.pen.setLineDash(dash);
    this.pen.strokeStyle = this.colours[colour];
    this.pen.stroke();
    this.pen.setLineDash([]);
  }

  dot(x, y, size) {
    this.pen.beginPath();
    this.pen.arc(x, y, size, 0, FULL_TURN);
    this.pen.fillStyle = this.colours["--paper"];
    this.pen.fill();
  }

  brackets(x, y, size) {
    const {pen} = this;
    pen.beginPath();
    for (const side of [-1, 1]) {
      pen.moveTo(x + side * 0.45 * size, y - size);
      pen.lineTo(x + side * size, y - size);
      pen.lineTo(x + side * size, y + size);
      pen.lineTo(x + side * 0.45 * size, y + size);
    }
    pen.lineWidth = 1.5;
    pen.strokeStyle = this.colours["--differs"];
    pen.globalAlpha = this.loudness ?? 1;
    pen.stroke();
    pen.globalAlpha = 1;
  }

  /* Answers of a day: bold to struggles, thin to anything else. */
  drawAnswers(day) {
    const {columns} = this.arm, todays = this.arm.todays[day] ?? [], faint = Math.max(0.16, Math.min(0.6, 12 / (todays.length + 1)));
    for (const [thread, row] of todays) {
      const tone = TONES[columns["thread.kind"][row]];
      if (!tone) continue;
      const begin = this.arm.offsets.threads[thread];
      const bold = columns["thread.kind"][begin] === STRUGGLE;
      const colour = this.colours[tone.colour];
      const style = bold ? {width: 2, head: 8, alpha: 0.95} : {width: 0.7, head: 3.5, alpha: faint};
      this.arrow(columns["thread.author"][row], columns["thread.author"][begin], {colour, dash: tone.dash, ...style});
    }
  }

  drawDimmed() {
    const {pen} = this, {role} = this.replay.people;
    for (let person = 0; person < this.replay.about.shown; person += 1) {
      outline(pen, role[person], ...this.place[person], this.size[person]);
      pen.fillStyle = this.colours["--dim"];
      pen.fill();
    }
  }

  /* Where a post went until a step: who saw it by which way, who passed it on, who answered. */
  drawStory(story, until) {
    const seen = new Set(), {colours} = this, author = story.posts[0].author;
    const viewers = story.views.filter((view) => view.post === 0 && view.since <= until);
    const many = viewers.length > 160, marks = [];
    const bold = story.posts.filter((post) => post.kind === RETWEET).length > 25 ? {width: 1.2, head: 6, alpha: 0.6} : {width: 2.4, head: 10};
    for (const view of viewers) {
      if (seen.has(view.agent)) continue;
      seen.add(view.agent);
      const way = WAYS[this.replay.about.ways[view.via]] ?? WAYS.feed;
      const source = view.through ? story.posts[view.through - 1].author : author;
      this.arrow(source, view.agent, {colour: colours[way.colour], width: many ? 0.5 : 0.8, head: many ? 3 : 5, dash: way.dash,
        alpha: many ? 0.3 : 0.75});
      marks.push([view.agent, way]);
    }
    for (const [agent, way] of marks) this.mark(agent, way.shape, way.colour, 1.25);
    for (const post of story.posts) {
      if (post.since > until || post.place === 0) continue;
      if (post.kind === RETWEET) {
        this.arrow(story.posts[post.parent].author, post.author, {colour: colours["--passed"], ...bold});
        this.mark(post.author, 3, "--way-retweet", 1.9);
      } else {
        const tone = TONES[post.kind];
        this.arrow(post.author, author, {colour: colours[tone.colour], width: 1.9, head: 8, dash: tone.dash, bend: -0.24});
        this.mark(post.author, 2, tone.colour, 1.5);
      }
    }
    if (author < this.place.length) {
      const [x, y] = this.place[author];
      star(this.pen, x, y, 11);
      this.pen.fillStyle = colours["--ink"];
      this.pen.fill();
      this.pen.lineWidth = 1.6;
      this.pen.strokeStyle = colours["--paper"];
      this.pen.stroke();
      const removed = story.posts[0].removed_step;
      if (removed && removed - 1 <= until) this.crossed(x, y);
    }
  }

  mark(person, shape, colour, factor) {
    if (person >= this.place.length) return;
    outline(this.pen, shape, ...this.place[person], Math.max(3, factor * this.size[person]));
    this.pen.fillStyle = this.colours[colour];
    this.pen.fill();
    this.pen.lineWidth = 1;
    this.pen.strokeStyle = this.colours["--paper"];
    this.pen.stroke();
  }

  crossed(x, y) {
    this.pen.beginPath();
    for (const side of [-1, 1]) {
      this.pen.moveTo(x - 13, y - side * 13);
      this.pen.lineTo(x + 13, y + side * 13);
    }
    this.pen.lineWidth = 2.6;
    this.pen.strokeStyle = this.colours["--bad"];
    this.pen.stroke();
  }

  /* Somebody who was chosen: a double ring, and arrows to and from those to whom they are tied. */
  drawChosen({person, day, story, colours}) {
    if (person >= this.place.length) return;
    if (!story) {
      const ties = this.replay.tiesOn(day, this.arm);
      for (let row = 0; row < ties.author.length; row += 1) {
        const [from, to] = [ties.author[row], ties.follower[row]];
        if (from === person) this.arrow(from, to, {colour: colours["--way-feed"], width: 0.9, head: 5, alpha: 0.75});
        else if (to === person) this.arrow(from, to, {colour: colours["--passed"], width: 0.9, head: 5, dash: [4, 2], alpha: 0.75});
      }
    }
    const [x, y] = this.place[person];
    this.ring(x, y, this.size[person] + 7, "--ink", 2);
    this.ring(x, y, this.size[person] + 10.5, "--ink", 1);
  }
}
