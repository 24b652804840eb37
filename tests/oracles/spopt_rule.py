"""The arc-cover rule that spopt 0.8.0 publishes for its flow-refuelling model, in our own words.

For every arc of a path it collects the sites that can cover it: all candidates of the whole network from which the
arc's tail *or* its head lies within half the range. The path counts as refuelled if every arc has at least one open
site among these. Nothing asks whether the site lies upstream, whether the vehicle gets from one site to the next,
or whether it survives the arc itself.
"""

from itertools import pairwise


def distances(edges, source):
    """Shortest way from a node to each other."""
    best, waiting = {source: 0}, [source]
    while waiting:
        node = waiting.pop()
        for head, km in edges.get(node, ()):
            if best[node] + km < best.get(head, float("inf")):
                best[head] = best[node] + km
                waiting.append(head)
    return best


def covering(edges, arc, sites, range_km):
    """The sites that cover an arc (tail, head)."""
    far = float("inf")
    return {s for s in sites if any(distances(edges, s).get(end, far) <= range_km / 2 for end in arc)}


def accepts(edges, path, sites, range_km):
    """Whether the rule calls a path (a list of nodes) refuelled."""
    return all(covering(edges, arc, sites, range_km) for arc in pairwise(path))
