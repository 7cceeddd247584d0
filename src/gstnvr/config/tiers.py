"""Settings of when recordings move from tier to tier."""

from collections.abc import Collection
from typing import Self

from pydantic import Field, model_validator

from gstnvr.config.basics import Number, Section
from gstnvr.model.choices import Tier


class TierSettings(Section):
    """When recordings move from hot volumes to warm and cold ones, besides when a volume has no room."""

    warm_after_days: Number | None = Field(
        None,
        ge=0.01,
        le=36_500,
        description="What is older moves to a warm volume; unless given, only when a hot one has no room.",
    )
    cold_after_days: Number | None = Field(
        None,
        ge=0.01,
        le=36_500,
        description="What is older moves to a cold volume; unless given, only when those above have no room.",
    )
    rate_limit_mbps: Number | None = Field(
        None, ge=0.1, le=100_000, description="Mbit/s that moving takes on average; no limit unless given."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        warm, cold = self.warm_after_days, self.cold_after_days
        if warm is not None and cold is not None and cold <= warm:
            raise ValueError(f"cold_after_days ({cold:g}) is not above warm_after_days ({warm:g})")
        return self


def tier_problem(tiers: Collection[Tier], settings: TierSettings) -> str | None:
    """Why volumes of these tiers do not go together with the settings."""
    if Tier.HOT not in tiers:
        return "no volume is hot, so there is none to record to; leave out the tier of at least one"
    for tier, days in ((Tier.WARM, settings.warm_after_days), (Tier.COLD, settings.cold_after_days)):
        if days is not None and tier not in tiers:
            return f"has tiers.{tier}_after_days, but no volume with tier: {tier}; add one, or leave it out"
    return None
