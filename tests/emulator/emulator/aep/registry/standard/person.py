"""Field groups and data types of the Individual Profile: person, contact details, consents, loyalty."""

from __future__ import annotations

from emulator.aep.registry.standard.notation import (
    EXPERIENCE_EVENT,
    PROFILE,
    array,
    boolean,
    choice,
    data_type,
    date,
    date_time,
    field_group,
    integer,
    mapping,
    number,
    record,
    refer,
    string,
    suggested,
)

_NAME = "https://ns.adobe.com/xdm/context/person-name"
_PERSON = "https://ns.adobe.com/xdm/context/person"
_ADDRESS = "https://ns.adobe.com/xdm/common/address"
_EMAIL = "https://ns.adobe.com/xdm/context/emailaddress"
_PHONE = "https://ns.adobe.com/xdm/context/phonenumber"

LANGUAGE_TAG = "^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$"  # BCP 47

_STATUS = suggested("active", "incomplete", "pending_verification", "blacklisted", "blocked")

DATA_TYPES = (
    data_type(
        _NAME,
        "Person name",
        firstName=string(),
        lastName=string(),
        middleName=string(),
        courtesyTitle=string(),
        suffix=string(),
        fullName=string(),
    ),
    data_type(
        _PERSON,
        "Person",
        name=refer(_NAME),
        birthDate=date(),
        birthDayAndMonth=string(pattern="[0-1][0-9]-[0-9][0-9]"),
        birthYear=integer(minimum=1, maximum=32767),
        gender=choice("male", "female", "not_specified", "non_specific"),
        maritalStatus=choice("married", "single", "divorced", "widowed", "not_specified"),
        nationality=string(pattern="^[A-Z]{2}$"),
        taxId=string(),
    ),
    data_type(
        _ADDRESS,
        "Postal address",
        _id=string(format="uri-reference"),
        _schema=record(
            description=string(),
            elevation=number(),
            latitude=number(minimum=-90, maximum=90),
            longitude=number(minimum=-180, maximum=180),
        ),
        primary=boolean(),
        label=string(),
        street1=string(),
        street2=string(),
        street3=string(),
        street4=string(),
        city=string(),
        region=string(),
        postOfficeBox=string(maxLength=20),
        postalCode=string(),
        country=string(),
        countryCode=string(pattern="^[A-Z]{2}$"),
        state=string(),
        stateProvince=string(pattern="([A-Z]{2}-[A-Z0-9]{1,3}|)"),
        dmaID=integer(),
        msaID=integer(),
        status=_STATUS,
        statusReason=string(),
        lastVerifiedDate=date(),
        createdByBatchID=string(format="uri-reference"),
        modifiedByBatchID=string(format="uri-reference"),
        repositoryCreatedBy=string(),
        repositoryLastModifiedBy=string(),
        _repo=record(createDate=date_time(), modifyDate=date_time()),
    ),
    data_type(
        _EMAIL,
        "Email address",
        primary=boolean(),
        address=string(format="email"),
        label=string(),
        type=suggested("unknown", "personal", "work", "education"),
        status=_STATUS,
        statusReason=string(),
    ),
    data_type(
        _PHONE,
        "Phone number",
        primary=boolean(),
        countryCode=string(minLength=1, maxLength=3, pattern="^[0-9]{1,3}?$"),
        number=string(),
        extension=string(),
        status=suggested("active", "incomplete", "blacklisted", "blocked"),
        statusReason=string(),
        validity=suggested("consistent", "inconsistent", "incomplete", "successfullyUsed"),
    ),
)

_CHOICE = choice("y", "n", "p", "u", "dy", "dn", "LI", "CT", "CP", "VI", "PI")
_SOURCE = string(maxLength=15)
_CONSENT = record(("val",), val=_CHOICE)
_MARKETING = record(("val",), val=_CHOICE, time=date_time(), reason=string(maxLength=16))
_WITH_SUBSCRIPTIONS = record(
    ("val",),
    val=_CHOICE,
    time=date_time(),
    reason=string(maxLength=16),
    subscriptions=mapping(
        record(
            val=_CHOICE,
            type=string(maxLength=15),
            subscribers=mapping(record(time=date_time(), source=_SOURCE)),
        )
    ),
)
_PREFERRED = choice(
    *("email", "push", "inApp", "sms", "phone", "phyMail", "inVehicle", "inHome", "iot", "social"),
    *("other", "none", "unknown"),
)
_PERSONALIZE = record(content=_CONSENT)
_METADATA = record(time=date_time())

FIELD_GROUPS = (
    field_group(
        "https://ns.adobe.com/xdm/context/profile-person-details",
        "Demographic Details",
        (PROFILE,),
        {"person": refer(_PERSON)},
    ),
    field_group(
        "https://ns.adobe.com/xdm/context/profile-personal-details",
        "Personal Contact Details",
        (PROFILE, EXPERIENCE_EVENT),
        {
            "homeAddress": refer(_ADDRESS),
            "personalEmail": refer(_EMAIL),
            "homePhone": refer(_PHONE),
            "mobilePhone": refer(_PHONE),
            "faxPhone": refer(_PHONE),
        },
    ),
    field_group(
        "https://ns.adobe.com/xdm/mixins/profile-consents",
        "Consents and Preferences",
        (PROFILE,),
        {
            "consents": record(
                collect=_CONSENT,
                share=_CONSENT,
                personalize=_PERSONALIZE,
                marketing=record(
                    preferred=_PREFERRED,
                    any=_MARKETING,
                    email=_WITH_SUBSCRIPTIONS,
                    push=_WITH_SUBSCRIPTIONS,
                    sms=_WITH_SUBSCRIPTIONS,
                ),
                idSpecific=mapping(
                    mapping(
                        record(
                            collect=_CONSENT,
                            share=_CONSENT,
                            adID=_CONSENT,
                            personalize=_PERSONALIZE,
                            marketing=record(email=_MARKETING, push=_MARKETING, sms=_MARKETING),
                        )
                    )
                ),
                metadata=_METADATA,
            )
        },
    ),
    field_group(
        "https://ns.adobe.com/xdm/context/profile-work-details",
        "Work Contact Details",
        (PROFILE,),
        {
            "workAddress": refer(_ADDRESS),
            "workEmail": refer(_EMAIL),
            "workPhone": refer(_PHONE),
            "organizations": array(string()),
        },
    ),
    field_group(
        "https://ns.adobe.com/xdm/context/profile-preferences-details",
        "Preference Details",
        (PROFILE,),
        {
            "preferredLanguage": string(pattern=LANGUAGE_TAG),
            "profilePictureLink": string(),
            "emailFormat": suggested("html", "plaintext"),
            "timeZone": string(),
        },
    ),
    field_group(
        "https://ns.adobe.com/xdm/mixins/profile/profile-loyalty-details",
        "Loyalty Details",
        (PROFILE,),
        {
            "loyalty": record(
                joinDate=date_time(),
                loyaltyID=array(string()),
                points=number(),
                pointsExpiration=array(record(pointsExpiring=number(), pointsExpirationDate=date_time())),
                pointsRedeemed=number(),
                program=string(),
                upgradeDate=string(),
                status=string(),
                tier=string(),
            )
        },
    ),
    field_group(
        "https://ns.adobe.com/xdm/context/profile-test-profile",
        "Profile test details",
        (PROFILE,),
        {"testProfile": boolean()},
    ),
)
