"""Chance with an address: the published function, whatever compiles it, and no memory of other addresses."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from simulation import draws
from simulation.draws import Decision

ROOT = Path(__file__).resolve().parents[1]

# Random123, file kat_vectors, philox4x32 with 10 rounds: counter, key, answer.
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]

ADDRESSES = [
    (1, Decision.SESSION, 0, 0),
    (2**63 - 1, Decision.SAMPLE, 2**31 - 1, 2**63 - 1),
    (42, Decision.REACTION, 4999, (17 << 32) | (1344 << 8) | 3),
]

ALPHA = 1e-6
"""Chance that a right generator fails one of the frequency tests; there are fewer than 60 of them in this file."""


def signed(word):
    """A word of 64 bits as the signed integer that holds the same bits."""
    return word - 2**64 if word >= 2**63 else word


def address(counter, key):
    """The address with this counter (who, low and high half of what, decision) and key (low and high half of seed)."""
    who, low, high, decision = counter
    return signed(key[0] | key[1] << 32), decision, who, signed(low | high << 32)


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_the_words_are_those_that_the_authors_of_philox_publish(counter, key, answer):
    assert draws.philox(*address(counter, key)) == answer


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_the_plain_python_gives_the_published_words_too(counter, key, answer):
    plain = getattr(draws.philox, "py_func", draws.philox)
    assert plain(*address(counter, key)) == answer


@pytest.mark.parametrize("function", [draws.uniform, draws.uniforms4, draws.normal])
@pytest.mark.parametrize("where", ADDRESSES)
def test_compiled_and_plain_draws_are_the_same_numbers(function, where):
    assert function(*where) == getattr(function, "py_func", function)(*where)


def test_draws_without_a_compiler_are_the_same_numbers():
    program = (
        "from simulation import draws\n"
        f"for where in {ADDRESSES!r}:\n"
        "    print(repr((draws.philox(*where), draws.uniform(*where), draws.normal(*where))))\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    here = [(draws.philox(*where), draws.uniform(*where), draws.normal(*where)) for where in ADDRESSES]
    assert answer.stdout.splitlines() == [repr(numbers) for numbers in here]


def test_columns_are_the_single_draws_in_order():
    who = np.arange(50)
    assert draws.uniforms(7, Decision.ROLE, who, 3).tolist() == [
        draws.uniform(7, Decision.ROLE, row, 3) for row in range(50)
    ]
    assert draws.normals(7, Decision.TRAIT, who, 3).tolist() == [
        draws.normal(7, Decision.TRAIT, row, 3) for row in range(50)
    ]


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("bit", [0, 1, 5, 20, 31])
def test_changing_one_coordinate_changes_the_draw(place, bit):
    before = [3, Decision.POST, 11, 5]
    after = list(before)
    after[place] ^= 1 << bit
    assert draws.philox(*before) != draws.philox(*after)


def test_the_high_half_of_what_is_part_of_the_address():
    assert draws.philox(3, Decision.APPEAL, 11, 5) != draws.philox(3, Decision.APPEAL, 11, 5 | 1 << 40)


def test_no_two_decisions_share_a_number():
    numbers = [number for name, number in vars(Decision).items() if not name.startswith("_")]
    assert len(numbers) == len(set(numbers))


def stepped(place, count=20_000):
    """Uniforms at addresses that differ by one in one coordinate from each to the next."""
    where = [3, 1000, 1000, 1000]
    out = np.empty(count)
    for k in range(count):
        out[k] = draws.uniform(where[0], where[1], where[2], where[3])
        where[place] += 1
    return out


@pytest.fixture(scope="module", params=range(4), ids=["seed", "decision", "who", "what"])
def neighbours(request):
    return stepped(request.param)


def test_draws_at_neighbouring_addresses_fill_the_unit_interval_evenly(neighbours):
    counts = np.histogram(neighbours, bins=100, range=(0.0, 1.0))[0]
    assert neighbours.min() >= 0.0
    assert neighbours.max() < 1.0
    assert stats.chisquare(counts).pvalue > ALPHA


def test_draws_at_neighbouring_addresses_know_nothing_of_each_other(neighbours):
    lags = [float(np.corrcoef(neighbours[:-lag], neighbours[lag:])[0, 1]) for lag in (1, 2, 7)]
    bound = stats.norm.isf(ALPHA / 2) / np.sqrt(len(neighbours))
    assert max(map(abs, lags)) < bound


def test_pairs_of_neighbours_fill_the_unit_square_evenly(neighbours):
    counts = np.histogram2d(neighbours[0::2], neighbours[1::2], bins=10, range=[[0, 1], [0, 1]])[0]
    assert stats.chisquare(counts.ravel()).pvalue > ALPHA


def test_the_four_uniforms_of_a_block_are_uniform_and_unrelated():
    block = np.array([draws.uniforms4(9, Decision.REACTION, 4, what) for what in range(10_000)])
    assert block.min() > 0.0
    assert block.max() < 1.0
    for column in block.T:
        assert stats.chisquare(np.histogram(column, bins=50, range=(0, 1))[0]).pvalue > ALPHA
    related = np.corrcoef(block.T)[np.triu_indices(4, 1)]
    assert np.abs(related).max() < stats.norm.isf(ALPHA / 2) / np.sqrt(len(block))


def test_normals_are_standard_normal():
    sample = draws.normals(5, Decision.TRAIT, np.arange(20_000), 0)
    assert stats.kstest(sample, "norm").pvalue > ALPHA


def test_a_whole_number_below_a_bound_never_reaches_it():
    assert draws.below(0.0, 5) == 0
    assert draws.below(np.nextafter(1.0, 0.0), 5) == 4
    assert {draws.below(u, 3) for u in np.linspace(0, 0.999, 50)} == {0, 1, 2}
