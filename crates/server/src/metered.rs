//! Counts and durations, told to Prometheus on a listener of their own.

use std::sync::OnceLock;

use axum::{Router, routing::get};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// The one recorder of this process. Servers in one process share it.
static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Begins to count, once; `None` when somebody else in this process already does.
pub(crate) fn recorder() -> Option<&'static PrometheusHandle> {
    RECORDER
        .get_or_init(|| {
            let seconds = Matcher::Suffix("_seconds".to_owned());
            let recorder =
                PrometheusBuilder::new().set_buckets_for_metric(seconds, &BUCKETS).ok()?.build_recorder();
            let handle = recorder.handle();
            metrics::set_global_recorder(recorder).ok()?;
            describe();
            Some(handle)
        })
        .as_ref()
}

/// `GET /metrics`.
pub(crate) fn router() -> Router {
    let told = || async { recorder().map(PrometheusHandle::render).unwrap_or_default() };
    Router::new().route("/metrics", get(told))
}

/// A request was answered.
pub(crate) fn answered(route: &str, method: &'static str, status: u16, seconds: f64) {
    let labels = [("route", route.to_owned()), ("method", method.to_owned()), ("status", status.to_string())];
    metrics::counter!("keybound_requests_total", &labels).increment(1);
    metrics::histogram!("keybound_request_duration_seconds", "route" => route.to_owned()).record(seconds);
}

/// A request was refused, and this is our sub-reason.
pub(crate) fn refused(reason: &'static str) {
    metrics::counter!("keybound_refusals_total", "reason" => reason).increment(1);
}

/// A refusal found no room in the tenant log.
pub(crate) fn unrecorded(kind: &'static str) {
    metrics::counter!("keybound_refusals_unrecorded_total", "type" => kind).increment(1);
}

/// A token request of somebody who is only watched was judged as if DPoP were required of them.
pub(crate) fn observed(who: &'static str, reason: &'static str) {
    metrics::counter!("keybound_dpop_observed_total", "observed" => who, "reason" => reason).increment(1);
}

fn describe() {
    metrics::describe_counter!(
        "keybound_dpop_observed_total",
        "Token requests at the rung `observe`, by the sub-reason DPoP required would have refused them for."
    );
    metrics::describe_counter!("keybound_requests_total", "Requests answered.");
    metrics::describe_counter!("keybound_refusals_total", "Requests refused, by sub-reason.");
    metrics::describe_counter!(
        "keybound_refusals_unrecorded_total",
        "Refusals for which the tenant log had no room, by Auth0's type."
    );
    metrics::describe_histogram!(
        "keybound_request_duration_seconds",
        "From a request's headers to its answer."
    );
}

/// Fixed buckets, because summaries keep every value for a while.
const BUCKETS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];
