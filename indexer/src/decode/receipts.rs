//! Transactions to receipts, and receipts to rows.

use super::accounts::key;
use crate::node::{Content, Transaction};
use rust_decimal::Decimal;
use tessera_client::{
    DecodeError, EVENT_HEAD_LEN, Event, carried,
    carried::CarriedReceipt,
    types::events::{LedgerShare, Receipt, Settlement},
};
use tessera_store::{
    Key, U64,
    mirror::{
        dead_letter::{LetterKind, NewLetter},
        receipt::{NewCharge, NewReceipt, NewRefund, Owner, Place, PlanOf},
    },
};

/// The effects of a transaction on the mirror.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Effects {
    /// Its receipts, in order.
    pub receipts: Vec<NewReceipt>,
    /// Accounts that it can have changed.
    pub touched: Vec<Key>,
    /// What this version does not understand of it.
    pub letters: Vec<NewLetter>,
}

/// The effects of a transaction: none when it failed or does not call the program. A receipt that
/// this version does not know, and a transaction that it cannot read, become letters; the rest
/// counts.
pub fn effects(transaction: &Transaction) -> Effects {
    let calls = match &transaction.content {
        Content::Nothing => return Effects::default(),
        Content::Calls(calls) => calls,
        Content::Unreadable { reason, bytes } => {
            let letter = letter(transaction, reason.clone(), bytes.clone());
            return Effects {
                letters: vec![letter],
                ..Effects::default()
            };
        }
    };
    let touched: Vec<Key> = calls.touched.iter().map(|address| key(*address)).collect();
    let carried = match carried::receipts(&calls.calls) {
        Ok(carried) => carried,
        Err(error) => {
            let letter = NewLetter {
                accounts: touched.clone(),
                ..letter(transaction, error.to_string(), vec![])
            };
            return Effects {
                receipts: vec![],
                touched,
                letters: vec![letter],
            };
        }
    };
    let mut effects = Effects {
        touched,
        ..Effects::default()
    };
    for receipt in carried {
        match decode(transaction, &receipt) {
            Ok(decoded) => effects.receipts.push(decoded),
            Err(error) => effects.letters.push(NewLetter {
                kind: LetterKind::Receipt,
                call: Some((number(receipt.outer), number(receipt.inner))),
                accounts: effects.touched.clone(),
                ..letter(transaction, error.to_string(), receipt.data)
            }),
        }
    }
    effects
}

fn letter(transaction: &Transaction, reason: String, bytes: Vec<u8>) -> NewLetter {
    NewLetter {
        kind: LetterKind::Transaction,
        reason,
        bytes,
        slot: super::slot(transaction.place.slot),
        signature: Some(transaction.signature.into()),
        tx_index: Some(index(transaction)),
        call: None,
        accounts: vec![],
    }
}

/// Receipts that could not be stored, as one letter each, with the event as it was carried.
pub(crate) fn refused(effects: &Effects, reason: &str) -> Vec<NewLetter> {
    let receipts = effects.receipts.iter();
    receipts
        .map(|receipt| NewLetter {
            kind: LetterKind::Receipt,
            reason: reason.to_owned(),
            bytes: raw(receipt).unwrap_or_default(),
            slot: receipt.place.slot,
            signature: Some(receipt.signature),
            tx_index: Some(receipt.place.tx_index),
            call: Some((receipt.place.outer_ix, receipt.place.inner_ix)),
            accounts: vec![receipt.account],
        })
        .collect()
}

/// The event as it was carried.
fn raw(receipt: &NewReceipt) -> Option<Vec<u8>> {
    let head = Receipt {
        account: receipt.account.0.into(),
        life: receipt.life.unsigned_abs(),
        seq: receipt.seq.unsigned_abs(),
        at: receipt.at,
    };
    Event::assemble(receipt.kind, &head, &receipt.body)
}

fn decode(transaction: &Transaction, carried: &CarriedReceipt) -> Result<NewReceipt, DecodeError> {
    let place = Place {
        slot: super::slot(transaction.place.slot),
        tx_index: index(transaction),
        outer_ix: number(carried.outer),
        inner_ix: number(carried.inner),
    };
    receipt(place, transaction.signature.into(), &carried.data)
}

/// A receipt as it was carried, at its place.
///
/// # Errors
/// [`DecodeError`] when this version does not know it.
pub fn receipt(place: Place, signature: [u8; 64], raw: &[u8]) -> Result<NewReceipt, DecodeError> {
    let event = Event::decode(raw)?;
    let receipt = *event.receipt();
    Ok(NewReceipt {
        place,
        signature,
        kind: event.name(),
        account: key(receipt.account),
        life: super::slot(receipt.life),
        seq: super::slot(receipt.seq),
        at: receipt.at,
        body: raw.get(EVENT_HEAD_LEN..).unwrap_or_default().to_vec(),
        owner: (receipt.seq == 1).then(|| owner(&event)).flatten(),
        plan: plan(&event),
        charge: charge(&event),
        refund: refund(&event),
        commissions: commissions(&event),
    })
}

/// The owner of an account, as its first receipt states it.
fn owner(event: &Event) -> Option<Owner> {
    let of = |kind, parent, wallet, mint| {
        Some(Owner {
            kind,
            parent,
            wallet,
            mint,
        })
    };
    let account = key(event.receipt().account);
    match event {
        Event::ConfigSet(_) => of("Config", None, None, None),
        Event::OrgCreated(_) => of("Org", Some(account), None, None),
        Event::PlanCreated(it) => of("Plan", Some(key(it.org)), None, Some(key(it.mint))),
        Event::IssuerSet(it) => of("Issuer", Some(key(it.org)), None, None),
        Event::CodeCreated(it) => of("Code", Some(key(it.org)), Some(key(it.owner)), None),
        Event::MemberRegistered(it) => of("Member", Some(key(it.org)), Some(key(it.wallet)), None),
        Event::Subscribed(it, _) => of(
            "Subscription",
            Some(key(it.plan)),
            Some(key(it.wallet)),
            None,
        ),
        Event::InvoicePaid(it, _) => of("Invoice", Some(key(it.plan)), Some(key(it.wallet)), None),
        Event::LedgerOpened(it) => {
            let (org, wallet, mint) = (key(it.org), key(it.wallet), key(it.mint));
            of("Ledger", Some(org), Some(wallet), Some(mint))
        }
        Event::CampaignCreated(it) => of("Campaign", Some(key(it.org)), None, Some(key(it.mint))),
        Event::PageOpened(it) => of("NullifierPage", Some(key(it.campaign)), None, None),
        Event::VoucherClaimed(it) => {
            of("Claim", Some(key(it.campaign)), Some(key(it.wallet)), None)
        }
        Event::PoolCreated(it) => of("StakePool", Some(key(it.org)), None, None),
        Event::Staked(it) => of("Position", Some(key(it.pool)), Some(key(it.wallet)), None),
        // An authority has no receipt before its last.
        _ => None,
    }
}

/// The plan that a receipt is under.
pub(crate) fn plan(event: &Event) -> PlanOf {
    match event {
        Event::PlanCreated(it) => PlanOf::Stated(key(it.receipt.account)),
        Event::Subscribed(it, _) => PlanOf::Stated(key(it.plan)),
        Event::InvoicePaid(it, _) => PlanOf::Stated(key(it.plan)),
        Event::PlanChanged(it, _) if it.at_period_end == 0 => PlanOf::Stated(key(it.plan)),
        Event::Charged(it, _) if it.settlement.flags & Settlement::PLAN_FOLLOWED != 0 => {
            PlanOf::Agreed
        }
        _ => PlanOf::Before,
    }
}

/// The charge in a payment. A change of plan that takes effect later, or within a trial, begins no
/// period.
fn charge(event: &Event) -> Option<NewCharge> {
    let (settlement, _) = event.settlement()?;
    (settlement.paid_through > 0).then(|| NewCharge {
        debit: settlement.debit.into(),
        merchant: settlement.merchant.into(),
        keeper_fee: settlement.keeper_fee.into(),
        debt_repaid: settlement.debt_repaid.into(),
        points: settlement.points.into(),
        points_expired: settlement.points_expired.into(),
        credit: credit(event),
        period_start: settlement.period_start,
        paid_through: settlement.paid_through,
        flags: settlement.flags.into(),
        tier: settlement.tier.into(),
        quote_nonce: quote_nonce(event),
    })
}

fn refund(event: &Event) -> Option<NewRefund> {
    let Event::Refunded(refunded, _) = event else {
        return None;
    };
    Some(NewRefund {
        amount: refunded.amount.into(),
        from_vault: refunded.from_vault.into(),
        points: refunded.points.into(),
        points_expired: refunded.points_expired.into(),
    })
}

/// Shares of the levels, from the nearest on, without gaps; those of a refund are negative.
fn commissions(event: &Event) -> Vec<(Key, Decimal)> {
    let shares = |shares: &[LedgerShare], sign: Decimal| {
        let share = |share: &LedgerShare| (key(share.ledger), sign * Decimal::from(share.amount));
        shares.iter().map(share).collect()
    };
    match event {
        Event::Refunded(_, taken_back) => shares(taken_back, Decimal::NEGATIVE_ONE),
        _ => match event.settlement() {
            Some((settlement, paid)) if settlement.paid_through > 0 => shares(paid, Decimal::ONE),
            _ => vec![],
        },
    }
}

/// Nonce of the quote that set a payment's price; quotes count from 1.
fn quote_nonce(event: &Event) -> Option<U64> {
    let nonce = match event {
        Event::Subscribed(event, _) => Some(event.quote_nonce),
        Event::PlanChanged(event, _) => Some(event.quote_nonce),
        _ => None,
    };
    nonce.filter(|nonce| *nonce > 0).map(U64)
}

/// The credit for an earlier plan's unused time in a payment.
fn credit(event: &Event) -> U64 {
    match event {
        Event::PlanChanged(event, _) => event.credit.into(),
        _ => U64(0),
    }
}

fn index(transaction: &Transaction) -> i32 {
    i32::try_from(transaction.place.index).unwrap_or(i32::MAX)
}

/// A transaction has far fewer calls than this can count.
fn number(call: u16) -> i16 {
    i16::try_from(call).unwrap_or(i16::MAX)
}
