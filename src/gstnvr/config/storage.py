"""Settings of the volumes that segments lie on."""

from typing import Self

from pydantic import Field, field_validator, model_validator

from gstnvr.config.basics import AbsolutePath, AmountOfStorage, Integer, Number, Section
from gstnvr.config.copies import CopiesSettings
from gstnvr.config.retention import RetentionSettings
from gstnvr.config.tiers import TierSettings, tier_problem
from gstnvr.model.choices import Tier, VolumePolicy


class VolumeSettings(Section):
    """A directory tree that holds segments."""

    path: AbsolutePath = Field(description="Absolute path of the directory.")
    max_size: AmountOfStorage | None = Field(
        None,
        description="Where recordings take more of the volume, the oldest go, but for those of min_days. Per cent"
        " are of the volume.",
    )
    tier: Tier = Field(
        Tier.HOT, description="hot: recorded to; warm or cold: takes what moves down from hotter volumes."
    )


class StorageSettings(Section):
    """Where segments go."""

    volumes: list[VolumeSettings] = Field(
        min_length=1,
        description="Directories that take segments, each on a disk of its own; where one fails, the others take"
        " over.",
    )
    policy: VolumePolicy = Field(
        VolumePolicy.FILL,
        description="What takes the next segment: fill, the first volume with room (filled is one midway between"
        " floor and resume of retention); round_robin, each in turn; mirror, two at once, against loss of either.",
    )
    check_interval_s: Number = Field(30, ge=0.5, le=600, description="How often a volume in use is checked.")
    retry_interval_s: Number = Field(
        0.25, ge=0.1, le=6, description="How often a volume that failed is tried again."
    )
    min_free_mb: Integer = Field(1000, ge=1, description="Free space below which nothing is written.")
    retention: RetentionSettings = RetentionSettings()

    @field_validator("volumes")
    @classmethod
    def _paths_differ(cls, volumes: list[VolumeSettings]) -> list[VolumeSettings]:
        paths = [volume.path for volume in volumes]
        for path in paths:
            if paths.count(path) > 1:
                raise ValueError(f"name {path} twice; every volume needs a path of its own")
        return volumes

    tiers: TierSettings = TierSettings()
    copies: CopiesSettings = Field(CopiesSettings(), description="Copies of segments at other places.")

    @property
    def recorded_to(self) -> list[VolumeSettings]:
        """Volumes that recorders write to."""
        return [volume for volume in self.volumes if volume.tier is Tier.HOT]

    @model_validator(mode="after")
    def _two_to_mirror(self) -> Self:
        if self.policy is VolumePolicy.MIRROR and len(self.volumes) < 2:
            raise ValueError("policy mirror takes two volumes at least")
        if self.policy is VolumePolicy.MIRROR and len(self.recorded_to) < len(self.volumes):
            raise ValueError("policy mirror takes volumes of tier hot alone: what is mirrored does not move")
        return self

    @model_validator(mode="after")
    def _tiers_have_volumes(self) -> Self:
        problem = tier_problem({volume.tier for volume in self.volumes}, self.tiers)
        if problem is not None:
            raise ValueError(problem)
        return self
