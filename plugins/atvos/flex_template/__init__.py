"""Publishes what Dataflow launches the curate job from: one spec of an image for each commit."""
