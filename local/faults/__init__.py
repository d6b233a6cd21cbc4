"""The fault matrix: break one step of a feed in one way, let it retry, and count what is left."""
