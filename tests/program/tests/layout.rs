//! Pins what integrators depend on byte by byte. A change here is a change of the wire format.

use sha2::{Digest, Sha256};
use solana_address::Address;
use solana_instruction::Instruction;
use std::mem::offset_of;
use tessera_client::types::{
    accounts::{Campaign, Config, Member, Org, Plan, SubscriptionState},
    events::Settlement,
    quote::{
        CHANGE_DOMAIN, INSTRUCTION_HEADER, INSTRUCTION_LEN, INVOICE_DOMAIN, Quote, SUBSCRIBE_DOMAIN,
    },
    voucher::{NODE_PREFIX, VOUCHER_DOMAIN, Voucher},
};
use world::{World, key};

/// Size of a structure and the offset of each of its fields; every field must be named.
macro_rules! pin {
    ($name:ident, $size:literal: $($field:ident $offset:literal),+) => {
        let $name { $($field: _),+ } = bytemuck::Zeroable::zeroed();
        assert_eq!(size_of::<$name>(), $size, "size of {}", stringify!($name));
        $(assert_eq!(
            offset_of!($name, $field), $offset, "{}.{}", stringify!($name), stringify!($field)
        );)+
    };
}

mod accounts;
mod args;
mod created;
mod errors;
mod events;

fn discriminator(kind: &str, name: &str) -> [u8; 8] {
    let hash: [u8; 32] = Sha256::digest(format!("{kind}:{name}")).into();
    *hash.first_chunk().expect("long enough")
}

#[test]
fn quotes_keep_their_encoding() {
    pin!(Quote, 192:
        domain 0, cluster_tag 16, program 24, org 56, plan 88, wallet 120, price 152, deadline 160,
        nonce 168, points 176, most_periods 184, spare 188
    );
    assert_eq!(&SUBSCRIBE_DOMAIN, b"TESSERA_SUBSCRIB");
    assert_eq!(&CHANGE_DOMAIN, b"TESSERA_CHANGE_P");
    assert_eq!(&INVOICE_DOMAIN, b"TESSERA_INVOICE1");
    assert_eq!(INSTRUCTION_LEN, 144);
    let header = [
        1, 0, 48, 0, 255, 255, 16, 0, 255, 255, 112, 0, 32, 0, 255, 255,
    ];
    assert_eq!(INSTRUCTION_HEADER, header);
}

#[test]
fn vouchers_keep_their_encoding() {
    pin!(Voucher, 168:
        domain 0, cluster_tag 16, program 24, org 56, campaign 88, wallet 120, amount 152,
        index 160, spare 164
    );
    assert_eq!(&VOUCHER_DOMAIN, b"TESSERA_VOUCHER1");
    assert_eq!(NODE_PREFIX, 1);
}

#[test]
fn flags_are_fixed() {
    assert_eq!(Config::PAUSE_CREATION, 1);
    assert_eq!((Org::PAUSE_SUBSCRIBE, Org::PAUSE_CHARGE), (1, 2));
    let plan = (Plan::PERMANENT_DELEGATE, Plan::METERED, Plan::PRORATED);
    assert_eq!(plan, (1, 2, 4));
    assert_eq!((Member::TRIAL_USED, Campaign::CUMULATIVE), (1, 1));
    let payment = [
        Settlement::VAULT_FROZEN,
        Settlement::LEDGER_CLOSED_1,
        Settlement::LEDGER_CLOSED_2,
        Settlement::LEDGER_CLOSED_3,
        Settlement::PLAN_FOLLOWED,
        Settlement::STATED,
    ];
    assert_eq!(payment, [1, 2, 4, 8, 16, 32]);
}

#[test]
fn subscription_states_are_fixed() {
    let states = [
        (SubscriptionState::Trial, 1, true),
        (SubscriptionState::Active, 2, true),
        (SubscriptionState::PastDue, 3, true),
        (SubscriptionState::Cancelled, 4, false),
        (SubscriptionState::Lapsed, 5, false),
    ];
    for (state, code, live) in states {
        assert_eq!(state as u8, code);
        assert_eq!(SubscriptionState::from_code(code), Some(state));
        assert_eq!(SubscriptionState::is_live(code), live);
    }
    for code in [0, 6, u8::MAX] {
        assert_eq!(SubscriptionState::from_code(code), None);
        assert!(!SubscriptionState::is_live(code));
    }
}
