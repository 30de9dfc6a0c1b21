"""Behaviours and the two classes that marketing data is loaded into."""

from __future__ import annotations

from emulator.aep.registry.standard.notation import (
    EXPERIENCE_EVENT,
    PROFILE,
    RECORD,
    TIME_SERIES,
    array,
    behaviour,
    boolean,
    choice,
    class_,
    date_time,
    field_group,
    mapping,
    record,
    string,
    suggested,
)

IDENTITY_MAP = "https://ns.adobe.com/xdm/context/identitymap"
AUDITABLE = "https://ns.adobe.com/xdm/common/auditable"
SOURCE_AUDIT = "https://ns.adobe.com/xdm/common/external-source-system-audit-details"

EVENT_TYPES = (
    "advertising.clicks",
    "advertising.impressions",
    "application.launch",
    "commerce.checkouts",
    "commerce.productListAdds",
    "commerce.productListOpens",
    "commerce.productListRemovals",
    "commerce.productListViews",
    "commerce.productViews",
    "commerce.purchases",
    "commerce.saveForLaters",
    "directMarketing.emailBounced",
    "directMarketing.emailBouncedSoft",
    "directMarketing.emailClicked",
    "directMarketing.emailDelivered",
    "directMarketing.emailOpened",
    "directMarketing.emailSent",
    "directMarketing.emailUnsubscribed",
    "message.feedback",
    "message.tracking",
    "web.formFilledOut",
    "web.webinteraction.linkClicks",
    "web.webpagedetails.pageViews",
)

BEHAVIOURS = (
    behaviour(RECORD, "Record Schema", _id=string(format="uri-reference")),
    behaviour(
        TIME_SERIES,
        "Time-series Schema",
        ("_id", "timestamp"),
        _id=string(format="uri-reference"),
        timestamp=date_time(),
        eventType=suggested(*EVENT_TYPES),
    ),
    behaviour("https://ns.adobe.com/xdm/data/adhoc", "Ad Hoc Schema"),
    behaviour("https://ns.adobe.com/xdm/data/adhoc-v2", "Relational Schema"),
)

_IDENTITY = record(
    id=string(),
    authenticatedState=choice("ambiguous", "authenticated", "loggedOut"),
    primary=boolean(),
)

FIELD_GROUPS = (
    field_group(
        IDENTITY_MAP,
        "IdentityMap",
        (RECORD, TIME_SERIES),
        {"identityMap": mapping(array(_IDENTITY))},
    ),
    field_group(
        AUDITABLE,
        "Auditable",
        (RECORD, TIME_SERIES),
        {
            "_repo": record(createDate=date_time(), modifyDate=date_time()),
            "createdByBatchID": string(format="uri-reference"),
            "modifiedByBatchID": string(format="uri-reference"),
            "repositoryCreatedBy": string(),
            "repositoryLastModifiedBy": string(),
        },
    ),
    field_group(
        SOURCE_AUDIT,
        "External Source System Audit Details",
        (RECORD, TIME_SERIES),
        {
            "extSourceSystemAudit": record(
                createdBy=string(),
                createdDate=date_time(),
                externalKey=record(
                    instanceID=string(), sourceID=string(), sourceKey=string(), sourceType=string()
                ),
                lastActivityDate=date_time(),
                lastReferencedDate=date_time(),
                lastUpdatedBy=string(),
                lastUpdatedDate=date_time(),
                lastViewedDate=date_time(),
            )
        },
    ),
)

CLASSES = (
    class_(PROFILE, "XDM Individual Profile", (AUDITABLE, RECORD), personID=string()),
    class_(
        EXPERIENCE_EVENT,
        "XDM ExperienceEvent",
        (TIME_SERIES, IDENTITY_MAP),
        ("_id", "timestamp"),
        eventMergeId=string(),
        eventType=suggested(*EVENT_TYPES),
        producedBy=suggested("self", "system", "salesRef", "customerRep"),
    ),
)
