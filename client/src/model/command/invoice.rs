//! Invoices, which are paid once.

use super::{Bill, Command};
use crate::{
    address,
    decode::Event,
    model::{
        Moment, State, Verdict,
        rules::{payment, settings},
    },
};
use tessera_types::{Address, NO_ADDRESS, TesseraError, accounts::Org, events::InvoicePaid};

/// A wallet pays an invoice that the org signed.
#[derive(Debug, Clone, Copy)]
pub struct PayInvoice {
    /// The plan by whose mint, destination and vault it is paid.
    pub plan: Address,
    /// The wallet that pays.
    pub wallet: Address,
    /// The token account that pays.
    pub payer_token: Address,
    /// The invoice's number among those of plan and wallet.
    pub id: u64,
    /// What is paid, in the mint's smallest unit.
    pub amount: u64,
    /// Points that it gives.
    pub points: u64,
    /// Until when it can be paid, Unix seconds.
    pub deadline: i64,
    /// Whether the plan's vault is frozen.
    pub vault_frozen: bool,
}

impl Command for PayInvoice {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let plan = verdict.found(state.plans.get(&self.plan), "plan")?;
        let org = verdict.found(state.orgs.get(&plan.org), "org")?;
        let paused = settings::is_paused(org, Org::PAUSE_CHARGE);
        verdict.require(!paused, TesseraError::Paused);
        let in_time = moment.now <= self.deadline;
        verdict.require(in_time, TesseraError::QuoteExpired);
        verdict.require(self.amount > 0, TesseraError::ZeroAmount);
        let invoice = address::invoice(&self.plan, &self.wallet, self.id);
        verdict.require(!state.exists(&invoice), TesseraError::AccountExists);

        let member = address::member(&plan.org, &self.wallet);
        let known = verdict.found(state.members.get(&member), "member")?;
        let ledgers = payment::referral_ledgers(&known.account, plan);
        let named = ledgers.iter().filter(|it| **it != NO_ADDRESS);
        for ledger in named {
            let open = state.ledgers.contains_key(ledger);
            verdict.require(open, TesseraError::MissingLedger);
        }
        let bill = Bill {
            member,
            debit: self.amount,
            keeper_fee: 0,
            points: self.points,
            ledgers,
            commission_bps: org.settings.commission_bps,
            hold_secs: org.settings.hold_secs,
            vault_frozen: self.vault_frozen,
            flags: 0,
            period: (moment.now, moment.now),
        };
        let (settlement, shares) = bill.settle(state, moment, verdict)?;
        let event = InvoicePaid {
            receipt: state.receipt(invoice, moment),
            plan: self.plan,
            wallet: self.wallet,
            payer_token: self.payer_token,
            id: self.id,
            deadline: self.deadline,
            hold_secs: org.settings.hold_secs,
            commission_bps: org.settings.commission_bps,
            spare: [0; 6],
            settlement,
        };
        Some(Event::InvoicePaid(event, shares))
    }
}
