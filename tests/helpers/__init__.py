"""Builders that the tests share: machines alone on a bench, and a simulation with a scripted application."""
