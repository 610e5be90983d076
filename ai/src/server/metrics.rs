//! What `/health` tells of the endpoints: how often each was asked, and with what success.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::Serialize;

use crate::settings::RouteMetrics;

/// Calls that are remembered at most, however many come within the time.
const RECENT_MAX: usize = 1024;

/// A call that was answered.
#[derive(Clone, Debug)]
struct Call {
    route: &'static str,
    status: u16,
    took: Duration,
    /// When it ended, on the clock of the app and on that of the wall.
    ended: Duration,
    at_ms: u64,
}

/// Counts of the endpoints. Their number is fixed, and so is the memory of this.
#[derive(Debug)]
pub struct Metrics {
    settings: RouteMetrics,
    by_route: BTreeMap<&'static str, BTreeMap<u16, u64>>,
    recent: VecDeque<Call>,
}

impl Metrics {
    /// Nothing yet.
    #[must_use]
    pub fn new(settings: RouteMetrics) -> Self {
        Self {
            settings,
            by_route: BTreeMap::new(),
            recent: VecDeque::new(),
        }
    }

    /// Counts a call that ended `now`, which is `at_ms` on the wall's clock.
    pub fn record(
        &mut self,
        route: &'static str,
        status: u16,
        took: Duration,
        now: Duration,
        at_ms: u64,
    ) {
        let statuses = self.by_route.entry(route).or_default();
        *statuses.entry(status).or_default() += 1;
        if self.recent.len() == RECENT_MAX {
            self.recent.pop_front();
        }
        self.recent.push_back(Call {
            route,
            status,
            took,
            ended: now,
            at_ms,
        });
        self.forget(now);
    }

    fn forget(&mut self, now: Duration) {
        let since = now.saturating_sub(self.settings.recent);
        while self.recent.front().is_some_and(|call| call.ended < since) {
            self.recent.pop_front();
        }
    }

    /// What `/health` tells.
    pub fn report(&mut self, now: Duration) -> RouteReport {
        self.forget(now);
        let total = |statuses: &BTreeMap<u16, u64>| statuses.values().sum::<u64>();
        let mut routes: Vec<_> = self.by_route.iter().collect();
        routes.sort_by_key(|(_, statuses)| std::cmp::Reverse(total(statuses)));
        routes.truncate(self.settings.top_k as usize);
        let counts = routes.iter().map(|(route, it)| (**route, total(it)));
        let status = routes.iter().map(|(route, it)| (**route, (*it).clone()));
        let recent = self.recent.iter().map(|call| RecentCall {
            route: call.route,
            status: call.status,
            ms: (call.took.as_secs_f64() * 1e6).round() / 1e3,
            at: call.at_ms,
        });
        RouteReport {
            counts: counts.collect(),
            recent: recent.collect(),
            status: status.collect(),
        }
    }
}

/// What `/health` tells of the endpoints.
#[derive(Debug, Serialize)]
pub struct RouteReport {
    counts: BTreeMap<&'static str, u64>,
    recent: Vec<RecentCall>,
    status: BTreeMap<&'static str, BTreeMap<u16, u64>>,
}

#[derive(Debug, Serialize)]
struct RecentCall {
    route: &'static str,
    status: u16,
    ms: f64,
    /// Milliseconds since 1970.
    at: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn metrics(recent_ms: u64, top_k: u32) -> Metrics {
        let recent = Duration::from_millis(recent_ms);
        Metrics::new(RouteMetrics { recent, top_k })
    }

    #[test]
    fn calls_are_counted_and_forgotten_in_time() {
        let mut metrics = metrics(1000, 2);
        let at = Duration::from_millis;
        for (route, status, ms) in [
            ("/health", 200, 0),
            ("/health", 200, 900),
            ("/v1/models", 200, 1000),
            ("/v1/embeddings", 413, 1100),
            ("/v1/embeddings", 200, 1900),
        ] {
            metrics.record(route, status, at(7), at(ms), 5_000 + ms);
        }
        let report = serde_json::to_value(metrics.report(at(2000))).unwrap();
        assert_eq!(
            report,
            json!({
                "counts": { "/health": 2, "/v1/embeddings": 2 },
                "recent": [
                    { "route": "/v1/models", "status": 200, "ms": 7.0, "at": 6000 },
                    { "route": "/v1/embeddings", "status": 413, "ms": 7.0, "at": 6100 },
                    { "route": "/v1/embeddings", "status": 200, "ms": 7.0, "at": 6900 },
                ],
                "status": { "/health": { "200": 2 }, "/v1/embeddings": { "200": 1, "413": 1 } },
            })
        );
    }

    #[test]
    fn many_calls_take_no_more_memory_than_a_few() {
        let mut metrics = metrics(300_000, 32);
        for n in 0..10 * RECENT_MAX {
            metrics.record("/health", 200, Duration::ZERO, Duration::ZERO, n as u64);
        }
        assert_eq!(metrics.recent.len(), RECENT_MAX);
        let report = metrics.report(Duration::ZERO);
        assert_eq!(report.counts["/health"], 10 * RECENT_MAX as u64);
        assert_eq!(report.recent[0].at, 9 * RECENT_MAX as u64);
    }
}
