//! Accounts, and what stands in them.

use super::*;
use tessera_client::types::accounts::{
    AccountType, Authority, Campaign, Claim, Code, Config, Header, Invoice, Issuer, Ledger, Member,
    NullifierPage, Org, OrgSettings, Plan, Position, StakePool, Subscription, Terms, Tier,
};

/// Calls a function for each of them.
macro_rules! each_account {
    ($check:ident) => {
        $check::<Authority>();
        $check::<Campaign>();
        $check::<Claim>();
        $check::<Code>();
        $check::<Config>();
        $check::<Invoice>();
        $check::<Issuer>();
        $check::<Ledger>();
        $check::<Member>();
        $check::<NullifierPage>();
        $check::<Org>();
        $check::<Plan>();
        $check::<Position>();
        $check::<StakePool>();
        $check::<Subscription>();
    };
}

#[test]
fn accounts_keep_their_layout() {
    pin!(Header, 88:
        version 0, bump 1, spare 2, life 8, rent_payer 16, receipt_seq 48, receipt_head 56
    );
    pin!(Authority, 240:
        header 0, wallet 88, mint 120, token_account 152, generation 184, outstanding 192,
        live_subscriptions 200, spare 204
    );
    pin!(Campaign, 368:
        header 0, org 88, mint 120, token_program 152, vault 184, id 216, cap 224, opens_at 232,
        closes_at 240, vesting_starts_at 248, root 256, cliff_secs 288, vesting_secs 292, flags 296,
        vault_bump 297, decimals 298, reserved 299, claimed 304, spare 312
    );
    pin!(Claim, 200: header 0, campaign 88, wallet 120, entitled 152, claimed 160, spare 168);
    pin!(Code, 240:
        header 0, org 88, owner 120, code 152, pending_owner 168, created_at 200, spare 208
    );
    pin!(Config, 216:
        header 0, admin 88, pending_admin 120, max_commission_bps 152, pause_flags 154, spare 155
    );
    pin!(Invoice, 336:
        header 0, plan 88, wallet 120, ledgers 152, id 248, deadline 256, paid_at 264, debit 272,
        refunded 280, points 288, commission_bps 296, flags 302, levels 303, spare 304
    );
    pin!(Issuer, 352:
        header 0, org 88, key 120, epoch_budget 152, epoch_secs 160, reserved 164, epoch_used 168,
        epoch_started_at 176, highest_reference 184, used_references 192, spare 320
    );
    pin!(Ledger, 312:
        header 0, org 88, wallet 120, mint 152, vault 184, held 216, release_at 224, queued 232,
        queued_release_at 240, claimable 248, claimed 256, debt 264, accrued_at 272, vault_bump 280,
        spare 281
    );
    pin!(Member, 432:
        header 0, org 88, wallet 120, referrers 152, code 248, points 264, lifetime_points 272,
        points_debt 280, registered_at 288, highest_reference 296, used_references 304,
        expiring_points 320, expires_at 352, tier 384, flags 385, spare 386
    );
    pin!(NullifierPage, 1160: header 0, campaign 88, number 120, spare 124, claimed 136);
    pin!(Org, 472:
        header 0, creator 88, id 120, cluster_tag 128, settings 136, authority 312,
        pending_authority 344, created_at 376, highest_plan_id 384, highest_campaign_id 392,
        highest_pool_id 400, open_accounts 408, plans_on_vaults 412, admin_pause_flags 416,
        spare 417
    );
    pin!(Plan, 432:
        header 0, org 88, mint 120, token_program 152, destination 184, vault 216, id 248,
        price 256, price_floor 264, price_ceiling 272, points_per_charge 280, keeper_fee_cap 288,
        ends_at 296, period_secs 304, trial_secs 308, grace_secs 312, period_months 316, flags 317,
        vault_bump 318, decimals 319, vault_rent_payer 320, created_at 352, sunset_at 360, spare 368
    );
    pin!(Position, 232:
        header 0, pool 88, wallet 120, staked 152, per_share_fraction 160, per_share_whole 168,
        owed_fraction 176, owed 184, harvested 192, spare 200
    );
    pin!(StakePool, 472:
        header 0, org 88, stake_mint 120, reward_mint 152, stake_vault 184, reward_vault 216,
        id 248, stake_token_program 256, reward_token_program 288, staked 320,
        per_share_fraction 328, per_share_whole 336, budget 344, streamed 352, streams_from 360,
        streams_until 368, forfeited 376, funded 384, paid 392, positions 400, stake_vault_bump 404,
        reward_vault_bump 405, stake_decimals 406, reward_decimals 407, spare 408
    );
    pin!(Subscription, 544:
        header 0, plan 88, wallet 120, payer_token 152, ledgers 184, first_plan 280,
        pending_plan 312, terms 344, agreement_seq 392, authority_generation 400, quote_nonce 408,
        quote_deadline 416, subscribed_at 424, period_start 432, paid_through 440, next_due 448,
        paused_until 456, period_debit 464, period_refunded 472, period_credit 480,
        period_points 488, pending_price 496, pending_periods 504, periods_paid 508, state 512,
        authority_bump 513, period_flags 514, consents 515, levels 516, spare 517
    );
}

#[test]
fn parts_of_accounts_keep_their_layout() {
    pin!(OrgSettings, 176:
        quote_authority 0, meter_authority 32, treasury 64, tiers 96, hold_secs 160,
        points_epoch_secs 164, commission_bps 168, pause_flags 174, points_expiry_epochs 175
    );
    pin!(Tier, 16: points_threshold 0, points_boost_bps 8, discount_bps 10, spare 12);
    pin!(Terms, 48:
        price 0, period_secs 8, grace_secs 12, hold_secs 16, approved_periods 20, commission_bps 24,
        boost_bps 30, discount_bps 38, period_months 46, anchor_day 47
    );
}

#[test]
fn account_discriminators_are_hashes_of_their_names() {
    fn check<T: AccountType>() {
        let expected = discriminator("account", T::NAME);
        assert_eq!(T::DISCRIMINATOR, expected, "{}", T::NAME);
        assert_eq!(T::LEN, 8 + size_of::<T>());
    }
    each_account!(check);
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
    each_account!(check);
}
