//! What becomes of a subscription after it was signed, and what is paid beside it.

use crate::{CLUSTER_TAG, Place, World};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    instructions::{
        CancelNow, ChangePlan, ChargeUpTo, MarkPastDue, Pause, PayInvoice, Refund, Refundable,
        Release, Resume,
    },
    quote::Bill,
    types::{
        accounts::Plan,
        args::{PayInvoiceArgs, SignedTerms},
    },
};

impl World {
    /// The plan that a wallet's subscription is under.
    #[track_caller]
    pub fn current_plan(&self, wallet: &Keypair) -> Plan {
        self.account(&self.subscription(wallet).plan)
    }

    /// `mark_past_due` of a subscriber.
    #[track_caller]
    pub fn mark_past_due(&self, wallet: &Keypair) -> Instruction {
        MarkPastDue {
            subscription: &self.subscription(wallet),
        }
        .into()
    }

    /// `cancel_now`, which wallet and org's authority sign.
    #[track_caller]
    pub fn cancel_now(&self, wallet: &Keypair) -> Instruction {
        CancelNow {
            subscription: &self.subscription(wallet),
            plan: &self.current_plan(wallet),
            authority: self.authority.pubkey(),
        }
        .into()
    }

    /// `resume` within a minute.
    #[track_caller]
    pub fn resume(&self, wallet: &Keypair) -> Instruction {
        Resume {
            subscription: &self.subscription(wallet),
            plan: &self.current_plan(wallet),
            deadline: self.now() + 60,
            replace_delegate: false,
        }
        .into()
    }

    /// `pause` until a time.
    #[track_caller]
    pub fn pause(&self, wallet: &Keypair, until: i64) -> Instruction {
        Pause {
            subscription: &self.subscription(wallet),
            until,
        }
        .into()
    }

    /// The terms of the plan of `place`, as a subscriber agrees to them when it changes.
    pub fn change_terms(&mut self, place: Place) -> SignedTerms {
        self.within(place, |world| world.subscribe_args().terms)
    }

    /// `change_plan` to that of `place`, whatever it debits.
    #[track_caller]
    pub fn change_plan(
        &self,
        wallet: &Keypair,
        place: Place,
        terms: SignedTerms,
        at_period_end: bool,
    ) -> Instruction {
        ChangePlan {
            subscription: &self.subscription(wallet),
            new_plan: &self.account(&place.plan),
            terms,
            most_debit: u64::MAX,
            at_period_end,
        }
        .into()
    }

    /// `charge_up_to` by the world's meter.
    #[track_caller]
    pub fn charge_up_to(&self, wallet: &Keypair, amount: u64) -> Instruction {
        ChargeUpTo {
            meter: self.meter.pubkey(),
            subscription: &self.subscription(wallet),
            plan: &self.current_plan(wallet),
            amount,
        }
        .into()
    }

    /// `refund` of a subscription's last debit, out of what the plan's destination holds; authority
    /// and treasury sign.
    #[track_caller]
    pub fn refund(&self, wallet: &Keypair, amount: u64) -> Instruction {
        let subscription = self.subscription(wallet);
        let plan = self.current_plan(wallet);
        Refund {
            authority: self.authority.pubkey(),
            source_owner: self.treasury.pubkey(),
            payment: Refundable::Subscription(&subscription),
            plan: &plan,
            source: plan.destination,
            destination: subscription.payer_token,
            amount,
        }
        .into()
    }

    /// `release` of what a member's ledger holds.
    pub fn release(&self, wallet: &Keypair) -> Instruction {
        Release {
            org: self.org,
            wallet: wallet.pubkey(),
            mint: self.mint,
        }
        .into()
    }

    /// What an invoice of the world's org says, which is void after a minute.
    pub fn invoice_args(&self, id: u64, amount: u64) -> PayInvoiceArgs {
        PayInvoiceArgs {
            id,
            amount,
            points: 0,
            deadline: self.now() + 60,
            quote_index: 0,
            consents: self.consents,
            spare: [0; 6],
        }
    }

    /// `pay_invoice` behind the verification of what the world's quote authority signs.
    pub fn pay_invoice(
        &self,
        wallet: &Keypair,
        payer_token: Address,
        args: PayInvoiceArgs,
    ) -> [Instruction; 2] {
        let bill = Bill {
            cluster_tag: CLUSTER_TAG,
            org: self.org,
            plan: self.plan,
            wallet: wallet.pubkey(),
            amount: args.amount,
            points: args.points,
            deadline: args.deadline,
            id: args.id,
        };
        let pay = PayInvoice {
            payer: self.payer.pubkey(),
            plan: &self.plan_account(),
            member: &self.member(wallet),
            payer_token,
            args,
        };
        [
            self.sign_quote(&self.quote_authority, &bill.into()),
            pay.into(),
        ]
    }
}
