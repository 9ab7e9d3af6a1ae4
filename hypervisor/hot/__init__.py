"""Redis or Valkey, and only here: the accepted stream, and the present, rebuildable at any time from `store`."""

import sys

# redis-py (7 and 8, observability/providers.py) imports OpenTelemetry's SDK wherever it is installed, half a second and some megabytes in each process, for metrics that
# we do not take from it. Hidden while it looks; to be removed when it imports what it uses only.
_HIDDEN = "opentelemetry.sdk.metrics"
_shown = sys.modules.get(_HIDDEN)
if _shown is None:
    sys.modules[_HIDDEN] = None  # type: ignore[assignment]
import redis  # noqa: E402, F401

if _shown is None:
    del sys.modules[_HIDDEN]
