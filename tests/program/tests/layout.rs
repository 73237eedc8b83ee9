//! Pins what integrators depend on byte by byte. A change here is a change of the wire format.

use sha2::{Digest, Sha256};
use solana_instruction::Instruction;
use std::mem::offset_of;
use tessera_client::types::{
    TesseraError,
    accounts::{
        AccountType, Authority, Code, Issuer, Ledger, Member, Org, Plan, Subscription,
        SubscriptionState, Tier,
    },
    args::{
        ClaimCommissionArgs, CreateCodeArgs, CreateOrgArgs, CreatePlanArgs, InstructionNumber,
        PointsArgs, SetIssuerArgs, SubscribeArgs,
    },
    events::{
        Cancelled, Charged, CommissionClaimed, EventType, LedgerOpened, LedgerShare,
        MemberRegistered, PointsAwarded, PointsRedeemed, Receipt, Settlement, Subscribed,
    },
    quote::{INSTRUCTION_HEADER, INSTRUCTION_LEN, QUOTE_DOMAIN, Quote},
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

#[test]
fn accounts_keep_their_layout() {
    pin!(Org, 256:
        authority 0, pending_authority 32, quote_authority 64, treasury 96, id 128, created_at 136,
        tiers 144, hold_secs 208, commission_bps 212, pause_flags 218, version 219, bump 220,
        spare 221
    );
    pin!(Tier, 16: points_threshold 0, points_boost_bps 8, discount_bps 10, spare 12);
    pin!(Issuer, 112:
        org 0, key 32, epoch_budget 64, epoch_used 72, epoch_started_at 80, epoch_secs 88,
        version 92, bump 93, spare 94
    );
    pin!(Plan, 264:
        org 0, mint 32, token_program 64, destination 96, vault 128, id 160, price 168,
        price_floor 176, price_ceiling 184, points_per_charge 192, keeper_fee_cap 200,
        created_at 208, ends_at 216, period_secs 224, trial_secs 228, grace_secs 232, version 236,
        bump 237, vault_bump 238, decimals 239, spare 240
    );
    pin!(Member, 288:
        org 0, wallet 32, referrers 64, receipt_head 160, receipt_seq 192, points 200,
        lifetime_points 208, registered_at 216, expiring_points 224, expiry_epochs 240, code 248,
        tier 264, version 265, bump 266, spare 267
    );
    pin!(Code, 136:
        org 0, owner 32, pending_owner 64, code 96, created_at 112, version 120, bump 121,
        spare 122
    );
    pin!(Authority, 120:
        wallet 0, mint 32, rent_payer 64, generation 96, live_subscriptions 100, version 104,
        bump 105, spare 106
    );
    pin!(Subscription, 296:
        plan 0, wallet 32, ledgers 64, rent_payer 160, receipt_head 192, receipt_seq 224,
        price 232, subscribed_at 240, next_due 248, paid_through 256, authority_generation 264,
        periods_paid 268, approved_periods 272, commission_bps 276, state 282, attempts 283,
        version 284, bump 285, authority_bump 286, spare 287
    );
    pin!(Ledger, 208:
        org 0, wallet 32, mint 64, receipt_head 96, receipt_seq 128, held 136, queued 144,
        release_at 152, claimable 160, claimed 168, debt 176, hold_secs 184, version 188, bump 189,
        vault_bump 190, spare 191
    );
}

#[test]
fn events_keep_their_layout() {
    pin!(Receipt, 48: account 0, seq 32, at 40);
    pin!(Settlement, 40: debit 0, merchant 8, keeper_fee 16, points 24, paid_through 32);
    pin!(LedgerShare, 40: ledger 0, amount 32);
    pin!(MemberRegistered, 160: receipt 0, org 48, wallet 80, referrer 112, code 144);
    pin!(Subscribed, 168:
        receipt 0, plan 48, wallet 80, settlement 112, period_secs 152, approved_periods 156,
        commission_bps 160, quoted 166, spare 167
    );
    pin!(Charged, 88: receipt 0, settlement 48);
    pin!(Cancelled, 56: receipt 0, paid_through 48);
    pin!(PointsAwarded, 112: receipt 0, issuer 48, points 80, balance 88, reference 96);
    pin!(PointsRedeemed, 80: receipt 0, points 48, balance 56, reference 64);
    pin!(LedgerOpened, 144: receipt 0, org 48, wallet 80, mint 112);
    pin!(CommissionClaimed, 88: receipt 0, amount 48, destination 56);
}

#[test]
fn arguments_keep_their_layout() {
    pin!(CreateOrgArgs, 152:
        id 0, quote_authority 8, treasury 40, tiers 72, hold_secs 136, commission_bps 140,
        spare 146
    );
    pin!(CreatePlanArgs, 72:
        id 0, price 8, price_floor 16, price_ceiling 24, points_per_charge 32, keeper_fee_cap 40,
        ends_at 48, period_secs 56, trial_secs 60, grace_secs 64, spare 68
    );
    pin!(CreateCodeArgs, 16: code 0);
    pin!(SubscribeArgs, 40:
        expected_price 0, deadline 8, quote_deadline 16, expected_period_secs 24,
        approved_periods 28, quoted 32, replace_delegate 33, spare 34
    );
    pin!(ClaimCommissionArgs, 8: amount 0);
    pin!(SetIssuerArgs, 16: epoch_budget 0, epoch_secs 8, spare 12);
    pin!(PointsArgs, 24: points 0, reference 8);
}

#[test]
fn quotes_keep_their_encoding() {
    pin!(Quote, 160: domain 0, program 16, org 48, plan 80, wallet 112, price 144, deadline 152);
    assert_eq!(&QUOTE_DOMAIN, b"TESSERA_QUOTE_V1");
    assert_eq!(INSTRUCTION_LEN, 272);
    let header = [
        1, 0, 48, 0, 255, 255, 16, 0, 255, 255, 112, 0, 160, 0, 255, 255,
    ];
    assert_eq!(INSTRUCTION_HEADER, header);
}

fn discriminator(kind: &str, name: &str) -> [u8; 8] {
    let hash: [u8; 32] = Sha256::digest(format!("{kind}:{name}")).into();
    *hash.first_chunk().expect("long enough")
}

#[test]
fn account_discriminators_are_hashes_of_their_names() {
    fn check<T: AccountType>() {
        assert_eq!(
            T::DISCRIMINATOR,
            discriminator("account", T::NAME),
            "{}",
            T::NAME
        );
        assert_eq!(T::LEN, 8 + size_of::<T>());
    }
    check::<Org>();
    check::<Issuer>();
    check::<Plan>();
    check::<Member>();
    check::<Code>();
    check::<Authority>();
    check::<Subscription>();
    check::<Ledger>();
}

/// Of accounts whose address it knows, the program looks at the length only.
#[test]
fn no_two_kinds_of_account_have_the_same_length() {
    let mut lengths = [
        Org::LEN,
        Issuer::LEN,
        Plan::LEN,
        Member::LEN,
        Code::LEN,
        Authority::LEN,
        Subscription::LEN,
        Ledger::LEN,
    ];
    lengths.sort_unstable();
    assert!(lengths.is_sorted_by(|a, b| a < b), "{lengths:?}");
}

#[test]
fn event_discriminators_are_hashes_of_their_names() {
    fn check<T: EventType>() {
        assert_eq!(
            T::DISCRIMINATOR,
            discriminator("event", T::NAME),
            "{}",
            T::NAME
        );
    }
    check::<MemberRegistered>();
    check::<Subscribed>();
    check::<Charged>();
    check::<Cancelled>();
    check::<PointsAwarded>();
    check::<PointsRedeemed>();
    check::<LedgerOpened>();
    check::<CommissionClaimed>();
}

#[test]
fn instruction_numbers_are_fixed() {
    let numbers = [
        (InstructionNumber::CreateOrg, 0),
        (InstructionNumber::CreatePlan, 1),
        (InstructionNumber::RegisterMember, 2),
        (InstructionNumber::CreateCode, 3),
        (InstructionNumber::OpenLedger, 4),
        (InstructionNumber::Subscribe, 5),
        (InstructionNumber::Charge, 6),
        (InstructionNumber::Cancel, 7),
        (InstructionNumber::ClaimCommission, 8),
        (InstructionNumber::SetIssuer, 9),
        (InstructionNumber::Award, 10),
        (InstructionNumber::Redeem, 11),
    ];
    for (instruction, number) in numbers {
        assert_eq!(instruction as u8, number, "{instruction:?}");
    }
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

#[test]
fn error_codes_keep_their_numbers_and_names() {
    let expected = [
        (6000, "ArithmeticOverflow"),
        (6001, "WrongOrg"),
        (6002, "WrongAuthority"),
        (6003, "WrongMint"),
        (6004, "WrongTokenOwner"),
        (6005, "UnsupportedTokenProgram"),
        (6006, "SpareNotZero"),
        (6100, "CommissionTooHigh"),
        (6101, "TiersOutOfOrder"),
        (6102, "BoostTooHigh"),
        (6103, "HoldTooLong"),
        (6104, "PriceOutOfRange"),
        (6105, "PeriodOutOfRange"),
        (6106, "GraceTooLong"),
        (6107, "KeeperFeeTooHigh"),
        (6108, "TrialUnsupported"),
        (6109, "PlanEnded"),
        (6110, "WrongDestination"),
        (6111, "WrongVault"),
        (6112, "Paused"),
        (6200, "InvalidCode"),
        (6201, "SelfReferral"),
        (6202, "ReferralCycle"),
        (6203, "WrongReferrer"),
        (6204, "MissingReferrer"),
        (6205, "WrongWallet"),
        (6300, "TermsChanged"),
        (6301, "DeadlinePassed"),
        (6302, "NoPeriodsApproved"),
        (6303, "AlreadySubscribed"),
        (6304, "ForeignDelegate"),
        (6305, "NotDue"),
        (6306, "NotLive"),
        (6307, "WrongPlan"),
        (6308, "StaleGeneration"),
        (6309, "WrongTokenAuthority"),
        (6310, "PriceBelowShares"),
        (6311, "NotApproved"),
        (6312, "ApprovalTooSmall"),
        (6313, "PeriodsUsedUp"),
        (6400, "QuoteMissing"),
        (6401, "QuoteMalformed"),
        (6402, "QuoteWrongSigner"),
        (6403, "QuoteMismatch"),
        (6404, "QuoteExpired"),
        (6405, "QuoteOutOfRange"),
        (6406, "QuoteUnexpected"),
        (6500, "WrongLedger"),
        (6501, "MissingLedger"),
        (6502, "UnexpectedLedger"),
        (6503, "NothingToClaim"),
        (6600, "ZeroPoints"),
        (6601, "IssuerBudgetExceeded"),
        (6602, "InsufficientPoints"),
        (6603, "WrongIssuer"),
        (6604, "EpochTooShort"),
    ];
    let actual: Vec<(u32, &str)> = TesseraError::ALL
        .iter()
        .map(|error| (*error as u32, error.name()))
        .collect();
    assert_eq!(actual, expected);
    for (code, name) in expected {
        assert_eq!(
            TesseraError::from_code(code).map(TesseraError::name),
            Some(name)
        );
    }
    assert_eq!(TesseraError::from_code(5_999), None);
}

#[test]
fn unknown_instructions_are_refused() {
    let mut world = World::new();
    let known = world.create_org(world.create_org_args());
    for data in [vec![], vec![12], vec![u8::MAX], vec![12; 153]] {
        let unknown = Instruction {
            data,
            ..known.clone()
        };
        assert!(world.send(&[unknown], &[&key(2)]).is_err());
    }
}
