//! A person's subscriptions, from their events: payments net of refunds, and the end.
//!
//! A change of plan goes on with the subscription that it changes, whether the chain has one account
//! or two ([`super::succession`]).
//!
//! The events come from the chain; clients cannot send events of these names. They form a set: the
//! order of arrival does not matter.

use super::succession::{Agreement, Grace, successors};
use crate::{
    billing_period::BillingPeriod,
    event::{Event, Properties},
    time::Timestamp,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The events from which subscriptions are computed.
pub const SUBSCRIPTION_EVENTS: [&str; 6] = [
    "cancelled",
    "charged",
    "lapsed",
    "past_due",
    "refunded",
    "subscribed",
];

/// The property with the number of a receipt among those of its account, which orders what happens in
/// one second.
pub(crate) const SEQ_PROPERTY: &str = "seq";

/// One subscription from its signature on, over all changes of plan. A wallet that subscribes to a
/// plan again long after the end has two, although the chain keeps both under one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Id of the first event `subscribed`.
    pub id: Uuid,
    /// The pseudonym of its account, the first one.
    pub account: String,
    /// The pseudonym of its wallet; none when the event does not name it.
    pub wallet: Option<String>,
    /// The address of the plan that it began with; none when the event does not name it.
    pub plan: Option<String>,
    /// Address of the mint that it began with; empty when the event does not name it.
    pub mint: String,
    /// What one payment was for when it began; none when the event does not say so.
    pub period: Option<BillingPeriod>,
    /// When it was signed; a trial is part of it.
    pub started_at: Timestamp,
    /// Payments by time, net of refunds. Trials and payments that were refunded in full are left
    /// out.
    pub payments: Vec<Payment>,
    /// Its end; none while it goes on.
    pub end: Option<End>,
}

/// A payment net of refunds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// When it was paid.
    pub at: Timestamp,
    /// Address of the mint that was paid in; empty when the event does not name it.
    pub mint: String,
    /// In the mint's smallest unit.
    pub amount: u64,
}

/// When and how a subscription ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// The moment of the cancellation, even if more time was paid for, or of the end of the grace.
    pub at: Timestamp,
    /// Whether it was cancelled or lapsed.
    pub kind: EndKind,
}

/// How a subscription ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndKind {
    /// The subscriber cancelled.
    Cancelled,
    /// A payment was missed until the end of the grace, and none came afterwards.
    Lapsed,
}

impl Subscription {
    /// The sums of the payments net of refunds by mint, in its smallest unit.
    pub fn paid(&self) -> BTreeMap<&str, u64> {
        let mut sums = BTreeMap::<&str, u64>::new();
        for payment in &self.payments {
            let sum = sums.entry(&payment.mint).or_default();
            *sum = sum.saturating_add(payment.amount);
        }
        sums
    }

    fn agreement(&self) -> Agreement {
        let cancelled = self.end.filter(|end| end.kind == EndKind::Cancelled);
        Agreement {
            began: self.started_at,
            cancelled: cancelled.map(|end| end.at),
            period: self.period,
        }
    }
}

/// A person's subscriptions by their start, from all of the person's events in any order.
///
/// An event that names an account belongs to the account's last subscription that had started before
/// it on the chain. A refund is taken from the payment before it, then from earlier ones, and never
/// exceeds what was paid. What a wallet cancels and signs within the grace is one subscription.
pub fn subscriptions(events: &[Event], grace: Grace) -> Vec<Subscription> {
    let mut found = agreed(events);
    let wallets: BTreeSet<_> = found.iter().map(|it| it.wallet.clone()).collect();
    if found.len() > 1 {
        let mut joined = Vec::with_capacity(found.len());
        for wallet in wallets {
            let (of_wallet, others) = found.into_iter().partition(|it| it.wallet == wallet);
            found = others;
            joined.extend(join(of_wallet, grace));
        }
        joined.sort_by_key(|it| (it.started_at, it.id));
        return joined;
    }
    found
}

/// A wallet's subscriptions, each with those that it went on in.
fn join(of_wallet: Vec<Subscription>, grace: Grace) -> Vec<Subscription> {
    let agreements: Vec<_> = of_wallet.iter().map(Subscription::agreement).collect();
    let next = successors(&agreements, grace);
    let mut waiting: Vec<_> = of_wallet.into_iter().map(Some).collect();
    let continued: BTreeSet<usize> = next.iter().flatten().copied().collect();
    let mut joined = Vec::with_capacity(waiting.len());
    for first in (0..waiting.len()).filter(|it| !continued.contains(it)) {
        let Some(mut whole) = waiting.get_mut(first).and_then(Option::take) else {
            continue;
        };
        let follow = |from: &usize| next.get(*from).copied().flatten();
        for index in std::iter::successors(follow(&first), follow) {
            if let Some(changed) = waiting.get_mut(index).and_then(Option::take) {
                whole.payments.extend(changed.payments);
                whole.end = changed.end;
            }
        }
        whole.payments.sort_by_key(|payment| payment.at);
        joined.push(whole);
    }
    joined
}

/// What was signed, each signature by itself.
fn agreed(events: &[Event]) -> Vec<Subscription> {
    let mut ordered: Vec<&Event> = events
        .iter()
        .filter(|event| SUBSCRIPTION_EVENTS.contains(&event.name.as_str()))
        .collect();
    ordered.sort_by_key(|event| (place(event, u64::MAX), event.id));
    let (places, mut found): (Vec<_>, Vec<_>) = ordered
        .iter()
        .filter_map(|it| Some((place(it, 0), started(it)?)))
        .unzip();
    // Refunds last, so that one in the same second as its payment finds it.
    ordered.sort_by_key(|event| event.name == "refunded");
    for event in ordered {
        if let Some(index) = meant_by(event, &found, &places)
            && let Some(subscription) = found.get_mut(index)
        {
            subscription.take(event);
        }
    }
    for subscription in &mut found {
        subscription.payments.retain(|payment| payment.amount > 0);
    }
    found
}

/// Where an event stands among those of its account. The chain's clock has whole seconds, so what
/// happens in one is ordered by the number of its receipt, and has another one instead where it has none.
fn place(event: &Event, instead: u64) -> (Timestamp, u64) {
    let seq = event.properties.get(SEQ_PROPERTY).and_then(Value::as_u64);
    (event.at, seq.unwrap_or(instead))
}

/// The index of the subscription that an event is about: the account's last one that had started.
///
/// The chain lets no account be signed again that goes on. So a cancellation in the second of a
/// signature belongs to the one before, if nothing else had ended that.
fn meant_by(event: &Event, found: &[Subscription], places: &[(Timestamp, u64)]) -> Option<usize> {
    let account = text(&event.properties, "account")?;
    let place = place(event, u64::MAX);
    let of_account = found.iter().zip(places).enumerate().rev();
    let mut started = of_account
        .filter(|(_, (it, began))| it.account == account && **began <= place)
        .map(|(index, (it, _))| (index, it));
    let (last, latest) = started.next()?;
    if event.name != "cancelled" || latest.started_at < event.at {
        return Some(last);
    }
    let goes_on = started.take_while(|(_, it)| it.end.is_none());
    Some(goes_on.last().map_or(last, |(index, _)| index))
}

fn started(event: &Event) -> Option<Subscription> {
    let properties = &event.properties;
    if event.name != "subscribed" {
        return None;
    }
    Some(Subscription {
        id: event.id,
        account: text(properties, "account")?.to_owned(),
        plan: text(properties, "plan").map(str::to_owned),
        wallet: text(properties, "wallet").map(str::to_owned),
        mint: text(properties, "mint").unwrap_or_default().to_owned(),
        period: period(properties),
        started_at: event.at,
        payments: Vec::new(),
        end: None,
    })
}

impl Subscription {
    /// Applies an event. Events must come in order of time, refunds after all others.
    fn take(&mut self, event: &Event) {
        let amount = amount(&event.properties);
        match event.name.as_str() {
            "subscribed" | "charged" => {
                self.payments.push(Payment {
                    at: event.at,
                    mint: text(&event.properties, "mint")
                        .unwrap_or_default()
                        .to_owned(),
                    amount,
                });
                // A charge proves that the subscription goes on.
                self.end = self.end.filter(|end| end.kind == EndKind::Cancelled);
            }
            "refunded" => self.refund(amount, event.at),
            "cancelled" => self.end_at(event.at, EndKind::Cancelled),
            _ if self.payments.last().is_none_or(|last| last.at < event.at) => {
                self.end_at(event.at, EndKind::Lapsed);
            }
            _ => {}
        }
    }

    /// The first end counts.
    fn end_at(&mut self, at: Timestamp, kind: EndKind) {
        self.end.get_or_insert(End { at, kind });
    }

    fn refund(&mut self, amount: u64, at: Timestamp) {
        let mut rest = amount;
        for payment in self.payments.iter_mut().rev().filter(|it| it.at <= at) {
            let taken = rest.min(payment.amount);
            payment.amount -= taken;
            rest -= taken;
        }
    }
}

fn text<'a>(properties: &'a Properties, name: &str) -> Option<&'a str> {
    properties.get(name)?.as_str()
}

fn period(properties: &Properties) -> Option<BillingPeriod> {
    let number = |name: &str| properties.get(name).and_then(Value::as_u64);
    let secs = u32::try_from(number("period_secs")?).ok()?;
    let months = u8::try_from(number("period_months")?).ok()?;
    BillingPeriod::of_plan(secs, months)
}

fn amount(properties: &Properties) -> u64 {
    text(properties, "amount")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests;
