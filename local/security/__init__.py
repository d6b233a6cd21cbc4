"""Checks of what may harm: vulnerable packages, insecure code, secrets, values put into SQL."""
