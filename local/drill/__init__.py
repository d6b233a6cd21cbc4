"""The fire drill: break the platform in seven ways, and see who is told what."""
