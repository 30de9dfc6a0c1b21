"""User agent functions.

Adobe documents one sample and the device classes of the Java library Yauaa;
here ``ua-parser`` reads the text, and its answer is put in those words.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from target_aep.dataprep.functions.arguments import scalar_text
from target_aep.dataprep.functions.registry import Category, function

_UNKNOWN = "Unknown"
_LONGEST = 2048
_DECORATION = re.compile(r"\bMobile\b|\bWebView\b|\biOS\b|\bUI/WKWebView\b|\bTablet\b|\bDesktop\b")
_AGENTS = {"IE": "Internet Explorer", "Edge": "Edge", "HeadlessChrome": "Chrome"}

_DEVICE_CLASSES = (
    ("Hacker", r"<script|\bunion\b.{1,100}\bselect\b|\$\{jndi:|/etc/passwd"),
    ("Voice", r"alexa|\bgoogle-?home\b|echo\W?dot|homepod"),
    ("Car", r"\btesla\b|\bcarplay\b|android automotive|\bqtcarbrowser\b"),
    ("Watch", r"\bwatch\b|watchos|\bwear os\b|\bsm-r\d{3}"),
    ("Virtual Reality", r"oculus|\bquest \d|\bvr\b|\bpico neo"),
    ("Augmented Reality", r"hololens|google glass"),
    ("Handheld Game Console", r"nintendo (switch|3ds|dsi|ds)|playstation (vita|portable)|steam deck"),
    ("Game Console", r"playstation|xbox|nintendo wiiu?|\bwiiu?\b|\bouya\b"),
    ("eReader", r"\bkindle/|\bkobo\b|\bnook\b|\bpocketbook\b|\btolino\b|\bebookr?eader\b"),
    ("Set-top box", r"\baft[a-z]{1,3}\b|apple ?tv|chromecast|crkey|\broku\b|set-?top|\bstb\b|mibox"),
    ("TV", r"smart-?tv|\btv\b|hbbtv|web0s|webos\.tv|tizen.{0,40}\btv\b|bravia|netcast|viera|aquos|googletv"),
    ("Home Appliance", r"refrigerator|\bfamily ?hub\b|\bfridge\b"),
    ("Anonymized", r"^mozilla/\d\.\d \(privacy|\bduckduckgo privacy\b"),
    (
        "Tablet",
        r"ipad|\btablet\b|\bkf[a-z]{3,5}\b|\bsilk/|playbook|\bnexus (7|9|10)\b|\bsm-t\d{3}|\bgt-p\d{4}",
    ),
    ("Phone", r"iphone|ipod|windows phone|blackberry|\bbb10\b|\biemobile\b|android.{1,1000}mobile|symbian"),
    ("Tablet", r"android(?!.{0,1000}mobile)"),
    ("Mobile", r"\bmobile\b|\bj2me\b|\bmidp\b|opera mini"),
    ("Desktop", r"windows|macintosh|mac os x|\bx11\b|linux|\bcros\b|freebsd|openbsd"),
)
_ROBOT = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|\bcurl/|\bwget/|python-requests|\bhttpclient\b", re.IGNORECASE
)
_CLOUD = re.compile(r"amazonaws|google-?cloud|\bazure\b", re.IGNORECASE)


@dataclass(frozen=True)
class _UserAgent:
    os_name: str
    os_version: str | None
    agent_name: str
    agent_version: str | None
    device_class: str


@functools.lru_cache(maxsize=10_000)
def _parse(user_agent: str) -> _UserAgent:
    import ua_parser  # noqa: PLC0415 - with YAML a seventh of what all runs would import

    bounded = user_agent[:_LONGEST]
    result = ua_parser.parse(bounded)
    os, agent = result.os, result.user_agent
    robot = result.device is not None and result.device.family == "Spider"
    return _UserAgent(
        os_name=os.family if os else _UNKNOWN,
        os_version=_version(os.major, os.minor, os.patch, os.patch_minor) if os else None,
        agent_name=_agent_name(agent.family) if agent else _UNKNOWN,
        agent_version=_version(agent.major, agent.minor, agent.patch, agent.patch_minor) if agent else None,
        device_class=_device_class(bounded, robot=robot or _ROBOT.search(bounded) is not None),
    )


def _version(*parts: str | None) -> str | None:
    return ".".join(part for part in parts if part) or None


def _agent_name(family: str) -> str:
    plain = " ".join(_DECORATION.sub(" ", family).split()) or family
    return _AGENTS.get(plain, plain)


def _device_class(user_agent: str, *, robot: bool) -> str:
    matching = (name for name, pattern in _DEVICE_CLASSES if re.search(pattern, user_agent, re.IGNORECASE))
    found = next(matching, _UNKNOWN)
    if robot:
        return "Robot Mobile" if found in {"Phone", "Tablet", "Mobile"} else "Robot"
    if found == _UNKNOWN and _CLOUD.search(user_agent):
        return "Cloud"
    return found


def _read(value: object) -> _UserAgent | None:
    return None if value is None else _parse(scalar_text(value))


def _named(name: str, version: str | None) -> str:
    return f"{name} {version}" if version else name


def _major(version: str | None) -> str | None:
    return version.split(".")[0] if version else None


@function("ua_os_name(USER_AGENT)", Category.USER_AGENT)
def ua_os_name(value: object) -> str | None:
    """Name of the operating system."""
    found = _read(value)
    return found.os_name if found else None


@function("ua_os_version_major(USER_AGENT)", Category.USER_AGENT)
def ua_os_version_major(value: object) -> str | None:
    """Name and major version of the operating system."""
    found = _read(value)
    return _named(found.os_name, _major(found.os_version)) if found else None


@function("ua_os_version(USER_AGENT)", Category.USER_AGENT)
def ua_os_version(value: object) -> str | None:
    """Version of the operating system; null if it is not told."""
    found = _read(value)
    return found.os_version if found else None


@function("ua_os_name_version(USER_AGENT)", Category.USER_AGENT)
def ua_os_name_version(value: object) -> str | None:
    """Name and version of the operating system."""
    found = _read(value)
    return _named(found.os_name, found.os_version) if found else None


@function("ua_agent_version(USER_AGENT)", Category.USER_AGENT)
def ua_agent_version(value: object) -> str | None:
    """Version of the browser; null if it is not told."""
    found = _read(value)
    return found.agent_version if found else None


@function("ua_agent_version_major(USER_AGENT)", Category.USER_AGENT)
def ua_agent_version_major(value: object) -> str | None:
    """Name and major version of the browser."""
    found = _read(value)
    return _named(found.agent_name, _major(found.agent_version)) if found else None


@function("ua_agent_name(USER_AGENT)", Category.USER_AGENT)
def ua_agent_name(value: object) -> str | None:
    """Name of the browser."""
    found = _read(value)
    return found.agent_name if found else None


@function("ua_device_class(USER_AGENT)", Category.USER_AGENT)
def ua_device_class(value: object) -> str | None:
    """Device class: Phone, Tablet, Desktop, TV, Robot, … (Adobe's list), Unknown if it is not told."""
    found = _read(value)
    return found.device_class if found else None
