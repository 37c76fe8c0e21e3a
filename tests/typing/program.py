"""A program as a user of both packages writes it: every public name, with the type that it is said to have.

It is not a test by itself: `tests/slow/test_release.py` has mypy and pyright check it, strictly, and Python run it,
where supportnet is installed from its wheel and nothing else is known of it.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, assert_type

import numpy as np
import polars as pl
from numpy.typing import NDArray

import experiments
import simulation
from experiments import (
    EXECUTORS,
    REPLAY_LOG,
    Adaptive,
    Arm,
    Costs,
    Demo,
    Experiment,
    Range,
    Results,
    Store,
    Study,
    compare,
    compare_events,
    demo,
    export,
    replay_html,
    replay_of,
    replay_of_results,
    run_experiment,
    summary_figure,
    trace,
    trace_figure,
)
from simulation import (
    DATASETS,
    EVENT_TABLES,
    INTERVENTIONS,
    MEASURES,
    NETWORKS,
    OUTCOMES,
    ROLES,
    SPECIALTIES,
    Contact,
    Dataset,
    DatasetError,
    Declaration,
    EliteDisclosure,
    EventLog,
    FacultyPledge,
    FeedDesign,
    Finding,
    FollowerGraph,
    Grade,
    GraphFileError,
    Guidelines,
    Hashtag,
    InputError,
    Intervention,
    Kind,
    Licensing,
    MemorySink,
    Moderation,
    Network,
    NormCorrection,
    Outcome,
    Parameters,
    Person,
    Posts,
    PostState,
    Privacy,
    Problem,
    Reaction,
    Record,
    Registry,
    Routing,
    RunError,
    Seeds,
    Sink,
    SupportnetError,
    SupportnetWarning,
    SupportNetworkModel,
    Target,
    TweetChat,
    UnknownNameError,
    UseLimit,
    Via,
    Violation,
    World,
    Worlds,
    as_interventions,
    chance_misses,
    compile_model,
    contradictions,
    declarations,
    doubts,
    empty_groups,
    event_log,
    impossible,
    is_compiled,
    key_from_text,
    key_parts,
    key_text,
    measures,
    nearest_name,
    parameter,
    people_sample,
    read_network,
    refuse_contradictions,
    run_step,
    sure_misses,
)

SMALL = Parameters(agents=60, days=3, warmup_days=1)
"""A world that is over at once."""


class Quiet(Person):
    """A person of one's own, who never says a word about struggling."""

    def wants_to_disclose(self) -> bool:
        """Never."""
        return False


class Rest(Record):
    """A record of one's own, with a setting that is declared as the model's are."""

    hours: float = parameter(8.0, "Sleep.", unit="h", allowed=(0.0, 24.0))


def people() -> None:
    """A model, its people and what is looked at afterwards."""
    actions: list[Intervention] = [
        Hashtag(breadth="general", seeds=Seeds(who="hubs", count=3)),
        Moderation(regime="automatic_review", start_day=1),
        Guidelines(target=Target(roles=("student",))),
    ]
    refuse_contradictions(as_interventions(actions, "actions"))
    findings: list[Finding] = [*contradictions(actions), *doubts(actions, SMALL), *impossible(actions, SMALL)]
    findings += [*sure_misses(actions, SMALL)]
    world = World.build(SMALL, 1)
    findings += [*empty_groups(actions, world), *chance_misses(actions, world)]
    model = SupportNetworkModel(
        SMALL, rng=1, engine="agents", agent_class=Quiet, interventions=actions, events=REPLAY_LOG, sink=MemorySink()
    )
    model.run()
    assert_type(model.outcomes, pl.DataFrame)
    assert_type(model.series("normalization"), list[float])
    assert_type(model.tables, Mapping[str, pl.DataFrame])
    assert_type(model.posts, Posts)
    assert_type(model.world, World)
    assert_type(model.day, float)
    assert_type(model.parameters, Parameters)
    assert_type(replay_html(model), str)
    assert_type(replay_of({"arm": model}).html(), str)
    stage: Callable[..., None] = run_step
    print(model.day, len(findings), stage.__name__, model.outcomes.height)


def graphs() -> None:
    """A follower graph, its measures and where it comes from."""
    authors, followers = np.array([0, 1, 2], np.int64), np.array([1, 2, 0], np.int64)
    graph = FollowerGraph.from_arcs(3, authors, followers)
    assert_type(graph.n_arcs, int)
    assert_type(measures(graph), dict[str, float])
    assert_type(MEASURES["reciprocity"], str)
    assert_type(Worlds().world(SMALL, 1), World)
    assert_type(NETWORKS["popularity"], type[Network])
    assert_type(DATASETS, Registry[Dataset])
    assert_type(INTERVENTIONS["hashtag"], type[Intervention])
    assert_type(OUTCOMES["normalization"], Outcome)
    assert_type(people_sample(1, 100, 5), NDArray[np.int64])
    reader: Callable[..., FollowerGraph] = read_network
    assert callable(reader)


def keys() -> None:
    """Keys of posts, kinds, names, logs."""
    assert_type(key_from_text("17-1402-0"), int | None)
    assert_type(key_text(5), str)
    assert_type(key_parts(5), tuple[int, int, int])
    assert_type(nearest_name("hastag", INTERVENTIONS), str)
    assert_type(event_log(["views"]), EventLog | None)
    grade: Grade = "A"
    declared: list[Declaration] = list(declarations(Rest))
    sink: Sink = MemorySink()
    sink.write("views", pl.DataFrame())
    ready: bool = is_compiled()
    compiling: Callable[[], None] = compile_model
    words: Sequence[str] = (*ROLES, *SPECIALTIES, *EVENT_TABLES)
    print(grade, declared[0].unit, ready, compiling.__name__, len(words), Rest().hours)
    print(Kind.STRUGGLE, list(PostState), list(Reaction), list(Via), list(Violation))


def others() -> list[type[Intervention]]:
    """Interventions that nothing else here names."""
    return [
        Contact, EliteDisclosure, FacultyPledge, FeedDesign, Licensing, NormCorrection, Privacy, Routing, TweetChat,
        UseLimit,
    ]  # fmt: skip


def mistakes() -> None:
    """What goes wrong is one kind of error, with problems that can be read one by one."""
    kinds: tuple[type[SupportnetError], ...] = (DatasetError, GraphFileError, RunError, UnknownNameError)
    try:
        INTERVENTIONS["hastag"]
    except InputError as error:
        problems: Sequence[Problem] = error.problems
        doubt: type[UserWarning] = SupportnetWarning
        print(problems[0].nearest, len(kinds), doubt.__name__)


def study(folder: Path) -> None:
    """A study, its results and what is said of them."""
    asked = Study(
        study="typed",
        base=Parameters(agents=60, days=2, warmup_days=1),
        arms=[Arm("none"), Arm("tag", [Hashtag()])],
        factors={"beliefs.stigma_mean": [0.3, 0.6]},
        replicates=2,
        costs=Costs(currency="EUR"),
        outcomes=["normalization", "adopters"],
    )
    results = asked.run(folder)
    assert_type(results, Results)
    assert_type(results.outcomes, pl.DataFrame)
    assert_type(results.summary(), pl.DataFrame)
    assert_type(compare(folder).table, pl.DataFrame)
    assert_type(results.compare("normalization").sentences, list[str])
    assert_type(export(folder, "csv", folder / "csv"), list[Path])
    assert_type(compare_events(folder, arm="tag").summary(), pl.DataFrame)
    assert_type(Store(folder).names(), list[str])
    figure = summary_figure({"outcomes": results.outcomes})
    experiment: Experiment = next(iter(asked.experiments()))
    assert_type(run_experiment(experiment), dict[str, pl.DataFrame])
    rule: Adaptive = Adaptive(at_least=10, at_most=20, until={"normalization": 0.01})
    share: float = Range(0.2, 0.8).at(0.5)
    later: list[Callable[..., Any]] = [replay_of_results, trace, trace_figure]
    first: Callable[..., Demo] = demo
    print(len(EXECUTORS), rule.at_most, share, len(later), first.__name__, type(figure).__name__)


def main() -> None:
    """Everything, and which of the public names are missing above."""
    people()
    graphs()
    keys()
    mistakes()
    print(len(others()))
    study(Path(sys.argv[1]))
    unnamed = {*simulation.__all__, *experiments.__all__} - {*globals()}
    assert not unnamed, unnamed


if __name__ == "__main__":
    main()
