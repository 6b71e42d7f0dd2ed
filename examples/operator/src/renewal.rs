//! The cost of a rotation that renews certificates, and the time by which it must begin.

use std::fmt;

use certgen::{ExpiryReport, Thresholds, Time, TrustModel};
use rotation_planner::Preference;
use serde::Serialize;

use crate::description::Description;
use crate::goal::{Subject, Wanted};
use crate::input::Name;
use crate::plan;
use crate::show::counted;

#[derive(Debug, Serialize)]
pub(crate) struct Renewal {
    /// The arguments that name the cluster.
    #[serde(skip)]
    cluster: String,
    /// The cost of the plan; `None` if there is no safe plan.
    pub(crate) plan: Option<Cost>,
    pub(crate) refusal: Option<String>,
    /// The latest time to begin: `error_days` before the first certificate is refused.
    ///
    /// `None` if no reported certificate is refused after its end, or if none is reported.
    pub(crate) latest_start: Option<Time>,
    #[serde(skip)]
    is_overdue: bool,
    #[serde(skip)]
    coverage: Coverage,
    /// Whether an authority issued a reported certificate, but a node has no `issued_by`.
    #[serde(skip)]
    is_of_others: bool,
}

/// The share of the certificates that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coverage {
    All,
    Some,
    None,
}

#[derive(Debug, Serialize)]
pub(crate) struct Cost {
    pub(crate) id: Name,
    pub(crate) restarts: usize,
    pub(crate) reloads: usize,
    pub(crate) waves: usize,
}

const SECONDS_OF_A_DAY: i64 = 86_400;

impl Renewal {
    pub(crate) fn of(
        cluster: String,
        description: &Description,
        (report, coverage): (&ExpiryReport, Coverage),
        thresholds: Thresholds,
        now: Time,
    ) -> anyhow::Result<Self> {
        let subject = Subject::of(description)?;
        let goal = subject.goal(&Wanted::Rotate { keep_old: false })?;
        let (plan, refusal) = match rotation_planner::plan(&subject.cluster, &goal, &Preference::default()) {
            Ok(plan) => {
                let cost = plan.cost();
                let (restarts, reloads, waves) = (cost.restarts, cost.reloads, plan.waves().len());
                (Some(Cost { id: plan::id(&plan, &[])?, restarts, reloads, waves }), None)
            }
            Err(refusal) => (None, Some(refusal.to_string())),
        };
        let ends = report.rows().iter().filter(|row| row.expiry().trust() != TrustModel::Pinned);
        let first = ends.map(|row| row.expiry().validity().not_after()).min();
        let early = -i64::from(thresholds.error_days) * SECONDS_OF_A_DAY;
        let latest_start = first.map(|end| end.plus_seconds(early));
        let is_overdue = latest_start.is_some_and(|start| start < now);
        let is_of_others = first.is_some() && description.nodes.iter().any(|node| node.issued_by.is_none());
        Ok(Self { cluster, plan, refusal, latest_start, is_overdue, coverage, is_of_others })
    }
}

impl fmt::Display for Renewal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.plan, &self.refusal) {
            (Some(cost), _) => write!(
                formatter,
                "a rotation takes {} and {} in {} (plan {}: cassandra-tls plan {} rotate)",
                counted(cost.restarts, "restart"),
                counted(cost.reloads, "reload"),
                counted(cost.waves, "wave"),
                cost.id,
                self.cluster
            )?,
            (None, refusal) => write!(formatter, "no safe rotation: {}", refusal.as_deref().unwrap_or_default())?,
        }
        match self.latest_start {
            Some(start) if self.is_overdue => write!(formatter, "; it is overdue, and had to begin before {start}")?,
            Some(start) => write!(formatter, "; begin before {start}")?,
            None if self.coverage == Coverage::None => {
                formatter.write_str("; no certificate was read, so it is unknown when to begin")?;
            }
            None => formatter.write_str("; no certificate is refused after its end")?,
        }
        if self.coverage == Coverage::Some {
            formatter.write_str(", as far as certificates could be read")?;
        }
        if self.is_of_others {
            formatter.write_str(
                "\nthe description says that certificates are self-signed, but an authority issued some of them: give their \
                 nodes `issued_by` (in an inventory `cassandra_issued_by`), otherwise the cost is that of self-signed certificates",
            )?;
        }
        Ok(())
    }
}
