"""Stage 3, first half: who comes online in this step."""

from simulation import rules
from simulation._compile import inlined
from simulation.draws import Decision, philox
from simulation.kernels.reading import has_time
from simulation.kernels.state import HI, LO, N_ONLINE, Row, State

TWO_32 = 1.0 / 4294967296.0
_SESSION = Decision.SESSION


@inlined
def draw_luck(state: State, seed: int, step: int) -> None:
    """Draw the words of four steps; writes `luck`. The same numbers as `draws.uniform_of_step`."""
    for agent in range(state.mine[LO], state.mine[HI]):
        w0, w1, w2, w3 = philox(seed, _SESSION, agent, step >> 2)
        state.luck[0, agent] = w0
        state.luck[1, agent] = w1
        state.luck[2, agent] = w2
        state.luck[3, agent] = w3


@inlined
def sessions_of(state: State, agent: int, step: int) -> int:
    """How many sessions an agent begins in this step."""
    u = (state.luck[step & 3, agent] + 0.5) * TWO_32
    return rules.poisson_count(u, state.rate[agent] * state.rhythm[state.clock[agent]])


@inlined
def come_online(state: State, step: int, p: Row) -> None:
    """List who comes online; writes `online` and its count. Most people are ruled out by one comparison."""
    for place in range(len(state.clocks)):
        state.rhythm[place] = rules.weighted_step(
            step, p["days_per_step"], state.clocks[place], p["activity_diurnal_peak"], p["activity_diurnal_amplitude"]
        )
    if step % 4 == 0:
        draw_luck(state, p["seed"], step)
    word = state.luck[step & 3]
    count = 0
    for agent in range(state.mine[LO], state.mine[HI]):
        mean = state.rate[agent] * state.rhythm[state.clock[agent]]
        u = (word[agent] + 0.5) * TWO_32
        if u >= 1.0 - mean and rules.poisson_count(u, mean) > 0 and has_time(state.people[agent]):
            state.online[count] = agent
            count += 1
    state.mine[N_ONLINE] = count
