//! The period in which a chain is accepted.

use super::case::Case;
use super::certificate::Certificate;
use super::refusal::Place;
use super::{Change, Period, Verdict};
use crate::time::Time;

/// The first whole second at which the certificate is valid.
pub(super) fn first_second(certificate: &Certificate) -> Time {
    Time::from_unix_seconds(
        certificate.not_before.div_euclid(1000) + i64::from(certificate.not_before.rem_euclid(1000) > 0),
    )
}

/// The last whole second at which the certificate is valid.
pub(super) fn last_second(certificate: &Certificate) -> Time {
    Time::from_unix_seconds(certificate.not_after.div_euclid(1000))
}

pub(super) fn find(mut case: Case<'_>) -> Option<Period> {
    let now = case.handshake.time;
    let points = points(&case);
    let mut accepts = |time| {
        case.set_time(time);
        let verdict = case.decide();
        (matches!(verdict, Verdict::Accepted(_)), verdict)
    };
    let (before, after): (Vec<_>, Vec<_>) = points.into_iter().partition(|point| point.time <= now);
    let mut after = after.into_iter();
    let from = if accepts(now).0 {
        // Each point is the first second of a new state, so the verdict may have been different in the second before.
        before.into_iter().rev().find(|point| !accepts(point.time.plus_seconds(-1)).0)
    } else {
        Some(after.find(|point| accepts(point.time).0)?)
    };
    let until = after.find_map(|point| {
        let (accepted, verdict) = accepts(point.time);
        let place = match verdict {
            Verdict::Refused(refusal) => refusal.place(),
            _ => None,
        };
        let last = Change { time: point.time.plus_seconds(-1), place: place.unwrap_or(point.place) };
        (!accepted).then_some(last)
    });
    Some(Period { from, until })
}

/// The first second of each certificate's validity and the first second after it, in order.
fn points(case: &Case<'_>) -> Vec<Change> {
    let served = case.chain.iter().enumerate().map(|(place, certificate)| (Place::Served(place), certificate));
    let anchors = case.anchors.iter().enumerate().map(|(place, certificate)| (Place::Anchor(place), certificate));
    let both = |(place, certificate): (Place, &Certificate)| {
        let (first, after) = (first_second(certificate), last_second(certificate).plus_seconds(1));
        [Change { time: first, place }, Change { time: after, place }]
    };
    let mut points: Vec<Change> = served.chain(anchors).flat_map(both).collect();
    points.sort_by_key(|point| (point.time, point.place));
    points.dedup_by_key(|point| point.time);
    points
}
