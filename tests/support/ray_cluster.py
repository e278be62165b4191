"""A real Ray cluster on this machine: a head with one processor, and another node with one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture
def cluster() -> Iterator[str]:
    """Its address."""
    import ray
    from ray.cluster_utils import Cluster

    started = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    started.add_node(num_cpus=1)
    started.wait_for_nodes()
    yield started.address
    ray.shutdown()
    started.shutdown()
