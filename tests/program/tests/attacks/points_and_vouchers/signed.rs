//! What an org's quote authority signs, and the instruction that each signature is for.

use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    quote::{Bill, Quote},
    types::args::SignedTerms,
};
use world::{CLUSTER_TAG, PERIODS, PRICE, Refused, Sent, World, key};

/// What is quoted or billed.
pub(super) const QUOTED: u64 = PRICE - 7;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Subscribe,
    Change,
    Invoice,
}

pub(super) const KINDS: [Kind; 3] = [Kind::Subscribe, Kind::Change, Kind::Invoice];

/// The customer.
pub(super) fn customer() -> Keypair {
    key(30)
}

/// Makes the customer a member of the world's org. Returns a quote or invoice for the customer, valid
/// for a minute, and the instruction that uses it.
pub(super) fn signed(world: &mut World, kind: Kind) -> (Quote, Instruction) {
    let (wallet, deadline) = (customer(), world.now() + 60);
    let token = world.join(&wallet, None);
    match kind {
        Kind::Subscribe => {
            let quote = world.offer(&wallet, QUOTED, deadline).into();
            let args = world.quoted_args(QUOTED, deadline);
            (quote, world.subscribe(&wallet, token, args))
        }
        Kind::Change => {
            world.subscribed(&wallet, token);
            let place = world.second_plan();
            let offer = world.within(place, |world| world.offer(&wallet, QUOTED, deadline));
            let terms = SignedTerms {
                price: QUOTED,
                quote_deadline: deadline,
                quote_nonce: 1,
                quote_most_periods: PERIODS,
                quoted: 1,
                ..world.change_terms(place)
            };
            let change = world.change_plan(&wallet, place, terms, false);
            (offer.of_change(world.subscription_address(&wallet)), change)
        }
        Kind::Invoice => {
            let args = world.invoice_args(5, QUOTED);
            let bill = Bill {
                cluster_tag: CLUSTER_TAG,
                org: world.org,
                plan: world.plan,
                wallet: wallet.pubkey(),
                amount: args.amount,
                points: args.points,
                deadline: args.deadline,
                id: args.id,
            };
            let [_, pay] = world.pay_invoice(&wallet, token, args);
            (bill.into(), pay)
        }
    }
}

/// Uses `quote` as signed by the world's quote authority.
pub(super) fn send(world: &mut World, quote: &Quote, uses: &Instruction) -> Result<Sent, Refused> {
    let verification = world.sign_quote(&world.quote_authority, quote);
    world.send(&[verification, uses.clone()], &[&customer()])
}

/// What all of the customer's token accounts hold together.
pub(super) fn held(world: &World, uses: &Instruction) -> u64 {
    let accounts = uses.accounts.iter().map(|meta| meta.pubkey);
    let owned = accounts.filter(|address| {
        let account = world.svm.get_account(address);
        account.is_some_and(|it| it.owner == world.token_program && it.data.len() == 165)
            && world.token(address).owner == customer().pubkey()
    });
    owned.map(|address| world.balance(&address)).sum()
}
