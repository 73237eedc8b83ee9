//! Subscribers, some time before something happens to their subscription.
//!
//! The network's clock says when; the mirror is asked every few minutes, and a subscription enters once for each
//! payment, trial or approval that it is about.

use crate::{
    Engine, Result,
    automation::journeys::hear::new_run,
    clock::{network_now, now},
    mirror::Names,
    people,
};
use serde_json::json;
use std::time::Duration;
use tessera_domain::automation::journey::Moment;
use tessera_store::{
    OrganisationId, StoreError,
    access::organisation,
    automation::{
        journey::LiveJourney,
        journey_run::{self, NewRun},
    },
    mirror::coming::{self, Coming, Wanted},
    tenant,
};

/// Time between two looks.
pub(super) const EVERY: Duration = Duration::from_secs(300);
/// Subscriptions of a page.
const PAGE: i64 = 500;
const SECS_PER_DAY: i64 = 86_400;

/// Lets subscribers enter whose moment has come.
pub(super) async fn enter(
    engine: &Engine,
    organisation: OrganisationId,
    live: &LiveJourney,
    moment: &Moment,
) -> Result<()> {
    let names = Names::of(engine, organisation);
    let mut after = None;
    loop {
        let mut transaction = tenant::begin(&engine.pool, organisation).await?;
        let org = organisation::current(&mut transaction).await?.org;
        let now = now();
        let clock = network_now(&mut transaction, now).await?.secs();
        let wanted = wanted(moment, clock);
        let page = coming::page(&mut transaction, org, wanted, after, PAGE).await?;
        let wallets = page.iter().map(|it| it.wallet);
        let people = people::holders(engine, &mut transaction, organisation, wallets).await?;
        let runs = page.iter().filter_map(|it| {
            let person = *people.get(&it.wallet)?;
            let account = names.account(it.subscription);
            let cause = json!({ "subscription": account, "next_due": it.next_due, "periods_left": it.periods_left });
            Some(new_run(live, person, key_of(moment, &account, it), cause, now))
        });
        let runs: Vec<NewRun> = runs.collect();
        journey_run::begin(&mut transaction, organisation, &runs).await?;
        transaction.commit().await.map_err(StoreError::from)?;
        let is_full = page.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
        match page.last().filter(|_| is_full) {
            Some(last) => after = Some(last.subscription),
            None => return Ok(()),
        }
    }
}

fn wanted(moment: &Moment, clock: i64) -> Wanted {
    match moment {
        Moment::TrialEndsWithinDays(days) => Wanted::TrialEnds {
            by: clock.saturating_add(i64::from(*days) * SECS_PER_DAY),
        },
        Moment::ApprovalBelowPeriods(periods) => Wanted::Approved {
            below: i64::from(*periods),
        },
        Moment::RenewalWithinDays(days) => Wanted::Renews {
            by: clock.saturating_add(i64::from(*days) * SECS_PER_DAY),
        },
        Moment::PaymentMissed => Wanted::Missed,
        Moment::PastDue => Wanted::Renews { by: i64::MIN },
    }
}

/// What the run is about: the payment that is due, or what was approved.
fn key_of(moment: &Moment, account: &str, it: &Coming) -> String {
    match moment {
        Moment::ApprovalBelowPeriods(_) => format!("{account}:{}", it.agreement_seq),
        _ => format!("{account}:{}", it.next_due),
    }
}
