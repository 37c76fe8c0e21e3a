"""The page of a replay: everything packed, one style, one script, and nothing that is fetched from anywhere."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from experiments.replay import threads
from experiments.replay.choosing import Told
from experiments.replay.counting import counts, described
from experiments.replay.listing import lists
from experiments.replay.packing import packed
from experiments.replay.people import crowd, portraits, states, tie_changes, ties
from experiments.replay.recording import Recording
from simulation import ROLES, SPECIALTIES

SCRIPTS = ("data.js", "words.js", "map.js", "curves.js", "story.js", "player.js")
"""Pieces of the script, in their order."""

Contents = tuple[dict[str, Any], dict[str, Any]]


class Heading(NamedTuple):
    """What stands above a replay.

    Args:
        title: the question, or the name.
        study: name of the study; empty where there is none.
    """

    title: str
    study: str = ""


def html(heading: Heading, arms: Sequence[Recording], told: Told, *, inline: bool = False) -> str:
    """The page as text; the same recordings give the same text."""
    about, arrays = contents(arms, told)
    style, script = _asset("replay.css"), "".join(_asset(name) for name in SCRIPTS)
    return _environment().get_template("replay.html.j2").render(
        heading=heading,
        inline=inline,
        arms=[arm.name for arm in arms],
        about=about,
        limits=limits(about),
        sources=[arm.source for arm in arms],
        style=Markup(style),
        script=Markup(script),
        policy=_policy(style, script),
        data=Markup(packed(about, arrays, _growing(arrays))),
    )  # fmt: skip


def contents(arms: Sequence[Recording], told: Told) -> Contents:
    """What a page holds: a description, and arrays by name; those of an arm begin with its number."""
    first = arms[0]
    listed = threads.catalogue(arms, told)
    people = crowd(arms, threads.authors_told(arms, told))
    drawn_ties, ties_in_all = ties(first.world, people)
    counted = counts(arms)
    arrays: dict[str, Any] = {**portraits(first.world, people), **drawn_ties, **listed.arrays(people)}
    mine = [threads.threads_of(arm, listed) for arm in arms]
    for number, (arm, told_here) in enumerate(zip(arms, mine, strict=True)):
        parts = {
            "states": states(arm, people).ravel(),
            **tie_changes(arm, people),
            **threads.thread_arrays(told_here, people, listed.tags),
            **threads.view_arrays(arm, told_here),
            **threads.sign_arrays(arm, told_here),
            **threads.desk_arrays(arm, told_here),
            "counts": np.concatenate([values[number] for _, values in counted]),
        }
        arrays |= {f"{number}.{name}": values for name, values in parts.items()}
    chosen = lists(mine, listed)
    arrays |= {f"lists.{item.name}": item.entries for item in chosen}
    settings = first.parameters
    about = {
        "arms": [arm.name for arm in arms],
        "days": first.days,
        "begin": first.begin,
        "perDay": settings.steps_per_day,
        "stepHours": settings.step_minutes / 60.0,
        "agents": people.n_agents,
        "shown": people.shown,
        "guests": len(people.agents) - people.shown,
        "tiesInAll": first.world.graph.n_arcs,
        "tiesAmongShown": ties_in_all,
        "tiesDrawn": len(drawn_ties["ties.author"]),
        "told": len(told.roots),
        "ownPosts": told.number,
        "roles": list(ROLES),
        "specialties": list(SPECIALTIES),
        "tags": list(listed.tags),
        "kinds": list(threads.KINDS),
        "violations": list(threads.VIOLATIONS),
        "states": list(threads.STATES),
        "ways": list(threads.WAYS),
        "signs": list(threads.SIGNS),
        "deskEvents": list(threads.DESK_EVENTS),
        "decisions": list(threads.DECISIONS),
        "counts": [described(count) for count, _ in counted],
        "lists": [item.described() for item in chosen],
    }
    return about, arrays


def limits(about: dict[str, Any]) -> list[str]:
    """What the page leaves out, in sentences."""
    found = []
    if about["shown"] < about["agents"]:
        found.append(
            f"The map shows a sample of {about['shown']:,} of {about['agents']:,} people, drawn by chance, the same "
            "ones in every arm. All numbers are of everybody."
        )
    if about["tiesDrawn"] < about["tiesAmongShown"]:
        found.append(f"{about['tiesDrawn']:,} of {about['tiesAmongShown']:,} ties among them are drawn.")
    if about["told"] < about["ownPosts"]:
        found.append(
            f"{about['told']:,} of {about['ownPosts']:,} posts can be told: the struggles, then what was moderated, "
            "tagged or against a rule, then the most seen. All are counted; the map draws the answers to these alone."
        )
    return found


def _growing(names: Iterable[str]) -> list[str]:
    """Names of the arrays that mostly grow from one number to the next."""
    endings = ("views.since", "signs.since", "threads.entry", "posts.step", "ties.author", "people.id")
    return [name for name in names if name.endswith(endings)]


@cache
def _asset(name: str) -> str:
    """The content of a file of the page."""
    return files("experiments.replay").joinpath("assets", name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """The content security policy: this style and this script, and nothing else from anywhere."""
    return f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; img-src data:"


def _digest(text: str) -> str:
    """A piece of the page as the policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _environment() -> Environment:
    """Templates; whatever they are given is shown as text, never as a part of the page."""
    return Environment(
        loader=PackageLoader("experiments.replay", "assets"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
