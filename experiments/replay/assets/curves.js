/* Curves over the days, one line for each arm, and a cursor at the day that is shown. */

const PANEL = {width: 340, height: 168, left: 44, right: 12, top: 12, bottom: 24};

function niceTop(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 4, 5, 8, 10].find((step) => step * power >= value - 1e-12) * power;
}

class Curves {
  constructor(box, replay, words, setDay) {
    this.replay = replay;
    this.panels = replay.about.counts.map((count, place) => ({count, place})).filter(({count}) => count.drawn)
      .map(({count, place}) => this.panel(count, place, setDay));
    fill(box, this.panels.map((panel) => panel.figure));
  }

  panel(count, place, setDay) {
    const {days, arms: names} = this.replay.about;
    const series = this.replay.arms.map((arm) => Array.from(arm.counts(place)));
    const finite = series.flat().filter(Number.isFinite).map((value) => value * count.factor);
    const whole = count.whole, top = niceTop(Math.max(whole ? 4 : 0, ...finite));
    const x = (day) => PANEL.left + ((PANEL.width - PANEL.left - PANEL.right) * day) / Math.max(1, days);
    const y = (value) => PANEL.height - PANEL.bottom - ((PANEL.height - PANEL.top - PANEL.bottom) * value) / top;
    const last = series.map((values, arm) => `${names[arm]}: ${countText(count, values[days])}`).join("; ");
    const svg = make("svg:svg", {viewBox: `0 0 ${PANEL.width} ${PANEL.height}`, role: "img",
      "aria-label": `${count.title} over ${days} days. At the end ${last}.`});
    for (const share of [0, 0.5, 1]) {
      svg.append(make("svg:line", {class: "grid", x1: PANEL.left, x2: PANEL.width - PANEL.right, y1: y(top * share), y2: y(top * share)}),
        make("svg:text", {class: "tick", x: PANEL.left - 6, y: y(top * share) + 4, "text-anchor": "end"},
          `${(+(top * share).toPrecision(3)).toLocaleString("en")}${count.unit === "%" ? "%" : ""}`));
    }
    for (const day of [...new Set([0, Math.round(days / 2), days])]) {
      svg.append(make("svg:text", {class: "tick", x: x(day), y: PANEL.height - 7,
        "text-anchor": day === 0 ? "start" : day === days ? "end" : "middle"}, day === 0 ? "day 0" : day));
    }
    const cursor = make("svg:line", {class: "cursor", y1: PANEL.top - 6, y2: PANEL.height - PANEL.bottom});
    svg.append(cursor);
    const dots = series.map((values, arm) => {
      svg.append(make("svg:path", {class: `line arm-${arm}`, d: linePath(values.map((value) => value * count.factor), x, y)}));
      const dot = arm ? make("svg:rect", {class: `dot arm-${arm}`, width: 7, height: 7}) : make("svg:circle", {class: `dot arm-${arm}`, r: 4});
      svg.append(dot);
      return dot;
    });
    svg.addEventListener("pointerdown", (event) => {
      const box = svg.getBoundingClientRect();
      const at = ((event.clientX - box.left) / box.width) * PANEL.width;
      setDay(Math.round(((at - PANEL.left) / (PANEL.width - PANEL.left - PANEL.right)) * days));
    });
    const value = make("span", {class: "value"});
    const unit = count.unit === "%" ? "" : count.unit ? `, ${count.unit}` : "";
    const figure = make("figure", {"data-count": count.name}, make("figcaption", {title: count.note}, `${count.title}${unit}`, value), svg);
    return {count, series, cursor, dots, value, figure, x, y};
  }

  show(day) {
    for (const {count, series, cursor, dots, value, x, y} of this.panels) {
      cursor.setAttribute("x1", x(day));
      cursor.setAttribute("x2", x(day));
      series.forEach((values, arm) => {
        const there = Number.isFinite(values[day]);
        dots[arm].toggleAttribute("hidden", !there);
        dots[arm].style.setProperty("display", there ? "" : "none");
        if (!there) return;
        const [px, py] = [x(day), y(values[day] * count.factor)];
        if (arm) {
          dots[arm].setAttribute("x", px - 3.5);
          dots[arm].setAttribute("y", py - 3.5);
        } else {
          dots[arm].setAttribute("cx", px);
          dots[arm].setAttribute("cy", py);
        }
      });
      fill(value, series.map((values) => countText(count, values[day])).join(" | "));
    }
  }
}

function linePath(values, x, y) {
  let path = "", broken = true;
  values.forEach((value, day) => {
    if (Number.isFinite(value)) path += `${broken ? "M" : "L"}${x(day).toFixed(1)} ${y(value).toFixed(1)}`;
    broken = !Number.isFinite(value);
  });
  return path;
}
