//! Terms that wallets sign, and what orgs sign off-chain.

use super::{Attempt, Dice, Scene};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_signer::Signer;
use tessera_client::{
    quote::{self, Offer, Quote},
    types::{
        accounts::{Org, Plan},
        args::SignedTerms,
    },
};
use world::CLUSTER_TAG;

/// Who signs terms of which plan.
pub(super) struct Signing<'a> {
    pub(super) org: &'a Org,
    pub(super) address: Address,
    pub(super) plan: &'a Plan,
    pub(super) wallet: Address,
    /// Highest nonce of a quote that was used.
    pub(super) nonce: u64,
    /// The subscription of a change of plan; none of a first agreement.
    pub(super) changes: Option<Address>,
}

impl Scene<'_> {
    /// Terms, and the verification of the quote that sets their price.
    pub(super) fn terms(
        &self,
        dice: &mut Dice,
        signing: &Signing,
    ) -> (SignedTerms, Option<Instruction>) {
        let (plan, now) = (signing.plan, self.now());
        let consents = plan.flags & (Plan::PERMANENT_DELEGATE | Plan::METERED);
        let mut terms = SignedTerms {
            price: plan.price,
            deadline: now + 60,
            quote_deadline: 0,
            quote_nonce: 0,
            period_secs: plan.period_secs,
            // Of what costs half of all there is, one more period can be approved at most.
            approved_periods: match plan.price > u64::MAX / 16 {
                true => 1,
                false => dice.of_these([2, 1, 3, 12, 1_000]),
            },
            quote_most_periods: 0,
            period_months: plan.period_months,
            quoted: 0,
            quote_index: 0,
            replace_delegate: u8::from(!dice.once_in(3)),
            consents,
            spare: [0; 7],
        };
        if dice.once_in(16) {
            terms.deadline = now - 1 + i64::from(dice.once_in(2));
        }
        if !dice.once_in(3) {
            return (terms, None);
        }
        terms.quoted = 1;
        terms.price = dice.of_these([
            plan.price_floor,
            plan.price_ceiling.min(plan.price.saturating_mul(2)),
            plan.price - (plan.price - plan.price_floor) / 3,
            plan.price_ceiling,
            plan.price,
            plan.price_ceiling.saturating_add(1),
        ]);
        terms.quote_deadline = now + i64::from(dice.of_these([0, 3_600, 864_000]));
        terms.quote_nonce = signing.nonce + u64::from(!dice.once_in(8));
        terms.quote_most_periods = terms.approved_periods;
        terms.quote_index = u8::from(dice.once_in(4));
        let offer = Offer {
            cluster_tag: CLUSTER_TAG,
            org: signing.plan.org,
            plan: signing.address,
            wallet: signing.wallet,
            price: terms.price,
            deadline: terms.quote_deadline,
            nonce: terms.quote_nonce,
            most_periods: terms.quote_most_periods,
        };
        let quote = match signing.changes {
            Some(subscription) => offer.of_change(subscription),
            None => offer.into(),
        };
        let verification = self.verified(dice, signing.org, quote);
        (terms, Some(verification))
    }

    /// The verification of what an org signed; now and then it is another quote, or somebody else's.
    pub(super) fn verified(&self, dice: &mut Dice, org: &Org, mut quote: Quote) -> Instruction {
        // Orgs may name an address without a key.
        let mut key = org.settings.quote_authority;
        if !self.people.can_sign(&key) {
            key = self.people.quote_keys[0];
        }
        let mut trailing = false;
        match dice.below(24) {
            19 => trailing = true,
            20 => key = self.people.issuers[0],
            21 => quote.wallet = self.people.wallets[0],
            22 => quote.price = quote.price.wrapping_add(1),
            23 => quote.nonce = quote.nonce.wrapping_add(1),
            _ => {}
        }
        let signer = self.people.key(&key);
        let signature = signer.sign_message(&quote::message(&quote));
        let mut verification = quote::verification(&key, signature.as_array(), &quote);
        // Which the runtime accepts.
        verification.data.extend(trailing.then_some(0));
        verification
    }
}

/// The instruction and what verifies its quote, in either order.
pub(super) fn together(
    dice: &mut Dice,
    instruction: Instruction,
    verification: Option<Instruction>,
) -> Attempt {
    let Some(verification) = verification else {
        return instruction.into();
    };
    let behind = dice.once_in(3);
    Attempt {
        instructions: match behind {
            true => vec![instruction, verification],
            false => vec![verification, instruction],
        },
        main: usize::from(!behind),
        gifts: None,
    }
}
