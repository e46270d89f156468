"""`python -m reconciler` is the same program as `copilot-seats`."""

from reconciler.cli import main

main()
