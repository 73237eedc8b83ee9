use super::{commission, mint, readonly, signer, subscription, with_args, writable};
use crate::address;
use solana_instruction::Instruction;
use tessera_types::{
    Address, ID, REFERRAL_LEVELS,
    accounts::{Header, Invoice, Plan, Subscription},
    args::{InstructionNumber, RefundArgs},
};

/// What can be paid back.
#[derive(Debug, Clone, Copy)]
pub enum Refundable<'a> {
    /// The last debit of a subscription.
    Subscription(&'a Subscription),
    /// An invoice.
    Invoice(&'a Invoice),
}

/// Refunds a payment, in part or in full.
#[derive(Debug, Clone, Copy)]
pub struct Refund<'a> {
    /// The org's authority; signs.
    pub authority: Address,
    /// Owner or delegate of `source`; signs.
    pub source_owner: Address,
    /// The payment, as the org sees it.
    pub payment: Refundable<'a>,
    /// The plan that it was paid by.
    pub plan: &'a Plan,
    /// Token account that pays the part that referrers do not.
    pub source: Address,
    /// A token account of the customer.
    pub destination: Address,
    /// In the mint's smallest unit, at most what is left of the debit.
    pub amount: u64,
}

impl Refundable<'_> {
    fn address(&self) -> Address {
        match self {
            Self::Subscription(it) => subscription(it),
            Self::Invoice(it) => address::invoice(&it.plan, &it.wallet, it.id),
        }
    }

    fn header(&self) -> &Header {
        match self {
            Self::Subscription(it) => &it.header,
            Self::Invoice(it) => &it.header,
        }
    }

    fn plan(&self) -> Address {
        match self {
            Self::Subscription(it) => it.plan,
            Self::Invoice(it) => it.plan,
        }
    }

    fn wallet(&self) -> Address {
        match self {
            Self::Subscription(it) => it.wallet,
            Self::Invoice(it) => it.wallet,
        }
    }

    fn ledgers(&self) -> [Address; REFERRAL_LEVELS] {
        match self {
            Self::Subscription(it) => it.ledgers,
            Self::Invoice(it) => it.ledgers,
        }
    }
}

impl From<Refund<'_>> for Instruction {
    fn from(ix: Refund) -> Self {
        let (payment, plan) = (ix.payment, ix.plan);
        let mut accounts = vec![
            signer(ix.authority),
            signer(ix.source_owner),
            readonly(plan.org),
            readonly(payment.plan()),
            writable(payment.address()),
            writable(address::member(&plan.org, &payment.wallet())),
            writable(ix.source),
            writable(ix.destination),
            readonly(plan.token_program),
            readonly(ID),
            mint(plan),
        ];
        accounts.extend(commission(plan.vault, payment.ledgers()));
        let args = RefundArgs {
            amount: ix.amount,
            life: payment.header().life,
            seq: payment.header().receipt_seq,
        };
        with_args(InstructionNumber::Refund, &args, accounts)
    }
}
