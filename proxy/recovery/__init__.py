"""Failures from the moment they reach a customer until that customer is whole: found, put right, measured."""
