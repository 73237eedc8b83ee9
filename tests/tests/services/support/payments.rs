//! Payments as the mirror holds them, and events of people, each at a moment of the test's choice.

use super::tenant::Tenant;
use crate::support::{
    history::{History, TRIAL},
    rows::{self, ORG, SUBSCRIPTION, key},
};
use anyhow::{Context, Result};
use bytemuck::Zeroable;
use chrono::{DateTime, Utc};
use serde_json::Value;
use tessera_store::{
    OrganisationId,
    access::organisation,
    capture::event::{self, Arrival, EventSource, NewEvent},
    mirror::{accounts, plan::PlanRow},
    people::person::{self, NewPerson},
};
use tessera_types::events::{Cancelled, Closed, Refunded, Settlement};
use uuid::Uuid;

pub(crate) const DAY: i64 = 86_400;
pub(crate) const MONTH: i64 = 30 * DAY;

/// The beginning of a day as in `2025-01-31`.
pub(crate) fn day(text: &str) -> DateTime<Utc> {
    format!("{text}T00:00:00Z").parse().expect("a day")
}

/// A plan of a calendar month.
pub(crate) fn monthly_plan(number: u8, org: u8) -> PlanRow {
    PlanRow {
        period_secs: 0,
        period_months: 1,
        ..rows::plan(number, org)
    }
}

/// What one payment moved.
#[derive(Clone, Copy)]
pub(crate) struct Paid {
    pub(crate) subscription: u8,
    pub(crate) day: &'static str,
    /// How long it pays for, seconds.
    pub(crate) secs: i64,
    pub(crate) debit: u64,
    pub(crate) merchant: u64,
    pub(crate) keeper_fee: u64,
    /// What of it is paid back on the same day, and what of that comes from the vault.
    pub(crate) refunded: u64,
    pub(crate) refunded_from_vault: u64,
    /// When the subscription is cancelled after it, if it is.
    pub(crate) cancelled_on: Option<&'static str>,
    /// Whether the account was closed before, and signs again with it.
    pub(crate) opened_again: bool,
}

/// A payment for 30 days that the merchant receives in full.
pub(crate) fn paid(subscription: u8, day: &'static str, debit: u64) -> Paid {
    Paid {
        subscription,
        day,
        secs: MONTH,
        debit,
        merchant: debit,
        keeper_fee: 0,
        refunded: 0,
        refunded_from_vault: 0,
        cancelled_on: None,
        opened_again: false,
    }
}

impl Tenant {
    /// Writes payments of subscriptions that the mirror has rows of.
    pub(crate) async fn pay(&self, payments: &[Paid]) -> Result<()> {
        let mirror = &self.api.mirror;
        let rows = accounts::all(&mut *mirror.acquire().await?).await?;
        let mut history = History::of(&rows.org);
        history.open(&rows.plan);
        for paid in payments {
            let address = key(SUBSCRIPTION, paid.subscription);
            let row = rows.subscription.iter().find(|row| row.address == address);
            let at = day(paid.day).timestamp();
            history.at = Some(at);
            if paid.opened_again {
                history.push(address, |receipt| Closed {
                    receipt,
                    ..Closed::zeroed()
                });
                history.reopen(address);
            }
            let settlement = Settlement {
                debit: paid.debit,
                merchant: paid.merchant,
                keeper_fee: paid.keeper_fee,
                period_start: at,
                paid_through: at + paid.secs,
                ..TRIAL
            };
            history.pay(row.context("a subscription")?, settlement, &[]);
            if paid.refunded > 0 {
                history.push(address, |receipt| Refunded {
                    receipt,
                    amount: paid.refunded,
                    from_vault: paid.refunded_from_vault,
                    ..Refunded::zeroed()
                });
            }
            if let Some(cancelled_on) = paid.cancelled_on {
                history.at = Some(day(cancelled_on).timestamp());
                history.push(address, |receipt| Cancelled {
                    receipt,
                    ..Cancelled::zeroed()
                });
            }
        }
        history.store(mirror).await
    }

    /// Somebody new.
    pub(crate) async fn add_person(&self) -> Result<Uuid> {
        let id = Uuid::now_v7();
        let somebody = NewPerson {
            id,
            identified: false,
            first_seen: day("2025-01-01"),
        };
        let conn = &mut *self.api.mirror.acquire().await?;
        person::insert(conn, self.id().await?, &[somebody]).await?;
        Ok(id)
    }

    /// Makes something happen to a person at the beginning of a day.
    pub(crate) async fn happens_to(
        &self,
        person: Uuid,
        name: &str,
        at: &str,
        properties: Value,
    ) -> Result<()> {
        let event = NewEvent {
            person,
            message_key: Uuid::now_v7(),
            body_hash: Uuid::nil(),
            name: name.to_owned(),
            at: day(at),
            properties: properties.as_object().cloned().unwrap_or_default(),
        };
        let conn = &mut *self.api.mirror.acquire().await?;
        let arrival = Arrival {
            source: EventSource::Chain,
            received_at: event.at,
            forget_on: None,
        };
        event::insert(conn, self.id().await?, arrival, &[&event]).await?;
        Ok(())
    }

    async fn id(&self) -> Result<OrganisationId> {
        let conn = &mut *self.api.mirror.acquire().await?;
        organisation::by_org(conn, key(ORG, self.number))
            .await?
            .context("an organisation")
    }
}
