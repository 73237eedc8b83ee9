//! Payments as the mirror holds them, and events of people, each at a moment of the test's choice.

use super::tenant::Tenant;
use crate::api_rows::{self, ORG, SUBSCRIPTION, key};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde_json::Value;
use tessera_store::{
    U64,
    engine::{
        OrganisationId,
        event::{self, EventSource, NewEvent},
        organisation,
        person::{self, NewPerson},
    },
    event::{ChargeRow, EventRow},
    plan::PlanRow,
};
use uuid::Uuid;

pub(crate) const DAY: i64 = 86_400;
pub(crate) const MONTH: i64 = 30 * DAY;

/// The beginning of a day as in `2025-01-31`.
pub(crate) fn day(text: &str) -> DateTime<Utc> {
    format!("{text}T00:00:00Z").parse().expect("a day")
}

/// A plan of 30 days.
pub(crate) fn monthly_plan(number: u8, org: u8) -> PlanRow {
    PlanRow {
        period_secs: MONTH,
        ..api_rows::plan(number, org)
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
    }
}

impl Tenant {
    /// Writes payments to the mirror.
    pub(crate) async fn pay(&self, payments: &[Paid]) -> Result<()> {
        let (mut events, mut charges) = (Vec::new(), Vec::new());
        for (position, paid) in (1..).zip(payments) {
            let number = u8::try_from(position)?;
            let at = day(paid.day).timestamp();
            events.push(EventRow {
                position,
                signature: [number; 64],
                outer_ix: 0,
                inner_ix: 0,
                slot: position,
                kind: "Charged".to_owned(),
                account: key(SUBSCRIPTION, paid.subscription),
                life: U64(4),
                seq: U64(number.into()),
                at,
                raw: vec![number],
            });
            charges.push(ChargeRow {
                debit: U64(paid.debit),
                merchant: U64(paid.merchant),
                keeper_fee: U64(paid.keeper_fee),
                period_start: at,
                paid_through: at + paid.secs,
                ..api_rows::charge(position, key(SUBSCRIPTION, paid.subscription))
            });
        }
        let conn = &mut *self.api.mirror.acquire().await?;
        tessera_store::event::insert(conn, &events, &charges, &[], &[]).await?;
        Ok(())
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
        event::insert(
            conn,
            self.id().await?,
            EventSource::Chain,
            event.at,
            &[&event],
        )
        .await?;
        Ok(())
    }

    async fn id(&self) -> Result<OrganisationId> {
        let conn = &mut *self.api.mirror.acquire().await?;
        organisation::by_org(conn, key(ORG, self.number))
            .await?
            .context("an organisation")
    }
}
