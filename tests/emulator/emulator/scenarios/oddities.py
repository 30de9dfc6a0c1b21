"""Data extensions that real accounts have and that break careless clients.

Each is a description as :mod:`emulator.sfmc.admin` takes it. ``{unit}`` of a description is the
business unit: ``main`` unless given, ``other``, or ``enterprise``.
"""

from __future__ import annotations

from typing import Any

_EVERY_TYPE: dict[str, Any] = {
    "name": "Every Type",
    "key": "every-type",
    "folder": "Oddities",
    "fields": [
        {"name": "ID", "type": "Text", "length": 36, "is_primary_key": True},
        {"name": "AText", "type": "Text", "length": 4000, "description": "leading blanks, quotes, emoji"},
        {"name": "ANumber", "type": "Number"},
        {"name": "ADate", "type": "Date"},
        {"name": "ABoolean", "type": "Boolean"},
        {"name": "AnEmailAddress", "type": "EmailAddress"},
        {"name": "APhone", "type": "Phone"},
        {"name": "ADecimal", "type": "Decimal", "length": 18, "scale": 2},
        {"name": "AWideDecimal", "type": "Decimal", "length": 29, "scale": 9},
        {"name": "ALocale", "type": "Locale"},
        {"name": "AnEncrypted", "type": "Base16Encrypted"},
        {"name": "AnEncryptedEmail", "type": "Base16EncryptedEmail"},
        {"name": "WithDefault", "type": "Text", "length": 20, "default": "none"},
        {"name": "Required", "type": "Text", "length": 20, "is_required": True},
    ],
    "rows": [
        {
            "ID": "all", "AText": "plain", "ANumber": 42, "ADate": "2026-01-15T15:04:05.678",
            "ABoolean": True, "AnEmailAddress": "m.muster@example.com", "APhone": "+49 221 123456",
            "ADecimal": "12.50",
            "AWideDecimal": "12345678901234567890.123456789", "ALocale": "de-DE", "AnEncrypted": "secret",
            "AnEncryptedEmail": "hidden@example.com", "WithDefault": "given", "Required": "x",
        },
        {"ID": "nulls", "WithDefault": None, "Required": "x"},
        {"ID": "empty text", "AText": "", "AnEmailAddress": "", "WithDefault": "", "Required": ""},
        {
            "ID": "lowest", "AText": " True", "ANumber": -(2**31), "ADate": "1753-01-01T00:00:00",
            "ABoolean": False, "ADecimal": "-9999999999999999.99", "AWideDecimal": "-0.000000001",
            "Required": "x",
        },
        {
            "ID": "highest", "AText": "x" * 4000, "ANumber": 2**31 - 1, "ADate": "9999-12-31T23:59:58.997",
            "ADecimal": "9999999999999999.99", "AWideDecimal": "99999999999999999999.999999999",
            "Required": "x",
        },
        {"ID": "looks like a number", "AText": "007", "Required": "x", "ADecimal": "0"},
        {"ID": "looks like null", "AText": "NULL", "Required": "null", "ANumber": 0},
        {
            "ID": "special", "AText": '\t"quoted" \\ <b>&amp;</b>\r\nsecond line 😀 \u00a0end ',
            "Required": "'",
        },
        {"ID": "just after midnight", "ADate": "2026-03-08T00:34:56.001", "Required": "x"},
        {"ID": "noon", "ADate": "2026-03-08T12:00:00", "Required": "x"},
        {"ID": "summer", "ADate": "2026-07-10T14:28:20.500", "Required": "x"},
        {"ID": "Größe/日本 'x'", "AText": "Ünïcödé 東京 Ольга", "Required": "x"},
    ],
}  # fmt: skip

_WITHOUT_KEY: dict[str, Any] = {
    "name": "Survey Answers",
    "key": "no-primary-key",
    "description": "No primary key, and rows that are equal",
    "folder": "Oddities",
    "fields": [
        {"name": "Question", "type": "Text", "length": 100},
        {"name": "Answer", "type": "Number"},
        {"name": "AnsweredAt", "type": "Date"},
    ],
    "rows": [
        {
            "Question": f"Question {number % 7}",
            "Answer": None if number % 11 == 0 else number % 5,
            "AnsweredAt": when,
        }
        for number in range(60)
        for when in [f"2026-05-{number % 9 + 1:02d}T10:00:00"]
    ],
}

_WIDE: dict[str, Any] = {
    "name": "Wide 300",
    "key": "wide-300",
    "folder": "Oddities",
    "fields": [
        {"name": "ID", "type": "Number", "is_primary_key": True},
        *({"name": f"Attribute {number:03d}", "type": "Text", "length": 30} for number in range(1, 300)),
    ],
    "rows": [
        {"ID": row, **{f"Attribute {number:03d}": f"{row}/{number}" for number in range(1, 300, row)}}
        for row in range(1, 21)
    ],
}

_NAMES: dict[str, Any] = {
    "name": "Größe & Maße – été 2026 (EU)",
    "key": "été/2026 Größe+Maße%",
    "description": "Names that have to be escaped everywhere",
    "folder": "Oddities/Ünïcödé",
    "fields": [
        {"name": "Customer Number", "type": "Text", "length": 20, "is_primary_key": True},
        {"name": "Registration Date", "type": "Date"},
        {"name": "Lead:Email", "type": "EmailAddress"},
        {"name": "Größe (cm)", "type": "Number"},
        {"name": "select", "type": "Text", "length": 10},
        {"name": "Été", "type": "Boolean"},
    ],
    "rows": [
        {
            "Customer Number": f"N {number}",
            "Registration Date": f"2024-0{number}-15T08:30:00",
            "Lead:Email": f"lead{number}@example.com",
            "Größe (cm)": 150 + number,
            "select": "from",
            "Été": number % 2 == 0,
        }
        for number in range(1, 10)
    ],
}

_COMPOSITE: dict[str, Any] = {
    "name": "Store Stock",
    "key": "store-stock",
    "description": "A primary key of two columns",
    "folder": "Retail",
    "fields": [
        {"name": "StoreID", "type": "Number", "is_primary_key": True},
        {"name": "SKU", "type": "Text", "length": 20, "is_primary_key": True},
        {"name": "Stock", "type": "Number"},
        {"name": "Price", "type": "Decimal", "length": 10, "scale": 2},
        {"name": "CountedAt", "type": "Date"},
    ],
    "rows": [
        {
            "StoreID": store,
            "SKU": f"SKU-{item:03d}",
            "Stock": store * item % 17,
            "Price": f"{item}.95",
            "CountedAt": f"2026-06-{item:02d}T18:00:00",
        }
        for store in range(1, 9)
        for item in range(1, 26)
    ],
}

_EMPTY: dict[str, Any] = {
    "name": "Empty",
    "key": "empty",
    "folder": "Oddities",
    "fields": [
        {"name": "ID", "type": "Text", "length": 10, "is_primary_key": True},
        {"name": "Value", "type": "Number"},
    ],
}

_ORPHAN: dict[str, Any] = {
    "name": "Without Folder",
    "key": "without-folder",
    "folder": None,
    "fields": [{"name": "ID", "type": "Text", "length": 10, "is_primary_key": True}],
    "rows": [{"ID": "1"}],
}

_DELETED: dict[str, Any] = {
    "name": "Deleted Last Year",
    "key": "deleted-last-year",
    "folder": None,
    "fields": [{"name": "GhostField", "type": "Text", "length": 10}],
}

_SHARED: dict[str, Any] = {
    "name": "Shared Products",
    "key": "shared-products",
    "family": "shared_dataextension",
    "folder": "Catalogue",
    "fields": [
        {"name": "SKU", "type": "Text", "length": 20, "is_primary_key": True},
        {"name": "Title", "type": "Text", "length": 100},
        {"name": "Price", "type": "Decimal", "length": 10, "scale": 2},
        {"name": "UpdatedAt", "type": "Date"},
    ],
    "rows": [
        {
            "SKU": f"SKU-{number:03d}",
            "Title": f"Product {number}",
            "Price": f"{number}.49",
            "UpdatedAt": "2026-06-01T00:00:00",
        }
        for number in range(1, 41)
    ],
}

_SYNCHRONISED: dict[str, Any] = {
    "name": "Contact_Salesforce_1",
    "key": "Contact_Salesforce_1",
    "family": "synchronizeddataextension",
    "fields": [
        {"name": "Id", "type": "Text", "length": 18, "is_primary_key": True},
        {"name": "Email", "type": "EmailAddress"},
        {"name": "SystemModstamp", "type": "Date", "is_required": True},
        {"name": "IsDeleted", "type": "Boolean"},
    ],
    "rows": [
        {
            "Id": f"0035e00000AbC{number:02d}AAA",
            "Email": f"crm{number}@example.com",
            "SystemModstamp": f"2026-04-{number:02d}T09:15:00.250",
            "IsDeleted": number % 10 == 0,
        }
        for number in range(1, 31)
    ],
}

_SALESFORCE: dict[str, Any] = {
    "name": "Salesforce Campaign Members",
    "key": "sf-campaign-members",
    "family": "salesforcedataextension",
    "fields": [
        {"name": "MemberId", "type": "Text", "length": 18, "is_primary_key": True},
        {"name": "Status", "type": "Text", "length": 40},
    ],
    "rows": [
        {"MemberId": f"00v{number:015d}", "Status": "Responded" if number % 3 else "Sent"}
        for number in range(12)
    ],
}

_SHARED_SALESFORCE: dict[str, Any] = {
    **_SALESFORCE,
    "name": "Shared Salesforce Leads",
    "key": "shared-sf-leads",
    "family": "shared_salesforcedataextension",
}

_OUTLET_CONTACTS: dict[str, Any] = {
    "name": "Contacts",
    "key": "contacts",
    "unit": "other",
    "folder": "Customers",
    "description": "Same name and key as in the other business unit, other columns",
    "fields": [
        {"name": "SubscriberKey", "type": "Text", "length": 100, "is_primary_key": True},
        {"name": "EmailAddress", "type": "EmailAddress"},
        {"name": "ModifiedDate", "type": "Date", "is_required": True},
    ],
    "rows": [
        {
            "SubscriberKey": f"O{number:05d}",
            "EmailAddress": f"outlet{number}@example.com",
            "ModifiedDate": f"2026-06-{number % 28 + 1:02d}T12:00:00",
        }
        for number in range(1, 101)
    ],
}

_SYSTEM: list[dict[str, Any]] = [
    {
        "name": name,
        "key": key,
        "family": family,
        "fields": [{"name": "ID", "type": "Text", "length": 50, "is_primary_key": True}],
    }
    for name, key, family in (
        ("ExpressionBuilderAttributes", "ExpressionBuilderAttributes", "dataextension"),
        ("CloudPages_DataExtension", "CloudPages_DataExtension", "dataextension"),
        ("_MobileAddress", "_MobileAddress", "hidden"),
        ("IGO Products", "IGO_PRODUCTS", "hidden"),
        ("PI Profiles", "PI_PROFILES", "hidden"),
    )
]

ODDITIES: tuple[dict[str, Any], ...] = (
    _EVERY_TYPE,
    _WITHOUT_KEY,
    _WIDE,
    _NAMES,
    _COMPOSITE,
    _EMPTY,
    _ORPHAN,
    _SHARED,
    _SYNCHRONISED,
    _SALESFORCE,
    _SHARED_SALESFORCE,
    _OUTLET_CONTACTS,
    *_SYSTEM,
)

DELETED: tuple[dict[str, Any], ...] = (_DELETED,)
"""Only their fields are left, in inventories of fields."""
