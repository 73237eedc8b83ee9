//! Sums that move with runs, written last, all together and in one order.

use crate::Result;
use std::collections::BTreeMap;
use tessera_domain::automation::journey::Reason;
use tessera_store::{
    OrganisationId, PgConnection,
    automation::{
        journey_flow::{self, ARRIVED, FlowKey, LEFT},
        journey_run::EndedRun,
    },
};

#[derive(Debug, Default)]
pub(super) struct Tally(BTreeMap<FlowKey, i64>);

impl Tally {
    pub(super) fn arrived(&mut self, journey: &str, version: i32, node: &str) {
        self.count(journey, version, ARRIVED, node);
    }

    pub(super) fn left(&mut self, journey: &str, version: i32, node: &str) {
        self.count(journey, version, LEFT, node);
    }

    pub(super) fn ended(&mut self, journey: &str, version: i32, reason: Reason) {
        self.count(journey, version, reason.as_str(), "");
    }

    /// Runs that were ended where they were.
    pub(super) fn ended_all(&mut self, runs: &[EndedRun], reason: Reason) {
        for run in runs {
            if let Some(node) = &run.node {
                self.left(&run.journey, run.version, node);
            }
            self.ended(&run.journey, run.version, reason);
        }
    }

    fn count(&mut self, journey: &str, version: i32, what: &'static str, node: &str) {
        let key = FlowKey {
            journey: journey.to_owned(),
            version,
            what,
            node: node.to_owned(),
        };
        *self.0.entry(key).or_default() += 1;
    }

    pub(super) async fn write(
        self,
        conn: &mut PgConnection,
        organisation: OrganisationId,
    ) -> Result<()> {
        Ok(journey_flow::add(conn, organisation, &self.0).await?)
    }
}
