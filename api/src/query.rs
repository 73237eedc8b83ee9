//! Queries over all people: what their bodies share, and where they are computed.

use crate::{
    error::Error, extract::Checks, http::unit_of_work::Querier, state::ApiState, wire::Moment,
};
use std::collections::{BTreeMap, BTreeSet};
use tessera_domain::{
    exchange::{Conversion, DOLLAR, Rates, Worth},
    filter::EventFilter,
    refusal::Refusal,
    time::Timestamp,
};
use tessera_engine::network_now;
use tessera_store::{
    Key,
    analytics::{exchange_rate, receipts},
    read, tenant,
};
use tokio::sync::Semaphore;

/// Computations that run at a time. Others wait without a thread, and are dropped when nobody waits
/// for them.
static COMPUTATIONS: Semaphore = Semaphore::const_new(2);
/// Most event filters of a list.
pub(crate) const MAX_FILTERS: usize = 16;

/// Runs a computation that would keep a thread of the runtime for too long.
pub(crate) async fn compute<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let permit = COMPUTATIONS
        .acquire()
        .await
        .map_err(|_| Error::internal("computation"))?;
    // Nothing stops a computation that has begun, so its place is taken until it ends.
    let placed = move || {
        let result = work();
        drop(permit);
        result
    };
    tokio::task::spawn_blocking(placed)
        .await
        .map_err(|error| Error::Panic(error.to_string()))
}

/// What amounts are in.
#[derive(Debug)]
pub(crate) struct Unit {
    /// The only mint; none when there is none, and when there are several.
    pub(crate) mint: Option<String>,
    /// The mint, or dollars for several; none when there is none.
    pub(crate) currency: Option<String>,
    /// How several mints became dollars.
    pub(crate) conversion: Conversion,
}

impl Unit {
    /// Of amounts that were paid in these mints, the one that was asked for if there was one.
    pub(crate) fn of(asked: Option<&String>, mints: &BTreeSet<String>) -> Self {
        let only = mints.first().filter(|_| mints.len() == 1);
        let only = asked.or(only).cloned();
        let dollars = (mints.len() > 1 && asked.is_none()).then(|| DOLLAR.to_owned());
        Self {
            currency: only.clone().or(dollars),
            mint: only,
            conversion: Conversion::default(),
        }
    }

    /// Whether there are several mints.
    pub(crate) fn is_dollars(&self) -> bool {
        self.mint.is_none() && self.currency.is_some()
    }
}

/// The exchange rates that a query converts by.
pub(crate) struct Exchange {
    rates: Rates,
    /// What the organisation's mints are worth, by address.
    pub(crate) worth: BTreeMap<String, Worth>,
}

impl Exchange {
    /// How amounts of these mints become dollars: of one that no plan takes, the decimals are not
    /// known either.
    pub(crate) fn conversion(&self, mints: &BTreeSet<String>) -> Conversion {
        let mut conversion = self.rates.conversion(mints.iter().map(String::as_str));
        let unknown = mints.iter().filter(|mint| !self.worth.contains_key(*mint));
        conversion.without_rate.extend(unknown.cloned());
        conversion
            .rates
            .retain(|rate| self.worth.contains_key(&rate.currency));
        conversion
    }
}

/// The end of what a query reads.
pub(crate) struct Clocks {
    /// Of subscriptions and payments, by the network's clock.
    pub(crate) network: Timestamp,
    /// Of everything in the event log.
    pub(crate) event_log: Timestamp,
}

impl<S> Querier<S> {
    /// What time it is, for a query without a range.
    pub(crate) async fn clocks(&self, api: &ApiState) -> Result<Clocks, Error> {
        let mut connection = read::connection(&api.pools.questions).await?;
        let now = api.now();
        let network = network_now(&mut connection, now).await?;
        Ok(Clocks {
            network,
            event_log: network.max(now),
        })
    }

    /// The rates in force in the last instant before `until`.
    pub(crate) async fn exchange(
        &self,
        api: &ApiState,
        until: Timestamp,
    ) -> Result<Exchange, Error> {
        let organisation = self.caller.organisation;
        let mut transaction = tenant::snapshot(&api.pools.questions, organisation).await?;
        let rates = exchange_rate::in_force(&mut transaction, until).await?;
        let mints = receipts::mints(&mut transaction).await?;
        let worth = receipts::worth(&mints, &rates).into_iter();
        let worth = worth.map(|(mint, worth)| (Key(mint).to_string(), worth));
        Ok(Exchange {
            worth: worth.collect(),
            rates,
        })
    }
}

impl Checks {
    /// A range that is not empty.
    pub(crate) fn range(&mut self, from: Option<Moment>, until: Option<Moment>) {
        let in_order = from.zip(until).is_none_or(|(from, until)| from < until);
        self.that("until", "must be later than from", in_order);
    }

    /// A moment up to which everything is known.
    pub(crate) fn past(&mut self, field: &str, at: Option<Moment>, now: Timestamp) {
        let known = at.is_none_or(|at| at.0 <= now);
        self.that(field, "must not be in the future", known);
    }

    /// Filters of which any may match.
    pub(crate) fn filters(&mut self, field: &str, filters: &[EventFilter]) {
        self.keep(Refusal::unless_count(
            field,
            filters.len(),
            0..=MAX_FILTERS,
            "filters",
        ));
        for (index, filter) in filters.iter().enumerate() {
            let kept = filter.validate();
            self.keep(kept.map_err(|it| it.within(&format!("{field}[{index}]"))));
        }
    }
}

/// The end of a query that includes `moment` itself.
pub(crate) fn just_after(moment: Timestamp) -> Timestamp {
    Timestamp(moment.0.saturating_add(1))
}

/// The group of everybody beyond the largest groups. No channel or segment has this name.
pub(crate) const OTHER: &str = "(other)";
