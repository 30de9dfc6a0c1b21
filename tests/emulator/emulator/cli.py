"""The ``emulator`` command.

Exit codes: 0 done, 1 failed, 2 wrong use, 3 ``status`` of an emulator that does not run, 69 a command
that needs a running one.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulator import environment, process
from emulator import home as homes
from emulator.admin import NOT_RUNNING, call
from emulator.faults import FaultRuleError, parse_rules
from emulator.home import EmulatorError, Home
from emulator.switch_table import SwitchError
from emulator.switches import parse_assignments

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

STATUS_STOPPED = 3


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with its code; a failure is one line on stderr."""
    options = _parser().parse_args(arguments)
    try:
        sys.exit(options.run(options))
    except (EmulatorError, SwitchError, FaultRuleError) as error:
        print(f"emulator: {error}", file=sys.stderr)
        sys.exit(getattr(error, "exit_code", 2))


def start_home(
    path: Path,
    *,
    profile: str | None = None,
    scale: float | None = None,
    ports: dict[homes.Cloud, int | None] | None = None,
    switches: dict[str, Any] | None = None,
    faults: list[dict[str, Any]] | None = None,
    idle_timeout: float = 3600,
    tls: bool = False,
) -> Home:
    """Make the home when there is none, start its servers, set its faults.

    A home keeps its profile and scale; None takes what it has (for a new one ``acme`` and 1).

    Raises:
        EmulatorError: when the home contradicts an argument, or a server does not start.
        SwitchError: for a switch that does not exist.
    """
    path = path.absolute()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    home = homes.load(path)
    if home is None:
        home = homes.create(
            path, profile_name=profile or "acme", scale=scale or 1.0, start_switches=switches or {}
        )
    else:
        _check_same(home, profile, scale)
        if any(process.running(home, cloud) for cloud in homes.CLOUDS) and switches is not None:
            message = f"the emulator at {path} is running; stop it before starting it with other switches"
            raise EmulatorError(message, 2)
        home = home.with_settings(scale=home.scale, start_switches=switches or {}) if switches else home
    with home.locked():
        process.start(home, ports or {}, idle_timeout=idle_timeout, tls=tls)
    if faults is not None:
        for cloud in homes.CLOUDS:
            call(home, cloud, "PUT", "faults", faults)
    return home


def _check_same(home: Home, profile: str | None, scale: float | None) -> None:
    if profile not in {None, home.profile.name}:
        message = f"{home.path} holds the profile {home.profile.name!r}; use another --home for {profile!r}"
        raise EmulatorError(message, 2)
    if scale not in {None, home.scale}:
        message = (
            f"{home.path} is seeded at scale {home.scale}; `emulator seed --scale {scale}` seeds it again"
        )
        raise EmulatorError(message, 2)


def _start(options: argparse.Namespace) -> int:
    home = start_home(
        options.home,
        profile=options.profile,
        scale=options.scale,
        ports={"sfmc": options.sfmc_port, "aep": options.aep_port},
        switches=parse_assignments(options.switch) if options.switch else None,
        faults=_read_faults(options.faults) if options.faults else None,
        idle_timeout=options.idle_timeout,
        tls=options.tls,
    )
    if options.env_file:
        environment.write_env_file(home, options.env_file)
    facts = environment.status(home)
    print(f"Marketing Cloud  {facts['sfmc']['base_url']}\nExperience Platform  {facts['aep']['base_url']}")
    return 0


def _stop(options: argparse.Namespace) -> int:
    home = homes.load(options.home)
    if home is not None:
        with home.locked():
            stopped = process.stop(home)
        print("stopped" if stopped else "was not running")
    else:
        print("was not running")
    return 0


def _status(options: argparse.Namespace) -> int:
    facts = environment.status(_home(options))
    if options.json:
        print(json.dumps(facts, indent=2))
    else:
        for name, cloud in (("Marketing Cloud", "sfmc"), ("Experience Platform", "aep")):
            print(f"{name}: {facts[cloud]['base_url'] or 'not running'}")
        print(f"home {facts['home']}, profile {facts['profile']}, scale {facts['scale']}")
    return 0 if facts["running"] else STATUS_STOPPED


def _seed(options: argparse.Namespace) -> int:
    home = _home(options)
    scale = options.scale or home.scale
    answer = call(home, "sfmc", "POST", "seed", {"scale": scale})
    home.with_settings(scale=scale, start_switches=home.start_switches)
    print(f"{answer['rows']:,} rows in {answer['data_extensions']} data extensions")
    return 0


def _mutate(options: argparse.Namespace) -> int:
    report = call(_home(options), "sfmc", "POST", "mutate", {"deletes": options.deletes})
    if options.json:
        print(json.dumps(report))
        return 0
    print(f"day {report['day']}")
    for changes in report["data_extensions"].values():
        counts = ", ".join(f"{changes[kind]} {kind}" for kind in ("inserted", "updated", "deleted"))
        print(f"  {changes['name']}: {counts}")
    return 0


def _query(options: argparse.Namespace) -> int:
    answer = call(_home(options), "aep", "POST", "query", {"sql": options.sql})
    if options.json:
        print(json.dumps(answer["rows"]))
    else:
        _print_table(answer["columns"], [list(row.values()) for row in answer["rows"]])
    return 0


def _print_table(columns: list[str], rows: list[list[Any]]) -> None:
    cells = [columns, *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(columns))]
    for number, row in enumerate(cells):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))


def _cell(value: object) -> str:
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def _reset(options: argparse.Namespace) -> int:
    home = _home(options)
    for cloud in homes.CLOUDS:
        call(home, cloud, "POST", "reset")
    print("source seeded again, lake empty")
    return 0


def _faults(options: argparse.Namespace) -> int:
    home = _home(options)
    if str(options.file) == "log":
        for cloud in homes.CLOUDS:
            for entry in call(home, cloud, "GET", "requests"):
                if entry["fault"]:
                    print(json.dumps({"cloud": cloud, **entry}))
        return 0
    rules = [] if str(options.file) == "clear" else _read_faults(options.file)
    for cloud in homes.CLOUDS:
        call(home, cloud, "PUT", "faults", rules)
    print(f"{len(rules)} rules in force")
    return 0


def _env(options: argparse.Namespace) -> int:
    home = _home(options)
    if not environment.status(home)["running"]:
        message = f"the emulator at {home.path} is not running; start it with `emulator start`"
        raise EmulatorError(message, NOT_RUNNING)
    for name, value in environment.variables(home).items():
        print(f"export {name}={value}")
    return 0


def _home(options: argparse.Namespace) -> Home:
    home = homes.load(options.home)
    if home is None:
        message = f"there is no emulator at {options.home}; start one with `emulator start`"
        raise EmulatorError(message, NOT_RUNNING)
    return home


def _read_faults(path: Path) -> list[dict[str, Any]]:
    try:
        return parse_rules(path.read_text())
    except OSError as error:
        message = f"faults file {path}: {error.strerror}"
        raise EmulatorError(message, 2) from None
    except FaultRuleError as error:
        message = f"faults file {path}: {error}"
        raise EmulatorError(message, 2) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="emulator", description="A local Salesforce Marketing Cloud and Adobe Experience Platform."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], description: str
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=description, description=description)
        sub.add_argument(
            "--home",
            type=lambda text: Path(text).absolute(),
            default=homes.default_path(),
            metavar="DIR",
            help="where it lives (default: $EMULATOR_HOME or .emulator)",
        )
        sub.set_defaults(run=run)
        return sub

    start = command("start", _start, "start both servers; returns when they answer")
    start.add_argument("--sfmc-port", type=int, metavar="N", help="default: a free port")
    start.add_argument("--aep-port", type=int, metavar="N", help="default: a free port")
    start.add_argument(
        "--tls", action="store_true", help="answer on a second port with TLS too (status tells the addresses)"
    )
    start.add_argument("--scale", type=_positive, metavar="F", help="size of the source (1 = 220,000 rows)")
    start.add_argument("--profile", metavar="NAME", help="which tenant to play (acme, globex)")
    start.add_argument("--faults", type=Path, metavar="FILE", help="fault rules, a JSON list")
    start.add_argument("--switch", action="append", metavar="NAME=VALUE", help="an undocumented behaviour")
    start.add_argument(
        "--idle-timeout", type=float, default=3600, metavar="SECONDS", help="stop by itself (0: never)"
    )
    start.add_argument(
        "--env-file", type=Path, metavar="FILE", help="write the addresses and credentials here"
    )
    command("stop", _stop, "stop both servers")
    status = command("status", _status, "addresses and credentials")
    status.add_argument("--json", action="store_true")
    seed = command("seed", _seed, "seed the source again, as on its first day")
    seed.add_argument("--scale", type=_positive, metavar="F")
    mutate = command("mutate", _mutate, "a day of changes at the source")
    mutate.add_argument("--json", action="store_true")
    mutate.add_argument("--deletes", type=int, default=0, metavar="N", help="contacts to delete as well")
    query = command("query", _query, "SQL over what landed in the lake")
    query.add_argument("sql", metavar="SQL")
    query.add_argument("--json", action="store_true")
    command("reset", _reset, "seed the source again and empty the lake")
    faults = command("faults", _faults, "put fault rules in force, clear them, or list what was injected")
    faults.add_argument("file", type=Path, metavar="FILE|clear|log")
    command("env", _env, "print `export` lines for a shell")
    return parser


def _positive(text: str) -> float:
    value = float(text)
    if value <= 0:
        raise ValueError
    return value


if __name__ == "__main__":
    main()
