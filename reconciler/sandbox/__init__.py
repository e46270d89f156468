"""An embedded, stateful stand-in for GitHub's REST API, served on loopback.

world = World.from_snapshot(json.loads(text))
with serve(world) as sandbox:
    print(sandbox.url)              # http://127.0.0.1:PORT
    world.advance(timedelta(days=30))
"""

from reconciler.sandbox.access import Access, Kind
from reconciler.sandbox.faults import Fault
from reconciler.sandbox.generate import generate
from reconciler.sandbox.limits import RateLimit
from reconciler.sandbox.server import Sandbox, serve
from reconciler.sandbox.switches import Switches
from reconciler.sandbox.world import World

__all__ = [
    "Access",
    "Fault",
    "Kind",
    "RateLimit",
    "Sandbox",
    "Switches",
    "World",
    "generate",
    "serve",
]
