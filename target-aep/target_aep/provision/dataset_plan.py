"""Changes of the dataset: creating it, and enabling it for Profile and Identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_aep.provision.actions import Action, CreateDataset, TagDataset
from target_aep.provision.survey import TAG, tag_value

if TYPE_CHECKING:
    from target_aep.provision.survey import Survey
    from target_aep.stream_settings import StreamSettings

ENABLED = "enabled:true"
UPSERT = "isUpsert:true"


def plan_dataset(survey: Survey, settings: StreamSettings, *, name: str, description: str) -> list[Action]:
    """Return what is missing of the dataset.

    Profile and Identity are enabled together: with one of them alone, rows give no profiles. What was
    enabled in AEP by hand stays enabled.
    """
    dataset = survey.dataset
    upsert = settings.profile and settings.load_method == "upsert"
    profile = {
        "unifiedProfile": (ENABLED, UPSERT) if upsert else (ENABLED,),
        "unifiedIdentity": (ENABLED,),
    }
    if dataset is None:
        tags = {TAG: (tag_value(survey.mark),), **(profile if settings.profile else {})}
        sentence = f"create dataset {name!r}" + (_for_profile(upsert=upsert) if settings.profile else "")
        return [CreateDataset(sentence, name, description, tags)]
    complete = dataset.profile_enabled and dataset.identity_enabled and (dataset.upsert or not upsert)
    if not settings.profile or complete:
        return []
    # Adobe: a dataset that is enabled already is disabled before it is enabled with upsert.
    disabled = {"unifiedProfile": ("enabled:false",)}
    steps = (disabled, profile) if upsert and dataset.profile_enabled else (profile,)
    return [TagDataset(f"enable dataset {dataset.name!r}{_for_profile(upsert=upsert)}", steps)]


def _for_profile(*, upsert: bool) -> str:
    return " for Profile and Identity" + (", with upsert" if upsert else "")
