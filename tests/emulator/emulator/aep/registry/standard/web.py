"""What happened on pages and devices."""

from __future__ import annotations

from emulator.aep.registry.standard.notation import (
    EXPERIENCE_EVENT,
    boolean,
    choice,
    data_type,
    date_time,
    field_group,
    integer,
    measure,
    record,
    refer,
    string,
    suggested,
)
from emulator.aep.registry.standard.person import LANGUAGE_TAG

_EVENT = (EXPERIENCE_EVENT,)
_INFO = "https://ns.adobe.com/xdm/context/webinfo"
_INTERACTION = "https://ns.adobe.com/xdm/context/webinteraction"
_PAGE = "https://ns.adobe.com/xdm/context/webpagedetails"
_REFERRER = "https://ns.adobe.com/xdm/context/webreferrer"
_BROWSER = "https://ns.adobe.com/xdm/context/browserdetails"
_ENVIRONMENT = "https://ns.adobe.com/xdm/context/environment"
_DEVICE = "https://ns.adobe.com/xdm/context/device"
_PLACE = "https://ns.adobe.com/xdm/context/placecontext"
_SOURCE = "https://ns.adobe.com/xdm/datatypes/b2b-source"

DATA_TYPES = (
    data_type(
        _INTERACTION,
        "Web interaction",
        type=choice("download", "exit", "other"),
        URL=string(),
        name=string(),
        linkClicks=measure(),
    ),
    data_type(
        _PAGE,
        "Web page details",
        siteSection=string(),
        name=string(),
        viewName=string(),
        URL=string(format="uri"),
        server=string(),
        isErrorPage=boolean(),
        isHomePage=boolean(),
        pageViews=measure(),
    ),
    data_type(
        _REFERRER,
        "Web referrer",
        URL=string(),
        type=choice(
            "internal",
            "external",
            "search_engine",
            "typed_bookmarked",
            "email",
            "social",
            "unknown",
            "usenet",
        ),
    ),
    data_type(
        _INFO,
        "Web information",
        webPageDetails=refer(_PAGE),
        webReferrer=refer(_REFERRER),
        webInteraction=refer(_INTERACTION),
    ),
    data_type(
        _BROWSER,
        "Browser details",
        name=string(),
        vendor=string(),
        version=string(),
        acceptLanguage=string(),
        cookiesEnabled=boolean(),
        javaScriptEnabled=boolean(),
        javaScriptVersion=string(),
        javaEnabled=boolean(),
        javaVersion=string(),
        quicktimeVersion=string(),
        thirdPartyCookiesEnabled=boolean(),
        viewportHeight=integer(),
        viewportWidth=integer(),
        userAgent=string(),
    ),
    data_type(
        _ENVIRONMENT,
        "Environment",
        (),
        type=choice("browser", "application", "iot", "external", "widget"),
        browserDetails=refer(_BROWSER),
        operatingSystem=string(),
        operatingSystemVersion=string(),
        operatingSystemVendor=string(),
        colorDepth=integer(minimum=0),
        viewportHeight=integer(minimum=0),
        viewportWidth=integer(minimum=0),
        duration=integer(minimum=0),
        viewedScreen=string(),
        previousScreen=string(),
        connectionType=choice(
            *(
                "dialup",
                "isdn",
                "bisdn",
                "dsl",
                "cable",
                "wireless_wifi",
                "mobile",
                "mobile_edge",
                "mobile_2g",
            ),
            *("mobile_3g", "mobile_lte", "t1", "t3", "oc3", "lan", "modem"),
        ),
        carrier=string(),
        ipV4=string(format="ipv4"),
        ipV6=string(format="ipv6"),
        domain=string(),
        ISP=string(),
        _dc=record(language=string(pattern=LANGUAGE_TAG)),
    ),
    data_type(
        _DEVICE,
        "Device",
        typeID=string(),
        typeIDService=string(format="uri"),
        type=suggested(
            "mobile", "tablet", "desktop", "ereader", "gaming", "television", "settop", "mediaplayer"
        ),
        manufacturer=string(),
        model=string(),
        modelNumber=string(),
        screenHeight=integer(),
        screenWidth=integer(),
        colorDepth=integer(),
        screenOrientation=choice("portrait", "landscape"),
        isBackgroundPushEnabled=boolean(),
        isLocationEnabled=boolean(),
        locationPermission=choice(
            "SYSTEM_LOCATION_DISABLED", "NOT_ALLOWED", "ALWAYS_ALLOWED", "FOREGROUND_ALLOWED", "UNPROMPTED"
        ),
        isPushOptIn=boolean(),
    ),
    data_type(
        _PLACE,
        "Place context",
        localTime=date_time(),
        localTimezoneOffset=integer(),
        ianaTimezone=string(),
        geo=record(
            city=string(),
            countryCode=string(pattern="^[A-Z]{2}$"),
            postalCode=string(),
            stateProvince=string(pattern="([A-Z]{2}-[A-Z0-9]{1,3}|)"),
            dmaID=integer(),
            msaID=integer(),
        ),
    ),
)

_CLIENT = record(ipV4=string(format="ipv4"), browserDetails=record(userAgent=string()))

FIELD_GROUPS = (
    field_group(
        "https://ns.adobe.com/xdm/context/experienceevent-web", "Web Details", _EVENT, {"web": refer(_INFO)}
    ),
    field_group(
        "https://ns.adobe.com/xdm/context/experienceevent-environment-details",
        "Environment Details",
        _EVENT,
        {"environment": refer(_ENVIRONMENT), "device": refer(_DEVICE), "placeContext": refer(_PLACE)},
    ),
    field_group(
        "https://ns.adobe.com/xdm/mixins/events/formfilledout",
        "Form Filled Out",
        _EVENT,
        {
            "web": record(
                fillOutForm=record(webFormID=string(), webFormKey=refer(_SOURCE), webFormName=string()),
                webPageDetails=record(webPageID=string(), name=string(), queryParameters=string()),
                webReferrer=record(URL=string()),
            ),
            "environment": _CLIENT,
        },
    ),
    field_group(
        "https://ns.adobe.com/xdm/mixins/events/visit-webpage",
        "Visit Web Page",
        _EVENT,
        {
            "web": record(
                webPageDetails=record(
                    webPageID=string(),
                    name=string(),
                    URL=string(format="uri"),
                    queryParameters=string(),
                    isPersonalizedURL=boolean(),
                ),
                webReferrer=record(URL=string()),
            ),
            "environment": _CLIENT,
            "search": record(searchEngine=string(), keywords=string()),
        },
    ),
)
