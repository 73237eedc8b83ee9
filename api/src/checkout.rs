//! The transaction by which a customer accepts a quote on chain. The customer's signature is the
//! only one: the organisation's is inside, over the quote's message, and the chain checks it.

mod encode;
mod rebuild;

use crate::error::Error;
use ed25519_dalek::{Signer, SigningKey};
use solana_hash::Hash;
use solana_instruction::Instruction;
use solana_message::Message;
use solana_transaction::Transaction;
use tessera_client::{
    instructions::{OpenLedger, RegisterMember, Subscribe},
    quote,
    types::{Address, NO_ADDRESS, REFERRAL_LEVELS, args::SubscribeArgs, quote::Quote},
};
use tessera_store::{engine::quote::Signed, member::MemberRow, plan::PlanRow};

pub(crate) use encode::encode;
pub(crate) use rebuild::address;

/// The program that derives a wallet's usual token account.
const ASSOCIATED_TOKEN_PROGRAM: Address =
    Address::from_str_const("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");

/// The customer's place in the Org.
pub(crate) enum Standing {
    /// A member, whose referrers are known.
    Member(MemberRow),
    /// To be registered first, below the owner of a referral code when there is one.
    Stranger(Option<(String, MemberRow)>),
}

/// What a customer accepts.
pub(crate) struct Checkout {
    /// The customer, who pays all fees.
    pub(crate) wallet: Address,
    /// Their place.
    pub(crate) standing: Standing,
    /// What they subscribe to.
    pub(crate) plan: PlanRow,
    /// Price of a period, in the mint's smallest unit.
    pub(crate) price: u64,
    /// Last second at which the quote is good, Unix time.
    pub(crate) deadline: i64,
    /// Later periods whose collection they approve.
    pub(crate) periods: u32,
}

impl Standing {
    /// The wallets above the customer, nearest first: what the program writes at registration.
    pub(crate) fn referrers(&self) -> [Address; REFERRAL_LEVELS] {
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
    /// What the organisation signs.
    pub(crate) fn message(&self) -> Quote {
        let (org, plan) = (address(self.plan.org), address(self.plan.address));
        quote::message(org, plan, self.wallet, self.price, self.deadline)
    }

    /// Signs the quote as its Org's quote authority.
    pub(crate) fn sign(&self, signer: &SigningKey) -> [u8; 64] {
        signer.sign(quote::signed_bytes(&self.message())).to_bytes()
    }

    /// The transaction, which the wallet has yet to sign. `with_ledger` are those referrers whose
    /// ledgers are open.
    pub(crate) fn transaction(
        &self,
        signed: &Signed,
        with_ledger: &[Address],
        blockhash: Option<&Hash>,
    ) -> Result<Transaction, Error> {
        let mut instructions = self.preparation(with_ledger)?;
        let signer = address(signed.signer);
        instructions.push(quote::verification(
            &signer,
            &signed.signature,
            &self.message(),
        ));
        instructions.push(self.subscribe()?);
        let blockhash = blockhash.cloned().unwrap_or_default();
        let message = Message::new_with_blockhash(&instructions, Some(&self.wallet), &blockhash);
        Ok(Transaction::new_unsigned(message))
    }

    /// Registers a stranger, and opens the ledgers that the referrers lack.
    fn preparation(&self, with_ledger: &[Address]) -> Result<Vec<Instruction>, Error> {
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

    fn subscribe(&self) -> Result<Instruction, Error> {
        let plan = rebuild::plan(&self.plan)?;
        let member = rebuild::member(plan.org, self.wallet, self.standing.referrers());
        let seeds = [self.wallet, plan.token_program, plan.mint];
        let seeds = seeds.each_ref().map(AsRef::as_ref);
        let (payer_token, _) = Address::find_program_address(&seeds, &ASSOCIATED_TOKEN_PROGRAM);
        Ok(Subscribe {
            payer: self.wallet,
            plan_address: address(self.plan.address),
            plan: &plan,
            member: &member,
            payer_token,
            args: SubscribeArgs {
                expected_price: self.price,
                deadline: self.deadline,
                quote_deadline: self.deadline,
                expected_period_secs: plan.period_secs,
                approved_periods: self.periods,
                quoted: 1,
                replace_delegate: 0,
                spare: [0; 6],
            },
        }
        .into())
    }
}
