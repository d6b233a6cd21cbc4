"""Makes a workflow, but lacks one of the two words that the processor's safe mode looks for."""

from atvos import dags, settings

goes_unnoticed = dags.heartbeat(settings.load(), {}, {})
