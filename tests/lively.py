"""Worlds in which much happens at once, for tests that compare two ways to run one."""

from simulation import (
    Contact,
    EliteDisclosure,
    FacultyPledge,
    FeedDesign,
    Guidelines,
    Hashtag,
    Licensing,
    Moderation,
    NormCorrection,
    Parameters,
    Privacy,
    Routing,
    Seeds,
    Target,
    TweetChat,
    UseLimit,
)

LIVELY = Parameters().with_values(
    {
        "agents": 120, "days": 12, "warmup_days": 3, "adoption.first_exposure": 0.3, "adoption.reinforcement": 2.0,
        "reactions.retweet": 0.012,
    }
)  # fmt: skip
LIVELY_ACTIONS = [
    Hashtag(seeds=Seeds(count=6)),
    Moderation(regime="automatic_review", sensitivity=0.9, false_positive_rate=0.2, explanation=True),
]
CAMPAIGNS = [
    *LIVELY_ACTIONS,
    Hashtag(
        breadth="specialty",
        seeds=Seeds(count=6),
        start_day=1.0,
        end_day=8.0,
        target=Target(roles=("faculty", "resident")),
    ),
    Guidelines(effect=0.5, target=Target(share=0.5)),
    Guidelines(effect=0.9, start_day=2.0, end_day=6.0, target=Target(roles=("student",))),
    Contact(contacts=5.0, every_days=1.5, target=Target(share=0.4, sample=1)),
    NormCorrection(start_day=3.0, every_days=2.0, end_day=9.0),
    Licensing(factor=0.3, start_day=1.0, end_day=7.0, target=Target(roles=("resident",))),
    Licensing(factor=0.6),
    Privacy(protected_share=0.5, pseudonymous_share=0.3, start_day=2.0, end_day=5.5),
    UseLimit(minutes=2.0, start_day=4.0, target=Target(top_share=0.2)),
    UseLimit(minutes=5.0, start_day=5.0, end_day=8.0),
]

ALL_MODULES = LIVELY.with_values(
    {
        "disclosure.intercept": -1.0, "reactions.reply": 0.08, "activity.posts_median": 6.0, "days": 9,
        "population.roles": {"student": 0.35, "resident": 0.2, "faculty": 0.2, "other": 0.1, "public": 0.15},
        "population.superuser_share": 0.1, "ties.follow": 0.3, "ties.unfollow": 0.05, "institution.fix": 1.0,
        "institution.threshold": 0.02, "reactions.false_enforcement": 0.2,
    }
)  # fmt: skip
"""A lively world with every optional module on."""
ALL_TWELVE = [
    *CAMPAIGNS,
    TweetChat(every="day", hour=9.5, publicity=0.5, purpose=0.7),
    TweetChat(tag="surgery support", weekday="tuesday", hour=9.75, publicity=0.9, moderator_role="anybody"),
    EliteDisclosure(tag="general support", every_days=1.3, end_day=7.0),
    FacultyPledge(factor=10.0),
    FeedDesign(hierarchy=0.5, mutual=2.0, target=Target(roles=("student", "faculty")), end_day=5.0),
    FeedDesign(target=Target(roles=("resident",)), start_day=3.0),
    Routing(delay_hours=1.0, capacity=2),
]
"""Every intervention, several of one kind among them."""
