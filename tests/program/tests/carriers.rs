//! Where receipts stand: behind the last field of calls that the program itself makes, and nowhere
//! else. What the callees do with bytes behind their last field is pinned here.

mod callees;
mod forgeries;
mod places;

use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    Event,
    carried::{CarriedReceipt, InnerCall},
    types::{
        ID,
        accounts::{Code, Member, Subscription},
        carrier::{
            ASSIGN_LEN, CREATE_ACCOUNT_LEN, REVOKE_LEN, SELF_CALL, SYSTEM_PROGRAM,
            TOKEN_2022_PROGRAM, TOKEN_PROGRAM, TRANSFER_CHECKED_LEN, TRANSFER_LEN, token as number,
        },
    },
};
use world::{
    PERIOD, Sent, World, code,
    extended::PYUSD,
    forwarder::{FORWARDER, forwarded},
    key,
};
