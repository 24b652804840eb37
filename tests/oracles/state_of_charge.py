"""Through-travel by driving: every state of a vehicle is (place, charge), kilometres are whole numbers.

A battery is a tuple (start, reserve, charge_to) in km of range. A charger may be used for any number of km, in
steps of one, as long as the charge stays at most ``charge_to``. Nothing is assumed about what is best.
"""

from collections import deque
from heapq import heappop, heappush


def moves(edges, chargers, battery, state):
    """What can be done next: drive an edge without touching the reserve, or charge one km more."""
    node, charge = state
    _, reserve, charge_to = battery
    for head, km in edges.get(node, ()):
        if charge - km >= reserve:
            yield (head, charge - km), km
    if node in chargers and charge < charge_to:
        yield (node, charge + 1), 0


def states(edges, chargers, battery, begin):
    """All states that can be come to from some."""
    seen, waiting = set(begin), deque(begin)
    while waiting:
        for state, _ in moves(edges, chargers, battery, waiting.popleft()):
            if state not in seen:
                seen.add(state)
                waiting.append(state)
    return seen


def gets_there(edges, chargers, battery, origin, destination):
    """Whether one can drive from origin to destination."""
    return any(node == destination for node, _ in states(edges, chargers, battery, {(origin, battery[0])}))


def gets_back(edges, chargers, battery, origin, destination, charging_at_end):
    """Whether one can drive there and back."""
    out = states(edges, chargers, battery, {(origin, battery[0])})
    arrived = {state for state in out if state[0] == destination}
    if charging_at_end:
        arrived |= {(destination, battery[2]) for _ in arrived}
    return any(node == origin for node, _ in states(edges, chargers, battery, arrived))


def shortest(edges, chargers, battery, origin, destination):
    """Fewest km, and of those the fewest stops, or null. A stop is charging after driving or at the start."""
    heap, done = [(0, 0, origin, battery[0], False)], set()
    while heap:
        km, stops, node, charge, plugged = heappop(heap)
        if node == destination:
            return km, stops
        if (node, charge, plugged) in done:
            continue
        done.add((node, charge, plugged))
        for (head, left), length in moves(edges, chargers, battery, (node, charge)):
            charging = head == node and left > charge
            heappush(heap, (km + length, stops + (charging and not plugged), head, left, charging))
    return None


def line(length):
    """Edges of a road of one direction, a node each km."""
    return {km: [(km + 1, 1)] for km in range(length)}


def tour(out_km, back_km):
    """Edges of a road out and another back: nodes ("out", km) and ("back", km), joined at the far end."""
    edges = {("out", km): [(("out", km + 1), 1)] for km in range(out_km)}
    edges |= {("back", km): [(("back", km + 1), 1)] for km in range(back_km)}
    edges.setdefault(("out", out_km), []).append((("back", 0), 0))
    return edges


def unserved_km(length, chargers, battery):
    """Which km of a line fail, by driving them: an empty vehicle is towed on, with nothing but its reserve."""
    charge, reserve, charge_to = battery
    failed = []
    for km in range(length):
        if km in chargers:
            charge = max(charge, charge_to)
        if charge - 1 >= reserve:
            charge -= 1
        else:
            failed.append(km)
    return failed
