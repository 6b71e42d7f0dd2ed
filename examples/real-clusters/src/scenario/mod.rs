//! The changes that can be made to the cluster.

mod change;
mod password;
mod resume;
mod wrong_order;

use rotation_planner::{ClientAuth, InternodeMode, Placement, Plan};

use super::report::{Expected, Report};
use super::test_cluster::{Settings, TestCluster};

pub(super) use self::change::{Fallback, disable, enable, rotate};
pub(super) use self::password::{Force, password_in_place};
pub(super) use self::resume::resume;
pub(super) use self::wrong_order::wrong_order;

/// A change to the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Scenario {
    /// Every node gets a new key and certificate. The old certificates are removed from the truststores.
    Rotate,
    /// From no TLS to TLS only.
    Enable,
    /// From TLS only to no TLS (4.0 and later).
    Disable,
    /// A new certificate is served before it is trusted. The checker refuses this order.
    WrongOrder,
    /// Like rotate, but with a new observation and a new plan after each group of steps.
    Resume,
    /// A truststore is replaced in place under a new password. The planner refuses this change; with --force, it is made
    /// anyway.
    Password,
    /// Every scenario that the release supports, one after another. Sets --fallback and --force, and ignores
    /// --staging and --client-auth.
    All,
}

impl Scenario {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rotate => "rotate",
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::WrongOrder => "wrong-order",
            Self::Resume => "resume",
            Self::Password => "password",
            Self::All => "all",
        }
    }

    pub(super) fn first_mode(self) -> InternodeMode {
        if self == Self::Enable { InternodeMode::PlaintextOnly } else { InternodeMode::TlsOnly }
    }
}

fn report(
    test_cluster: TestCluster,
    scenario: Scenario,
    plan: Option<&Plan>,
    expected: Expected,
    notes: Vec<String>,
) -> anyhow::Result<Report> {
    let settings = describe(&test_cluster.settings);
    let cassandra = test_cluster.settings.distribution.version().to_owned();
    let cost = plan.map(Plan::cost).unwrap_or_default();
    let (steps, values_checked) = test_cluster.finish()?;
    Ok(Report {
        cassandra,
        scenario: scenario.name().to_owned(),
        settings,
        steps,
        planned_restarts: cost.restarts,
        planned_reloads: cost.reloads,
        values_checked,
        expected,
        broken_off: None,
        notes,
    })
}

fn broken_off(test_cluster: TestCluster, scenario: Scenario, plan: Option<&Plan>, error: &anyhow::Error) -> Report {
    let cost = plan.map(Plan::cost).unwrap_or_default();
    Report {
        cassandra: test_cluster.settings.distribution.version().to_owned(),
        scenario: scenario.name().to_owned(),
        settings: describe(&test_cluster.settings),
        steps: test_cluster.rows,
        planned_restarts: cost.restarts,
        planned_reloads: cost.reloads,
        values_checked: 0,
        expected: Expected::Success,
        broken_off: Some(format!("{error:#}")),
        notes: Vec::new(),
    }
}

fn describe(settings: &Settings) -> String {
    let keystore = if settings.staging.identity == Placement::InPlace { "in place" } else { "new path" };
    let auth = if settings.client_auth == ClientAuth::On { ", client auth" } else { "" };
    format!("keystore {keystore}{auth}, {}", settings.format.store_type())
}
