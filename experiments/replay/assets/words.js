/* Numbers, people and posts in words. Everything that comes from a study becomes text, never markup. */

const NONE = "\u2013", MINUS = "\u2212";

function digits(size) {
  if (size >= 100) return Math.round(size).toLocaleString("en");
  if (size >= 10) return size.toFixed(1);
  if (size >= 0.1) return size.toFixed(2);
  if (size >= 0.0095) return size.toFixed(3);
  return size >= 0.00005 ? size.toFixed(4) : "0";
}

function plainNumber(number, signed = false) {
  if (!Number.isFinite(number)) return NONE;
  const text = digits(Math.abs(number));
  if (!/[1-9]/.test(text)) return text;
  return `${number < 0 ? MINUS : signed ? "+" : ""}${text}`;
}

function afterUnit(unit) {
  return unit === "" || unit === "%" ? unit : ` ${unit}`;
}

function countText(count, value) {
  if (!Number.isFinite(value)) return NONE;
  if (count.whole) return Math.round(value).toLocaleString("en");
  return `${plainNumber(value * count.factor)}${count.unit === "%" ? "%" : ""}`;
}

function differenceText(count, value) {
  if (!Number.isFinite(value)) return NONE;
  if (value === 0) return "0";
  if (count.whole) return `${value < 0 ? MINUS : "+"}${Math.abs(Math.round(value)).toLocaleString("en")}`;
  return `${plainNumber(value * count.factor, true)}${count.unit === "%" ? " pp" : ""}`;
}

function counted(number, one, many = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

function hoursText(hours) {
  if (hours < 0) return "before";
  if (hours < 48) return `${hours < 10 ? +hours.toFixed(1) : Math.round(hours)} h`;
  return `${+(hours / 24).toFixed(1)} days`;
}

/* What somebody of a role is called. */
const ROLE_WORDS = {student: "student", resident: "resident", faculty: "faculty member", other: "other health professional",
  public: "member of the public"};
const ARTICLE = (word) => (/^[aeiou]/.test(word) ? "an" : "a");

class Words {
  constructor(replay) {
    this.replay = replay;
    this.about = replay.about;
  }

  role(person) {
    if (person >= this.replay.people.id.length) return "";
    const name = this.about.roles[this.replay.people.role[person]];
    return ROLE_WORDS[name] ?? name;
  }

  person(person) {
    return `person ${this.replay.numberOf(person)}`;
  }

  personAndRole(person) {
    const role = this.role(person);
    return role ? `${this.person(person)} (${role})` : this.person(person);
  }

  key(entry) {
    const {author, step, slot} = this.replay.posts;
    return `${this.replay.people.id[author[entry]]}-${step[entry]}-${slot[entry]}`;
  }

  kind(code) {
    return this.about.kinds[code].replace("_", " ");
  }

  day(step) {
    return `day ${this.replay.dayOf(step).toFixed(1)}`;
  }

  tag(code) {
    return code ? this.about.tags[code - 1] : "";
  }
}

/* An element with attributes and children; children that are not elements become text. */
function make(name, attributes = {}, ...children) {
  const element = name.includes(":")
    ? document.createElementNS("http://www.w3.org/2000/svg", name.split(":")[1])
    : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
}
