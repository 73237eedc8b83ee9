//! The transaction by which a customer accepts a quote on chain. The customer's signature is the
//! only one: the organisation's is inside, over the quote's message, and the chain checks it.

mod encode;
mod rebuild;

use crate::{Error, Result};
use ed25519_dalek::{Signer, SigningKey};
use solana_hash::Hash;
use solana_instruction::Instruction;
use solana_message::Message;
use solana_transaction::Transaction;
use tessera_client::{
    instructions::{OpenLedger, RegisterMember, Subscribe},
    quote::{self, Offer, Quote},
    types::{
        Address, NO_ADDRESS, REFERRAL_LEVELS,
        accounts::{Member, Plan},
        args::{SignedTerms, SubscribeArgs},
    },
};
use tessera_store::{
    Key,
    mirror::{member::MemberRow, plan::PlanRow},
    pricing::quote::Signed,
};

use encode::encode;
pub(super) use rebuild::address;

/// The program that derives a wallet's usual token account.
const ASSOCIATED_TOKEN_PROGRAM: Address =
    Address::from_str_const("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");

/// The customer's place in the Org.
pub(super) enum Standing {
    /// A member, whose referrers are known.
    Member(MemberRow),
    /// To be registered first, below the owner of a referral code when there is one.
    Stranger(Option<(String, MemberRow)>),
}

/// What a customer accepts.
pub(super) struct Checkout {
    /// The customer, who pays all fees.
    pub(super) wallet: Address,
    pub(super) standing: Standing,
    pub(super) plan: PlanRow,
    pub(super) cluster_tag: [u8; 8],
    /// Price of a period, in the mint's smallest unit.
    pub(super) price: u64,
    /// Last second at which the quote is good, by the network's clock, Unix time.
    pub(super) deadline: i64,
    /// The quote's number.
    pub(super) nonce: u64,
    /// Later periods whose collection they approve, which is as many as the quote allows.
    pub(super) periods: u32,
}

/// The wallet's usual token account for what the plan takes.
pub(super) fn payer_token(wallet: &Address, plan: &PlanRow) -> Address {
    let (token_program, mint) = (address(plan.token_program), address(plan.mint));
    let seeds = [wallet.as_ref(), token_program.as_ref(), mint.as_ref()];
    Address::find_program_address(&seeds, &ASSOCIATED_TOKEN_PROGRAM).0
}

impl Standing {
    /// The wallets above the customer, nearest first: what the program writes at registration.
    pub(super) fn referrers(&self) -> [Address; REFERRAL_LEVELS] {
        let above = |row: &MemberRow| {
            [row.referrer_1, row.referrer_2, row.referrer_3]
                .map(|key| key.map_or(NO_ADDRESS, address))
        };
        match self {
            Self::Member(row) => above(row),
            Self::Stranger(None) => [NO_ADDRESS; REFERRAL_LEVELS],
            Self::Stranger(Some((_, referrer))) => {
                let [first, second, _] = above(referrer);
                [address(referrer.wallet), first, second]
            }
        }
    }
}

impl Checkout {
    fn quote(&self) -> Quote {
        Offer {
            cluster_tag: self.cluster_tag,
            org: address(self.plan.org),
            plan: address(self.plan.address),
            wallet: self.wallet,
            price: self.price,
            deadline: self.deadline,
            nonce: self.nonce,
            most_periods: self.periods,
        }
        .into()
    }

    /// Whether the wallet has to consent to what `flag` names of the plan's flags.
    pub(super) fn consents_to(&self, flag: u8) -> bool {
        self.plan.flags & i16::from(flag) != 0
    }

    /// Free time before the first charge, seconds: the plan's trial, for a wallet that has not had
    /// one with the Org.
    pub(super) fn trial_secs(&self) -> i64 {
        let used = match &self.standing {
            Standing::Member(row) => row.flags & i16::from(Member::TRIAL_USED) != 0,
            Standing::Stranger(_) => false,
        };
        if used { 0 } else { self.plan.trial_secs }
    }

    /// Signs the quote as its Org's quote authority.
    pub(super) fn sign(&self, signer: &SigningKey) -> Signed {
        Signed {
            signer: signer.verifying_key().to_bytes().into(),
            signature: signer.sign(&quote::message(&self.quote())).to_bytes(),
            cluster_tag: self.cluster_tag,
            nonce: self.nonce,
            most_periods: self.periods,
        }
    }

    /// The bytes of the transaction, which the wallet has yet to sign. `with_ledger` are those
    /// referrers whose ledgers are open.
    pub(super) fn transaction(
        &self,
        signed: &Signed,
        with_ledger: &[Address],
        blockhash: Option<Key>,
    ) -> Result<Vec<u8>> {
        let mut instructions = self.preparation(with_ledger)?;
        let quote_index = u8::try_from(instructions.len())
            .map_err(|_| Error::Internal("count the instructions"))?;
        let signer = address(signed.signer);
        instructions.push(quote::verification(
            &signer,
            &signed.signature,
            &self.quote(),
        ));
        instructions.push(self.subscribe(quote_index)?);
        let blockhash = blockhash.map_or_else(Hash::default, |key| Hash::new_from_array(key.0));
        let message = Message::new_with_blockhash(&instructions, Some(&self.wallet), &blockhash);
        encode(&Transaction::new_unsigned(message))
    }

    /// Registers a stranger, and opens the ledgers that the referrers lack.
    fn preparation(&self, with_ledger: &[Address]) -> Result<Vec<Instruction>> {
        let (wallet, org) = (self.wallet, address(self.plan.org));
        let mut instructions: Vec<Instruction> = Vec::new();
        if let Standing::Stranger(referral) = &self.standing {
            let referral = referral
                .as_ref()
                .map(|(code, owner)| rebuild::code(code).map(|code| (code, address(owner.wallet))))
                .transpose()?;
            let register = RegisterMember {
                payer: wallet,
                wallet,
                org,
                referral,
            };
            instructions.push(register.into());
        }
        let without_ledger = self
            .standing
            .referrers()
            .into_iter()
            .filter(|referrer| *referrer != NO_ADDRESS && !with_ledger.contains(referrer));
        instructions.extend(without_ledger.map(|referrer| {
            Instruction::from(OpenLedger {
                payer: wallet,
                org,
                wallet: referrer,
                mint: address(self.plan.mint),
            })
        }));
        Ok(instructions)
    }

    fn subscribe(&self, quote_index: u8) -> Result<Instruction> {
        let plan = rebuild::plan(&self.plan)?;
        let member = rebuild::member(plan.org, self.wallet, self.standing.referrers());
        Ok(Subscribe {
            payer: self.wallet,
            plan_address: address(self.plan.address),
            plan: &plan,
            member: &member,
            payer_token: payer_token(&self.wallet, &self.plan),
            args: SubscribeArgs {
                terms: SignedTerms {
                    price: self.price,
                    deadline: self.deadline,
                    quote_deadline: self.deadline,
                    quote_nonce: self.nonce,
                    period_secs: plan.period_secs,
                    approved_periods: self.periods,
                    quote_most_periods: self.periods,
                    period_months: plan.period_months,
                    quoted: 1,
                    quote_index,
                    replace_delegate: 0,
                    consents: plan.flags & (Plan::PERMANENT_DELEGATE | Plan::METERED),
                    spare: [0; 7],
                },
                trial_secs: rebuild::secs(self.trial_secs())?,
                spare: [0; 4],
            },
        }
        .into())
    }
}
