"""Holds what this repository adds to the Composer image against what the image has."""
