//! A customer with three levels above him, and an invoice.

use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    quote::{Bill, Quote},
    types::{TesseraError, args::PayInvoiceArgs},
};
use world::{CLUSTER_TAG, World};

pub(super) const AMOUNT: u64 = 40_000_003;

pub(super) type Chain = [(Keypair, Address); 4];

/// What is changed in an invoice, and how.
pub(super) type Change = (&'static str, fn(&mut Quote));

/// A chain whose lowest member, key 23, is sent invoices.
pub(super) fn billed() -> (World, Chain) {
    let mut world = World::new();
    let chain = world.referral_chain();
    (world, chain)
}

pub(super) fn args(world: &World) -> PayInvoiceArgs {
    PayInvoiceArgs {
        points: 77,
        ..world.invoice_args(9, AMOUNT)
    }
}

/// What the org signs for [`args`].
pub(super) fn bill(world: &World, wallet: &Keypair, args: &PayInvoiceArgs) -> Quote {
    Bill {
        cluster_tag: CLUSTER_TAG,
        org: world.org,
        plan: world.plan,
        wallet: wallet.pubkey(),
        amount: args.amount,
        points: args.points,
        deadline: args.deadline,
        id: args.id,
    }
    .into()
}

#[track_caller]
pub(super) fn assert_refused(
    world: &mut World,
    instructions: &[Instruction],
    wallet: &Keypair,
    expected: TesseraError,
) {
    world
        .send(instructions, &[wallet])
        .expect_err("refused")
        .assert_is(expected);
}
