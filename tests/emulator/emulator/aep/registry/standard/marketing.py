"""What happened to messages: direct marketing, campaigns, channels, single kinds of e-mail events."""

from __future__ import annotations

from emulator.aep.registry.standard.notation import (
    EXPERIENCE_EVENT,
    Field,
    array,
    boolean,
    choice,
    data_type,
    field_group,
    measure,
    record,
    refer,
    string,
    suggested,
)

_EVENT = (EXPERIENCE_EVENT,)
_DIRECT_MARKETING = "https://ns.adobe.com/xdm/context/direct-marketing"
_MARKETING = "https://ns.adobe.com/xdm/context/marketing"
_CHANNEL = "https://ns.adobe.com/xdm/channels/channel"
_MEASURES = (
    "bounces",
    "clicks",
    "mirrorPages",
    "nonDeliverables",
    "sends",
    "userComplaints",
    "opens",
    "unsubscriptions",
    "notSent",
    "offerOpens",
    "impressions",
    "excludes",
    "customActions",
    "marketingSubscription",
    "emailDelivered",
)

DATA_TYPES = (
    data_type(
        _DIRECT_MARKETING,
        "Direct marketing",
        (),
        **{name: measure() for name in _MEASURES},
        unsubscribeReason=string(),
        hashedEmail=string(),
        emailVisitorID=string(),
        messageID=string(),
    ),
    data_type(_MARKETING, "Marketing", trackingCode=string(), campaignName=string(), campaignGroup=string()),
    data_type(
        _CHANNEL,
        "Experience Channel",
        ("_id",),
        _id=string(format="uri-reference"),
        _type=string(format="uri"),
        typeAtSource=string(),
        mode=choice("push", "pull", "bidirectional"),
        mediaType=suggested("paid", "owned", "earned"),
        mediaAction=suggested("opens", "sends", "clicks", "impressions", "bounces", "unSubscriptions"),
        contentTypes=array(string(format="uri")),
        metricTypes=array(string(format="uri")),
        locationTypes=array(string(format="uri")),
    ),
)

_MAILING: dict[str, Field] = {
    "mailingID": string(),
    "mailingName": string(),
    "testVariantID": string(),
    "testVariantName": string(),
}
_CLIENT: dict[str, Field] = {
    "environment": record(operatingSystem=string(), browserDetails=record(userAgent=string())),
    "device": record(isMobileDevice=boolean(), model=string()),
}


def _email_event(
    name: str, title: str, fields: dict[str, Field], more: dict[str, Field] | None = None
) -> Field:
    direct_marketing = record((), **_MAILING, **fields)
    return field_group(
        f"https://ns.adobe.com/xdm/mixins/events/{name}",
        title,
        _EVENT,
        {"directMarketing": direct_marketing, **(more or {})},
    )


FIELD_GROUPS = (
    field_group(
        "https://ns.adobe.com/xdm/context/experienceevent-directmarketing",
        "Direct Marketing Details",
        _EVENT,
        {"directMarketing": refer(_DIRECT_MARKETING)},
    ),
    field_group(
        "https://ns.adobe.com/xdm/context/experienceevent-marketing",
        "Campaign Marketing Details",
        _EVENT,
        {"marketing": refer(_MARKETING)},
    ),
    field_group(
        "https://ns.adobe.com/xdm/context/experienceevent-channel",
        "Channel Details",
        _EVENT,
        {"channel": refer(_CHANNEL)},
    ),
    field_group(
        "https://ns.adobe.com/xdm/mixins/events/emailsent",
        "Email Sent",
        _EVENT,
        {
            "directMarketing": record(
                emailSent=record(
                    mailingKey=refer("https://ns.adobe.com/xdm/datatypes/b2b-source"),
                    mailingName=string(),
                    testVariantID=string(),
                    testVariantName=string(),
                    automationRunID=string(),
                )
            )
        },
    ),
    _email_event(
        "emailclicked",
        "Email Clicked",
        {"linkURL": string()},
        {**_CLIENT, "web": record(webInteraction=record(linkID=string()))},
    ),
    _email_event("emailopened", "Email Opened", {}, _CLIENT),
    _email_event("emaildelivered", "Email Delivered", {}),
    _email_event(
        "emailbounced",
        "Email Bounced",
        {"emailBouncedCode": string(), "emailBouncedDetails": string(), "email": string()},
    ),
    _email_event(
        "emailbouncedsoft",
        "Email Bounced Soft",
        {"emailBouncedCode": string(), "emailBouncedDetails": string(), "email": string()},
    ),
    _email_event("emailunsubscribed", "Email Unsubscribed", {}),
)
