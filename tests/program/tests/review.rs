//! What a review of an earlier build found, tried on this one: each module holds the findings on one
//! subject, by their numbers. 5, 7, 15 and 17 were of the client, the audit and the crank.

mod agreements;
mod approvals;
mod flooding;
mod held;
mod ledgers;
mod orgs;
mod points;
mod quotes;

use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction, error::InstructionError};
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    Event, address, carried,
    types::{
        ID, NO_ADDRESS, TesseraError,
        accounts::{Ledger, Member, Org, Plan, Subscription},
        events::Settlement,
    },
};
use world::{
    FUNDS, HOLD, PERIOD, PERIODS, PRICE, Place, Refused, SHARES, START, Sent, World,
    forwarder::forwarded, key, replace,
};

const STEP: i64 = PERIOD as i64;
/// What twelve periods may still take.
const APPROVED: u64 = PRICE * PERIODS as u64;

/// A memo, which the runtime logs in full.
fn memo(text: &[u8]) -> Instruction {
    Instruction {
        program_id: Address::from_str_const("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr"),
        accounts: vec![],
        data: text.to_vec(),
    }
}

/// Charges the subscription to the plan of `place`.
fn charge(world: &mut World, place: Place, wallet: &Keypair) -> Result<Sent, Refused> {
    world.within(place, |world| {
        let charge = world.charge(wallet, None);
        world.send(&[charge], &[])
    })
}

#[track_caller]
fn cancel(world: &mut World, wallet: &Keypair) {
    let cancel = world.cancel(wallet);
    world.send(&[cancel], &[wallet]).expect("cancel");
}
