"""The fixtures of the delivery's tests, for pain points that show only in whole runs."""

from tests.target_aep.delivery.conftest import lake, make_target, target, target_config

__all__ = ["lake", "make_target", "target", "target_config"]
