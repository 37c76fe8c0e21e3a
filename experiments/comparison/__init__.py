"""Comparing interventions: tables of results to tables of differences, group by group, world by world."""
