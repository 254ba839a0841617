"""Metrics for Prometheus; with several processes they add up through files in PROMETHEUS_MULTIPROC_DIR."""

import os
from functools import cache

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class PrometheusMetrics:
    """Counts requests by route pattern, and decisions by outcome; labels never hold a value of a request."""

    def __init__(self) -> None:
        requests = Counter("chengma_http_requests", "Finished requests.", ("method", "route", "status"))
        seconds = Histogram("chengma_http_request_seconds", "Time to answer.", ("route",), buckets=BUCKETS)
        outcomes = Counter("chengma_outcomes", "Decisions by outcome.", ("what", "outcome"))
        # Finding a label's counter takes longer than counting; there are only so many labels.
        self._requests = cache(requests.labels)
        self._seconds = cache(seconds.labels)
        self._outcomes = cache(outcomes.labels)

    def observe_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a finished request."""
        self._requests(method, route, status).inc()
        self._seconds(route).observe(seconds)

    def count_outcome(self, what: str, outcome: str) -> None:
        """Count a decision: a booking or a scan, by its outcome."""
        self._outcomes(what, outcome).inc()

    def render(self) -> tuple[str, bytes]:
        """Return the content type and body of the exposition."""
        registry = REGISTRY
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library leaves it untyped
        return CONTENT_TYPE_LATEST, generate_latest(registry)
