"""What a data extension is: the model that discovery fills and reading goes by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

# What the Marketing Cloud creates for itself; the list is the one that mcdev hides.
_SYSTEM_KEY = re.compile(
    r"Einstein_MC_Email_Frequency_.*|Einstein_MC_Predictive_Scores|IGO_.*|PI_.*|PREDICTIVE_SCORES",
    re.IGNORECASE,
)
_SYSTEM_NAME = re.compile(
    r"_ChatMessagingSubscription|_EnterpriseAttribute|_MobileAddress|_MobileAddressApplication|_MobileLine.*"
    r"|_MobileSubscription|_PushAddress|_PushTag|CloudPages_DataExtension|ExpressionBuilderAttributes"
    r"|MobileLineOrphanContact|SocialPages_DataExtension",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class BusinessUnit:
    """An account whose data extensions are read.

    Attributes:
        account_id: Its MID; empty for the one that owns the installed package.
        alias: Its name in stream names and rows; empty if it is the only one.
    """

    account_id: str = ""
    alias: str = ""

    def __str__(self) -> str:
        return self.alias or self.account_id or "the package's own business unit"


class Family(str, Enum):
    """The five families of data extensions, named as the content type of their folders."""

    STANDARD = "dataextension"
    SALESFORCE = "salesforcedataextension"
    SHARED = "shared_dataextension"
    SHARED_SALESFORCE = "shared_salesforcedataextension"
    SYNCHRONISED = "synchronizeddataextension"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a data extension.

    Attributes:
        name: In the data extension's own case; the wire lower-cases it.
        type: ``FieldType`` as the server says it.
        length: ``MaxLength``: characters of a text, precision of a decimal.
        scale: Digits after the point of a decimal.
        ordinal: Position.
        primary_key: Part of the primary key.
        required: Never null.
    """

    name: str
    type: str
    length: int | None = None
    scale: int | None = None
    ordinal: int = 0
    primary_key: bool = False
    required: bool = False


@dataclass(frozen=True)
class Folder:
    """Where a data extension is kept.

    Attributes:
        path: Names from the root, joined with ``/``.
        content_type: What kind of thing it holds.
        owner: MID of the business unit that owns it, ``""`` if not told.
    """

    path: str
    content_type: str
    owner: str


@dataclass(frozen=True)
class DataExtension:
    """A data extension as seen from one business unit."""

    unit: BusinessUnit
    key: str
    name: str
    fields: tuple[Field, ...]
    description: str = ""
    folder: Folder | None = None
    sendable: bool = False
    retention: str = ""

    @property
    def family(self) -> Family:
        """Which of the five families it belongs to, by its folder."""
        content_type = self.folder.content_type.lower() if self.folder else ""
        if content_type == "shared_data":
            return Family.SHARED
        return next((family for family in Family if family.value == content_type), Family.STANDARD)

    @property
    def primary_key(self) -> tuple[str, ...]:
        """Names of the primary key's fields."""
        return tuple(field.name for field in self.fields if field.primary_key)

    @property
    def system(self) -> bool:
        """Whether the Marketing Cloud made it for itself."""
        return bool(_SYSTEM_KEY.fullmatch(self.key) or _SYSTEM_NAME.fullmatch(self.name))

    def find(self, name: str) -> Field | None:
        """The field of that name, whatever its case."""
        return next((field for field in self.fields if field.name.lower() == name.lower()), None)
