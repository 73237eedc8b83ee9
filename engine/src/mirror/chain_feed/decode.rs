//! Receipts to events, pure. An event names plans and mints, never a wallet or an account of one: a
//! wallet is known by its digest alone, and its accounts and the places of its receipts by
//! pseudonyms under the organisation's key, which erasing the person replaces. Amounts are decimal
//! strings in the mint's smallest unit.

use crate::{Engine, Error, Result, capture::Item};
use serde_json::{Value, json};
use tessera_client::{
    Event,
    types::{
        Address, NO_ADDRESS,
        accounts::SubscriptionState,
        events::{Receipt, Settlement},
    },
};
use tessera_domain::{
    access::secret::{DigestKey, PseudonymKey},
    capture::pseudonym,
    event::Properties,
    people::Identifier,
    time::Timestamp,
};
use tessera_store::{
    Key, OrganisationId,
    mirror::chain_feed::{ChainEvent, Overdue},
    people::person::IdentifierKey,
};

/// The names by which an organisation knows wallets and their accounts.
pub(crate) struct Names {
    digests: DigestKey,
    pseudonyms: PseudonymKey,
}

impl Names {
    pub(crate) fn of(engine: &Engine, organisation: OrganisationId) -> Self {
        Self {
            digests: engine.digest_key(organisation),
            pseudonyms: engine.master_key.pseudonym_key(organisation.0),
        }
    }

    /// The name of a wallet in events, by which nobody can find it on the chain.
    fn wallet(&self, address: Key) -> String {
        pseudonym(&self.pseudonyms, "wallet", &address.to_string()).to_string()
    }

    /// The name of an account in events, by which nobody can find it on the chain.
    pub(crate) fn account(&self, address: impl ToString) -> String {
        pseudonym(&self.pseudonyms, "account", &address.to_string()).to_string()
    }
}

/// The events of a receipt: one about its wallet and, when a wallet joined through a referral, one
/// about its referrer.
///
/// # Errors
/// [`Error::Receipt`] when the receipt cannot be decoded.
pub(super) fn items(receipt: &ChainEvent, names: &Names) -> Result<Vec<Item>> {
    let head = Receipt {
        account: receipt.account.0.into(),
        life: receipt.life.unsigned_abs(),
        seq: receipt.seq.unsigned_abs(),
        at: receipt.at,
    };
    let raw = Event::assemble(&receipt.kind, &head, &receipt.body);
    let event = raw.as_deref().map(Event::decode);
    let Some(Ok(event)) = event else {
        return Err(Error::Receipt {
            account: receipt.account,
            seq: receipt.seq,
        });
    };
    let place = format!(
        "chain:{}:{}:{}",
        bs58::encode(receipt.signature).into_string(),
        receipt.outer_ix,
        receipt.inner_ix
    );
    let account = names.account(event.receipt().account);
    let make = |suffix: &str, wallet: Key, name: &str, mut properties: Value| {
        if let Some(properties) = properties.as_object_mut() {
            properties.insert("account".to_owned(), json!(account));
            properties.insert("wallet".to_owned(), json!(names.wallet(wallet)));
            // Orders what happens to an account within a second of the chain's clock.
            properties.insert("seq".to_owned(), json!(head.seq));
        }
        item(
            &format!("{place}{suffix}"),
            wallet,
            name,
            receipt.at,
            properties,
            names,
        )
    };
    let about = |name: &str, properties: Value| make("", receipt.wallet, name, properties);
    Ok(match event {
        Event::MemberRegistered(joined) => {
            let code = code_text(&joined.code);
            let [referrer, ..] = joined.referrers;
            let referred = referrer != NO_ADDRESS;
            let channel = if referred { "referral" } else { "direct" };
            let registered = about(
                "registered",
                json!({ "code": code, "referred": referred, "channel": channel }),
            );
            let referrer = referred.then(|| {
                make(
                    ":referrer",
                    key(referrer),
                    "referred",
                    json!({ "code": code }),
                )
            });
            [Some(registered), referrer].into_iter().flatten().collect()
        }
        Event::Subscribed(subscribed, shares) => {
            let mut properties = payment(receipt, &subscribed.settlement, shares.len());
            // The account may be under another plan today.
            properties["plan"] = json!(subscribed.plan.to_string());
            properties["period_secs"] = json!(subscribed.terms.period_secs);
            properties["period_months"] = json!(subscribed.terms.period_months);
            properties["quoted"] = json!(subscribed.quote_nonce > 0);
            let trial = (subscribed.trial_ends_at > 0).then(|| {
                let ends_at = Timestamp::from_secs(subscribed.trial_ends_at);
                let properties = json!({ "plan": subscribed.plan.to_string(), "ends_at": ends_at });
                make(":trial", receipt.wallet, "trial_started", properties)
            });
            let subscribed = about("subscribed", properties);
            [Some(subscribed), trial].into_iter().flatten().collect()
        }
        Event::Charged(charged, shares) => {
            vec![about(
                "charged",
                payment(receipt, &charged.settlement, shares.len()),
            )]
        }
        // A change that waits for the end of the period pays nothing yet.
        Event::PlanChanged(changed, shares) if changed.settlement.paid_through > 0 => {
            let mut properties = payment(receipt, &changed.settlement, shares.len());
            properties["plan"] = json!(changed.plan.to_string());
            vec![about("charged", properties)]
        }
        Event::Refunded(refunded, shares) => {
            let mut properties = money(receipt, refunded.amount, refunded.points);
            properties["referral_levels"] = json!(shares.len());
            vec![about("refunded", properties)]
        }
        // The clock shows that a payment is late; this event shows that none can come any more.
        Event::PaymentMissed(missed) if missed.state == SubscriptionState::Lapsed as u8 => {
            vec![about("lapsed", json!({ "plan": plan(receipt) }))]
        }
        Event::Cancelled(cancelled) => {
            let paid_through = Timestamp::from_secs(cancelled.paid_through);
            vec![about(
                "cancelled",
                json!({ "plan": plan(receipt), "paid_through": paid_through }),
            )]
        }
        Event::PointsAwarded(awarded) => {
            vec![about(
                "awarded",
                json!({ "points": awarded.points.to_string() }),
            )]
        }
        Event::PointsRedeemed(redeemed) => {
            vec![about(
                "redeemed",
                json!({ "points": redeemed.points.to_string() }),
            )]
        }
        Event::CommissionClaimed(claimed) => vec![about(
            "commission_claimed",
            json!({ "amount": claimed.amount.to_string(), "mint": receipt.mint.map(|it| it.to_string()) }),
        )],
        // About no customer, or nothing for which the sales engine has an event.
        Event::ConfigSet(_)
        | Event::AuthorityProposed(_)
        | Event::AuthorityAccepted(_)
        | Event::OrgCreated(_)
        | Event::OrgUpdated(_)
        | Event::OrgPaused(_)
        | Event::PlanCreated(_)
        | Event::PlanSunset(_)
        | Event::PlanChanged(..)
        | Event::IssuerSet(_)
        | Event::CodeCreated(_)
        | Event::CodeOffered(_)
        | Event::CodeTransferred(_)
        | Event::PaymentMissed(_)
        | Event::Resumed(_)
        | Event::Paused(_)
        | Event::InvoicePaid(..)
        | Event::LedgerOpened(_)
        | Event::CommissionReleased(_)
        | Event::CampaignCreated(_)
        | Event::RootSet(_)
        | Event::PageOpened(_)
        | Event::VoucherClaimed(_)
        | Event::PoolCreated(_)
        | Event::PoolFunded(_)
        | Event::Staked(_)
        | Event::Unstaked(_)
        | Event::Harvested(_)
        | Event::Closed(_) => Vec::new(),
    })
}

/// A missed payment as an event of its wallet, at the end of the grace.
pub(super) fn past_due(missed: &Overdue, names: &Names) -> Item {
    let properties = json!({
        "account": names.account(missed.subscription),
        "wallet": names.wallet(missed.wallet),
        "plan": missed.plan.to_string(),
        "mint": missed.mint.to_string(),
        "decimals": missed.decimals,
        "amount": missed.price.to_string(),
        "due_at": Timestamp::from_secs(missed.next_due),
    });
    let message = format!("chain:past_due:{}:{}", missed.subscription, missed.next_due);
    item(
        &message,
        missed.wallet,
        "past_due",
        missed.grace_ended,
        properties,
        names,
    )
}

fn payment(receipt: &ChainEvent, settlement: &Settlement, levels: usize) -> Value {
    let mut properties = money(receipt, settlement.debit, settlement.points);
    properties["paid_through"] = json!(Timestamp::from_secs(settlement.paid_through));
    properties["referral_levels"] = json!(levels);
    properties
}

fn money(receipt: &ChainEvent, amount: u64, points: u64) -> Value {
    json!({
        "plan": plan(receipt),
        "mint": receipt.mint.map(|mint| mint.to_string()),
        "decimals": receipt.decimals,
        "amount": amount.to_string(),
        "points": points.to_string(),
    })
}

fn plan(receipt: &ChainEvent) -> Option<String> {
    receipt.plan.map(|plan| plan.to_string())
}

fn item(
    message: &str,
    wallet: Key,
    name: &str,
    at_secs: i64,
    properties: Value,
    names: &Names,
) -> Item {
    let properties: Properties = match properties {
        Value::Object(properties) => properties,
        _ => Properties::new(),
    };
    Item {
        // No receipt is about the zero address; if one were, it would be about nobody.
        identifiers: Identifier::wallet(wallet.0)
            .iter()
            .map(|wallet| IdentifierKey::of(wallet, &names.digests))
            .collect(),
        // No client can make one, so nobody can take the place beforehand.
        message_key: pseudonym(&names.pseudonyms, "place", message),
        // The same place on the chain always says the same.
        body_hash: pseudonym(&names.pseudonyms, "body", message),
        name: name.to_owned(),
        at: Timestamp::from_secs(at_secs).into(),
        properties,
    }
}

/// A code without its padding; none when there is none.
fn code_text(code: &[u8; 16]) -> Option<String> {
    let text = code.split(|byte| *byte == 0).next().unwrap_or_default();
    let text = String::from_utf8_lossy(text).into_owned();
    Some(text).filter(|text| !text.is_empty())
}

fn key(address: Address) -> Key {
    Key(address.to_bytes())
}
