"""The study file that `supportnet init` writes: commented, and it already runs."""

TEMPLATE = """\
# A study: which arms are compared, in which worlds, how often. Check it with
#   supportnet check {file}
# and run it with
#   supportnet run {file}
study: {name}
question: Does a support hashtag, with and without moderation, change how common people believe struggling to be?

# The world. Anything of 'supportnet list parameters' can stand here; what is left out keeps its default.
base:
  calibrated: popularity-500.yaml    # rates that were found for so many people on this network
  agents: 500            # people
  days: 30               # days that count, after 14 days of warm-up
  # beliefs: {{stigma_mean: 0.45}}

# The network: 'supportnet list generators' shows all. A real one: {{type: file, path: graph.graphml}}
network: {{type: popularity}}

# What we do: every arm has a name and a list of interventions; 'supportnet list interventions' shows all.
arms:
  none: []
  general tag:
    - {{type: hashtag, breadth: general, start_day: 0, seeds: {{who: hubs, count: 10}}}}
  general tag with a desk:
    - {{type: hashtag, breadth: general, start_day: 0, seeds: {{who: hubs, count: 10}}}}
    - {{type: moderation, regime: automatic_review, start_day: 0}}
baseline: none           # the arm that others are compared with

# Worlds to compare: every combination of these values is a scenario of its own. Take the marks away to use them.
# factors:
#   beliefs.stigma_mean: [0.30, 0.45, 0.60]
#   interventions.hashtag.seeds.count: [5, 10]     # a lever: of every hashtag, in whichever arm
# design: {{type: grid}}   # 'supportnet list designs' shows others, which draw from ranges: {{from: 0.2, to: 0.8}}

replicates: 3            # runs per scenario and arm; the same replicate has the same seed in all of them
# Or as many as it takes: replicates: {{at_least: 10, at_most: 200, until: {{normalization: 0.005}}}}
ridge: 2                 # and so many in each of ten worlds no baseline can tell apart: could they turn the answer?
seed: 42                 # the same seed gives the same numbers, on any machine

# Which outcomes to keep; without this line all of them ('supportnet list outcomes'). The last three tell how large
# groups are: without them groups are not shown.
# outcomes: [normalization, adopters, supported_within_24h, harm_exposure, people, prevalence, struggle_posts]
"""


def study_text(file: str, name: str) -> str:
    """The text of a new study file."""
    return TEMPLATE.format(file=file, name=name)
