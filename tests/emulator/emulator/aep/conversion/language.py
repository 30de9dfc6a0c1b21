"""Functions and operators of the mapping language, as the service lists them: names and arguments only."""

from __future__ import annotations

from typing import Any

# Category → function → names of its arguments.
FUNCTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "String": {
        "concat": ("STRING_1", "STRING_2"),
        "explode": ("STRING", "REGEX"),
        "instr": ("INPUT", "SUBSTRING", "START_POSITION", "OCCURRENCE"),
        "replacestr": ("INPUT", "TO_FIND", "TO_REPLACE"),
        "substr": ("INPUT", "START_INDEX", "LENGTH"),
        "lower": ("INPUT",),
        "lcase": ("INPUT",),
        "upper": ("INPUT",),
        "ucase": ("INPUT",),
        "split": ("INPUT", "SEPARATOR"),
        "join": ("SEPARATOR", "OBJECTS"),
        "lpad": ("INPUT", "COUNT", "PADDING"),
        "rpad": ("INPUT", "COUNT", "PADDING"),
        "left": ("STRING", "COUNT"),
        "right": ("STRING", "COUNT"),
        "ltrim": ("STRING",),
        "rtrim": ("STRING",),
        "trim": ("STRING",),
        "equals": (),
        "equalsIgnoreCase": (),
    },
    "Regular expression": {
        "extract_regex": ("STRING", "REGEX"),
        "matches_regex": ("STRING", "REGEX"),
    },
    "Hashing": {
        "sha1": ("INPUT", "CHARSET"),
        "sha256": ("INPUT", "CHARSET"),
        "sha512": ("INPUT", "CHARSET"),
        "md5": ("INPUT", "CHARSET"),
        "crc32": ("INPUT", "CHARSET"),
        "hash": ("ALGORITHM", "INPUT", "CHARSET"),
    },
    "URL": {
        "get_url_protocol": ("URL",),
        "get_url_host": ("URL",),
        "get_url_port": ("URL",),
        "get_url_path": ("URL", "FULL_PATH"),
        "get_url_query_str": ("URL", "ANCHOR"),
        "get_url_encoded": ("URL",),
        "get_url_decoded": ("URL",),
    },
    "Date and time": {
        "now": (),
        "timestamp": (),
        "format": ("DATE", "FORMAT"),
        "dformat": ("TIMESTAMP", "FORMAT"),
        "date": ("DATE", "FORMAT", "DEFAULT_DATE"),
        "date_part": ("COMPONENT", "DATE"),
        "set_date_part": ("COMPONENT", "VALUE", "DATE"),
        "make_date_time": ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "NANOSECOND", "TIMEZONE"),
        "make_timestamp": ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "NANOSECOND", "TIMEZONE"),
        "zone_date_to_utc": ("DATE",),
        "zone_date_to_zone": ("DATE", "ZONE"),
    },
    "Hierarchies - Objects": {
        "is_empty": ("INPUT",),
        "arrays_to_object": ("INPUT",),
        "arrays_to_objects": ("INPUT",),
        "to_object": ("INPUT",),
        "str_to_object": ("STRING", "VALUE_DELIMITER", "FIELD_DELIMITER"),
        "get": (),
        "contains_key": ("INPUT",),
        "is_set": ("INPUT",),
        "nullify": (),
        "get_keys": ("OBJECT",),
        "get_values": ("STRING", "KEY", "VALUE_DELIMITER", "FIELD_DELIMITER"),
        "map_get_values": ("MAP", "KEY"),
        "map_has_keys": ("MAP", "KEY"),
        "add_to_map": ("MAP_1", "MAP_2", "MAP_3"),
        "object_to_map": ("KEY", "ANY_TYPE"),
    },
    "Hierarchies - Arrays": {
        "coalesce": ("INPUT",),
        "first": ("INPUT",),
        "last": ("INPUT",),
        "add_to_array": ("ARRAY", "VALUES"),
        "join_arrays": ("ARRAY", "VALUES"),
        "to_array": ("INCLUDE_NULLS", "VALUES"),
        "size_of": ("INPUT",),
        "upsert_array_append": ("ARRAY",),
        "upsert_array_replace": ("ARRAY",),
        "array_to_string": ("SEPARATOR", "ARRAY"),
        "filterArray": ("ARRAY", "PREDICATE"),
        "transformArray": ("ARRAY", "PREDICATE"),
        "flattenArray": ("ARRAY",),
    },
    "Hierarchies - Map": {
        "array_to_map": ("OBJECT_INPUTS", "KEY"),
        "object_to_map": ("OBJECT_INPUT",),
        "to_map": ("OBJECT_INPUT",),
    },
    "Logical operators": {
        "decode": ("KEY", "OPTIONS"),
        "iif": ("EXPRESSION", "TRUE_VALUE", "FALSE_VALUE"),
    },
    "Aggregation": {
        "min": ("OPTIONS",),
        "max": ("OPTIONS",),
    },
    "Type conversions": {
        "to_bigint": ("STRING",),
        "to_decimal": ("STRING",),
        "to_float": ("STRING",),
        "to_integer": ("STRING",),
    },
    "JSON": {
        "json_to_object": ("STRING",),
    },
    "Special operations": {
        "uuid": (),
        "guid": (),
        "fpid_to_ecid": ("STRING",),
    },
    "User agent": {
        "ua_os_name": ("USER_AGENT",),
        "ua_os_version_major": ("USER_AGENT",),
        "ua_os_version": ("USER_AGENT",),
        "ua_os_name_version": ("USER_AGENT",),
        "ua_agent_version": ("USER_AGENT",),
        "ua_agent_version_major": ("USER_AGENT",),
        "ua_agent_name": ("USER_AGENT",),
        "ua_device_class": ("USER_AGENT",),
    },
    "Analytics": {
        "aa_get_event_id": ("EVENT_STRING", "EVENT_NAME"),
        "aa_get_event_value": ("EVENT_STRING", "EVENT_NAME"),
        "aa_get_product_categories": ("PRODUCTS_STRING",),
        "aa_get_product_names": ("PRODUCTS_STRING",),
        "aa_get_product_quantities": ("PRODUCTS_STRING",),
        "aa_get_product_prices": ("PRODUCTS_STRING",),
        "aa_get_product_event_values": ("PRODUCTS_STRING", "EVENT_NAME"),
        "aa_get_product_evars": ("PRODUCTS_STRING", "EVENT_NAME"),
    },
}

# What may stand before a bracket: the functions, those that Adobe's pages no longer list or only mention, and
# words of the language.
CALLABLE = frozenset(name for functions in FUNCTIONS.values() for name in functions) | {
    *("current_date", "current_timestamp", "ua_os_version_majors"),
    *("aa_get_product_events", "aa_get_product_event_ids"),
    *("if", "for", "while", "return", "not", "and", "or", "size", "empty", "new", "var", "function"),
}

_OPERATORS = {
    "+": ("add", 2),
    "-": ("subtract", 2),
    "*": ("multiply", 2),
    "/": ("divide", 2),
    "%": ("mod", 2),
    "==": ("eq", 2),
    "!=": ("ne", 2),
    "<": ("lt", 2),
    "<=": ("le", 2),
    ">": ("gt", 2),
    ">=": ("ge", 2),
    "&&": ("and", 2),
    "||": ("or", 2),
    "!": ("not", 1),
}


def functions() -> list[dict[str, Any]]:
    """Return the functions in the form of the service."""
    return [
        {
            "category": category,
            "function": name,
            "description": "",
            "syntax": f"{name}({', '.join(arguments)})",
            "returns": "",
            "returnType": "java.lang.Object",
            "example": "",
            "result": "",
            "params": [
                {
                    "name": argument,
                    "description": "",
                    "type": "object",
                    "dataType": "java.lang.Object",
                    "position": position,
                }
                for position, argument in enumerate(arguments, start=1)
            ],
            "since": 1,
        }
        for category, known in FUNCTIONS.items()
        for name, arguments in known.items()
    ]


def operators() -> list[dict[str, Any]]:
    """Return the operators in the form of the service."""
    return [
        {
            "operatorSymbol": symbol,
            "methodName": name,
            "numberOfOperands": count,
            "description": "",
            "example": "",
        }
        for symbol, (name, count) in _OPERATORS.items()
    ]
