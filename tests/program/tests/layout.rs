//! Pins what integrators depend on byte by byte. A change here is a change of the wire format.

use sha2::{Digest, Sha256};
use solana_address::Address;
use solana_instruction::Instruction;
use std::mem::offset_of;
use tessera_client::types::{
    TesseraError,
    accounts::{
        AccountType, Authority, Code, Header, Issuer, Ledger, Member, Org, Plan, Subscription,
        SubscriptionState, Terms, Tier,
    },
    args::{
        CancelArgs, ClaimCommissionArgs, CreateCodeArgs, CreateOrgArgs, CreatePlanArgs,
        InstructionNumber, PointsArgs, SetIssuerArgs, SubscribeArgs,
    },
    events::{
        Cancelled, Charged, CodeCreated, CommissionClaimed, EventType, IssuerSet, LedgerOpened,
        LedgerShare, MemberRegistered, OrgCreated, PlanCreated, PointsAwarded, PointsRedeemed,
        Receipt, Settlement, Subscribed,
    },
    quote::{CHANGE_DOMAIN, INSTRUCTION_HEADER, INSTRUCTION_LEN, Quote, SUBSCRIBE_DOMAIN},
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
    pin!(Header, 88:
        version 0, bump 1, spare 2, life 8, rent_payer 16, receipt_seq 48, receipt_head 56
    );
    pin!(Org, 448:
        header 0, creator 88, authority 120, pending_authority 152, quote_authority 184,
        meter_authority 216, treasury 248, id 280, created_at 288, cluster_tag 296, tiers 304,
        hold_secs 368, points_epoch_secs 372, commission_bps 376, pause_flags 382,
        points_expiry_epochs 383, spare 384
    );
    pin!(Tier, 16: points_threshold 0, points_boost_bps 8, discount_bps 10, spare 12);
    pin!(Issuer, 352:
        header 0, org 88, key 120, epoch_budget 152, epoch_used 160, epoch_started_at 168,
        highest_reference 176, used_references 184, epoch_secs 312, spare 316
    );
    pin!(Plan, 432:
        header 0, org 88, mint 120, token_program 152, destination 184, vault 216,
        vault_rent_payer 248, id 280, price 288, price_floor 296, price_ceiling 304,
        points_per_charge 312, keeper_fee_cap 320, created_at 328, ends_at 336, sunset_at 344,
        period_secs 352, trial_secs 356, grace_secs 360, period_months 364, flags 365,
        vault_bump 366, decimals 367, spare 368
    );
    pin!(Member, 432:
        header 0, org 88, wallet 120, referrers 152, code 248, points 264, lifetime_points 272,
        points_debt 280, registered_at 288, highest_reference 296, used_references 304,
        expiring_points 320, expiry_epochs 352, tier 368, spare 369
    );
    pin!(Code, 240:
        header 0, org 88, owner 120, pending_owner 152, code 184, created_at 200, spare 208
    );
    pin!(Authority, 240:
        header 0, wallet 88, mint 120, token_account 152, generation 184, outstanding 192,
        live_subscriptions 200, spare 204
    );
    pin!(Subscription, 496:
        header 0, plan 88, wallet 120, payer_token 152, ledgers 184, pending_plan 280, terms 312,
        agreement_seq 360, authority_generation 368, quote_nonce 376, quote_deadline 384,
        subscribed_at 392, period_start 400, paid_through 408, next_due 416, paused_until 424,
        period_debit 432, period_refunded 440, period_points 448, periods_paid 456, state 460,
        attempts 461, authority_bump 462, period_flags 463, consents 464, levels 465, spare 466
    );
    pin!(Terms, 48:
        price 0, period_secs 8, grace_secs 12, hold_secs 16, approved_periods 20, commission_bps 24,
        boost_bps 30, discount_bps 38, period_months 46, anchor_day 47
    );
    pin!(Ledger, 312:
        header 0, org 88, wallet 120, mint 152, vault 184, held 216, release_at 224, queued 232,
        queued_release_at 240, claimable 248, claimed 256, debt 264, vault_bump 272, spare 273
    );
}

#[test]
fn events_keep_their_layout() {
    pin!(Receipt, 56: account 0, life 32, seq 40, at 48);
    pin!(Settlement, 56:
        debit 0, merchant 8, keeper_fee 16, points 24, period_start 32, paid_through 40, levels 48,
        flags 49, spare 50
    );
    pin!(LedgerShare, 40: ledger 0, amount 32);
    pin!(OrgCreated, 248:
        receipt 0, authority 56, quote_authority 88, treasury 120, id 152, cluster_tag 160,
        tiers 168, hold_secs 232, commission_bps 236, spare 242
    );
    pin!(PlanCreated, 288:
        receipt 0, org 56, mint 88, token_program 120, destination 152, vault 184, terms 216
    );
    pin!(IssuerSet, 136: receipt 0, org 56, key 88, epoch_budget 120, epoch_secs 128, spare 132);
    pin!(CodeCreated, 136: receipt 0, org 56, owner 88, code 120);
    pin!(MemberRegistered, 232: receipt 0, org 56, wallet 88, referrers 120, code 216);
    pin!(Subscribed, 296:
        receipt 0, plan 56, wallet 88, payer_token 120, terms 152, authority_generation 200,
        outstanding 208, quote_nonce 216, quote_deadline 224, consents 232, spare 233,
        settlement 240
    );
    pin!(Charged, 112: receipt 0, settlement 56);
    pin!(Cancelled, 80: receipt 0, agreement_seq 56, paid_through 64, outstanding 72);
    pin!(PointsAwarded, 128: receipt 0, issuer 56, points 88, balance 96, reference 104, memo 112);
    pin!(PointsRedeemed, 96: receipt 0, points 56, balance 64, reference 72, memo 80);
    pin!(LedgerOpened, 152: receipt 0, org 56, wallet 88, mint 120);
    pin!(CommissionClaimed, 96: receipt 0, amount 56, destination 64);
}

#[test]
fn arguments_keep_their_layout() {
    pin!(CreateOrgArgs, 160:
        id 0, quote_authority 8, treasury 40, cluster_tag 72, tiers 80, hold_secs 144,
        commission_bps 148, spare 154
    );
    pin!(CreatePlanArgs, 72:
        id 0, price 8, price_floor 16, price_ceiling 24, points_per_charge 32, keeper_fee_cap 40,
        ends_at 48, period_secs 56, trial_secs 60, grace_secs 64, period_months 68, flags 69,
        spare 70
    );
    pin!(CreateCodeArgs, 16: code 0);
    pin!(SubscribeArgs, 48:
        expected_price 0, deadline 8, quote_deadline 16, quote_nonce 24, expected_period_secs 32,
        approved_periods 36, quote_most_periods 40, quoted 44, quote_index 45, replace_delegate 46,
        consents 47
    );
    pin!(CancelArgs, 16: life 0, agreement_seq 8);
    pin!(ClaimCommissionArgs, 8: amount 0);
    pin!(SetIssuerArgs, 16: epoch_budget 0, epoch_secs 8, spare 12);
    pin!(PointsArgs, 32: points 0, reference 8, memo 16);
}

#[test]
fn quotes_keep_their_encoding() {
    pin!(Quote, 184:
        domain 0, cluster_tag 16, program 24, org 56, plan 88, wallet 120, price 152, deadline 160,
        nonce 168, most_periods 176, spare 180
    );
    assert_eq!(&SUBSCRIBE_DOMAIN, b"TESSERA_SUBSCRIB");
    assert_eq!(&CHANGE_DOMAIN, b"TESSERA_CHANGE_P");
    assert_eq!(INSTRUCTION_LEN, 144);
    let header = [
        1, 0, 48, 0, 255, 255, 16, 0, 255, 255, 112, 0, 32, 0, 255, 255,
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

/// So that a reader finds version, life and receipts without knowing the kind.
#[test]
fn every_account_begins_with_its_header() {
    fn check<T: AccountType>() {
        let mut account = T::zeroed();
        *account.header_mut() = Header::new(7, 8, Address::new_from_array([9; 32]));
        let bytes = bytemuck::bytes_of(&account);
        let header = bytemuck::bytes_of(account.header());
        assert_eq!(bytes[..header.len()], *header, "{}", T::NAME);
        assert!(bytes[header.len()..].iter().all(|byte| *byte == 0));
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
    check::<OrgCreated>();
    check::<PlanCreated>();
    check::<IssuerSet>();
    check::<CodeCreated>();
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
        (InstructionNumber::Receipt, 255),
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
        (6007, "ZeroAddress"),
        (6008, "WrongAddress"),
        (6009, "AccountMissing"),
        (6010, "MintMissing"),
        (6011, "TokenAccountMissing"),
        (6012, "TokenAccountFrozen"),
        (6013, "AccountExists"),
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
        (6314, "Lapsed"),
        (6315, "WrongPayerToken"),
        (6316, "WrongAgreement"),
        (6400, "QuoteMissing"),
        (6401, "QuoteMalformed"),
        (6402, "QuoteWrongSigner"),
        (6403, "QuoteMismatch"),
        (6404, "QuoteExpired"),
        (6405, "QuoteOutOfRange"),
        (6406, "QuoteUnexpected"),
        (6407, "QuoteUsed"),
        (6408, "QuotePeriods"),
        (6500, "WrongLedger"),
        (6501, "MissingLedger"),
        (6502, "UnexpectedLedger"),
        (6503, "NothingToClaim"),
        (6600, "ZeroPoints"),
        (6601, "IssuerBudgetExceeded"),
        (6602, "InsufficientPoints"),
        (6603, "WrongIssuer"),
        (6604, "EpochTooShort"),
        (6605, "ReferenceUsed"),
        (6700, "UnknownExtension"),
        (6701, "TransferFeeActive"),
        (6702, "TransferHookActive"),
        (6703, "NonTransferable"),
        (6704, "PermanentDelegate"),
        (6705, "MintPaused"),
        (6706, "MemoRequired"),
        (6707, "CpiGuarded"),
        (6708, "MalformedExtensions"),
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
    for data in [vec![], vec![12], vec![254], vec![12; 153]] {
        let unknown = Instruction {
            data,
            ..known.clone()
        };
        assert!(world.send(&[unknown], &[&key(2)]).is_err());
    }
}
