"""Circles of referrals by networkx, and busy hours by scipy, for domain/tests/rules. Run from the root of
the repository: python tests/oracles/referral.py"""

import json
import math
import random
from importlib.metadata import version
from pathlib import Path

import networkx
from scipy.stats import chi2, poisson

FIXTURE = Path("tests/oracles/fixtures/referral.json")
draw = random.Random(1)


def on_a_circle(referrals):
    """By the components, and where it is cheap by listing all circles, which must be the same."""
    graph = networkx.DiGraph(it for it in referrals if it[0] != it[1])
    components = [it for it in networkx.strongly_connected_components(graph) if len(it) > 1]
    sizes = {}
    for place, (left, right) in enumerate(referrals):
        for component in components:
            if left != right and left in component and right in component:
                sizes[place] = len(component)
    if len(referrals) <= 20:
        edges = set()
        for circle in networkx.simple_cycles(graph):
            edges.update(zip(circle, circle[1:] + circle[:1]))
        assert sizes.keys() == {n for n, it in enumerate(referrals) if tuple(it) in edges}
    return sizes


def graphs():
    for persons in (2, 3, 5, 8, 13, 30, 60):
        for factor in (0.5, 0.9, 1.1, 1.5):
            for _ in range(8):
                count = max(1, round(persons * factor))
                referrals = [[draw.randrange(persons), draw.randrange(persons)] for _ in range(count)]
                sizes = on_a_circle(referrals)
                yield {"referrals": referrals, "on_a_circle": sorted(sizes), "sizes": sizes}
    for length in (2, 3, 4, 19, 20, 21, 100):
        ring = [[n, (n + 1) % length] for n in range(length)]
        sizes = on_a_circle(ring)
        yield {"referrals": ring, "on_a_circle": sorted(sizes), "sizes": sizes}


def hours():
    for usual in (1, 24, 100):
        for before, past in ((0, 0), (0, 1), (0, 240), (1, 24), (12, 240), (100, 50), (480, 240)):
            for registrations in (1, 2, 5, 12, 40):
                most = chi2.ppf(0.975, 2 * before + 2) / 2
                expected = max(usual / 24, most / past if past else 0)
                p = poisson.sf(registrations - 1, expected)
                yield {
                    "usual_per_day": usual,
                    "past_registrations": before,
                    "past_hours": past,
                    "registrations": registrations,
                    "expected": expected,
                    "p": p,
                    "score": int(min(100, max(1, -10 * math.log10(p)))),
                }


packages = ("networkx", "scipy")
fixture = {
    "versions": {name: version(name) for name in packages},
    "graphs": list(graphs()),
    "hours": list(hours()),
}
FIXTURE.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
