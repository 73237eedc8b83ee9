//! Receipts, and what stands in them.

use super::*;
use tessera_client::types::events::{
    AuthorityAccepted, AuthorityProposed, CampaignCreated, Cancelled, Charged, Closed, CodeCreated,
    CodeOffered, CodeTransferred, CommissionClaimed, CommissionReleased, ConfigSet, EventType,
    Harvested, InvoicePaid, IssuerSet, LedgerOpened, LedgerShare, MemberRegistered, OrgCreated,
    OrgPaused, OrgUpdated, PageOpened, Paused, PaymentMissed, PlanChanged, PlanCreated, PlanSunset,
    PointsAwarded, PointsRedeemed, PoolCreated, PoolFunded, Receipt, Refunded, Resumed, RootSet,
    Settlement, Staked, Subscribed, Unstaked, VoucherClaimed,
};

/// Calls a function for each of them.
macro_rules! each_event {
    ($check:ident) => {
        $check::<OrgCreated>();
        $check::<PlanCreated>();
        $check::<IssuerSet>();
        $check::<CodeCreated>();
        $check::<MemberRegistered>();
        $check::<Subscribed>();
        $check::<Charged>();
        $check::<Cancelled>();
        $check::<PointsAwarded>();
        $check::<PointsRedeemed>();
        $check::<LedgerOpened>();
        $check::<CommissionClaimed>();
        $check::<ConfigSet>();
        $check::<OrgUpdated>();
        $check::<OrgPaused>();
        $check::<AuthorityProposed>();
        $check::<AuthorityAccepted>();
        $check::<PlanSunset>();
        $check::<CodeOffered>();
        $check::<CodeTransferred>();
        $check::<PaymentMissed>();
        $check::<Resumed>();
        $check::<Paused>();
        $check::<PlanChanged>();
        $check::<Refunded>();
        $check::<CommissionReleased>();
        $check::<InvoicePaid>();
        $check::<CampaignCreated>();
        $check::<RootSet>();
        $check::<PageOpened>();
        $check::<VoucherClaimed>();
        $check::<PoolCreated>();
        $check::<PoolFunded>();
        $check::<Staked>();
        $check::<Unstaked>();
        $check::<Harvested>();
        $check::<Closed>();
    };
}

#[test]
fn parts_of_events_keep_their_layout() {
    pin!(Receipt, 56: account 0, life 32, seq 40, at 48);
    pin!(Settlement, 72:
        debit 0, merchant 8, keeper_fee 16, debt_repaid 24, points 32, points_expired 40,
        period_start 48, paid_through 56, levels 64, flags 65, tier 66, spare 67
    );
    pin!(LedgerShare, 40: ledger 0, amount 32);
}

#[test]
fn events_keep_their_layout() {
    pin!(OrgCreated, 280: receipt 0, authority 56, id 88, cluster_tag 96, settings 104);
    pin!(PlanCreated, 288:
        receipt 0, org 56, mint 88, token_program 120, destination 152, vault 184, terms 216
    );
    pin!(IssuerSet, 136: receipt 0, org 56, key 88, epoch_budget 120, epoch_secs 128, spare 132);
    pin!(CodeCreated, 136: receipt 0, org 56, owner 88, code 120);
    pin!(MemberRegistered, 232: receipt 0, org 56, wallet 88, referrers 120, code 216);
    pin!(Subscribed, 320:
        receipt 0, plan 56, wallet 88, payer_token 120, terms 152, authority_generation 200,
        outstanding 208, quote_nonce 216, quote_deadline 224, trial_ends_at 232, consents 240,
        spare 241, settlement 248
    );
    pin!(Charged, 128: receipt 0, settlement 56);
    pin!(Cancelled, 80: receipt 0, agreement_seq 56, paid_through 64, outstanding 72);
    pin!(PointsAwarded, 136:
        receipt 0, issuer 56, points 88, points_expired 96, balance 104, reference 112, memo 120
    );
    pin!(PointsRedeemed, 104:
        receipt 0, points 56, points_expired 64, balance 72, reference 80, memo 88
    );
    pin!(LedgerOpened, 152: receipt 0, org 56, wallet 88, mint 120);
    pin!(CommissionClaimed, 96: receipt 0, amount 56, destination 64);
    pin!(ConfigSet, 96: receipt 0, admin 56, max_commission_bps 88, pause_flags 90, spare 91);
    pin!(OrgUpdated, 232: receipt 0, settings 56);
    pin!(OrgPaused, 64: receipt 0, flags 56, spare 57);
    pin!(AuthorityProposed, 88: receipt 0, pending 56);
    pin!(AuthorityAccepted, 88: receipt 0, authority 56);
    pin!(PlanSunset, 64: receipt 0, at 56);
    pin!(CodeOffered, 88: receipt 0, pending_owner 56);
    pin!(CodeTransferred, 88: receipt 0, owner 56);
    pin!(PaymentMissed, 80: receipt 0, agreement_seq 56, outstanding 64, state 72, spare 73);
    pin!(Resumed, 80: receipt 0, agreement_seq 56, authority_generation 64, outstanding 72);
    pin!(Paused, 72: receipt 0, paused_until 56, next_due 64);
    pin!(PlanChanged, 256:
        receipt 0, plan 56, terms 88, authority_generation 136, outstanding 144, quote_nonce 152,
        quote_deadline 160, credit 168, consents 176, at_period_end 177, spare 178, settlement 184
    );
    pin!(Refunded, 160:
        receipt 0, amount 56, from_vault 64, points 72, points_expired 80, source 88,
        destination 120, levels 152, flags 153, spare 154
    );
    pin!(CommissionReleased, 64: receipt 0, amount 56);
    pin!(InvoicePaid, 256:
        receipt 0, plan 56, wallet 88, payer_token 120, id 152, deadline 160, hold_secs 168,
        commission_bps 172, spare 178, settlement 184
    );
    pin!(CampaignCreated, 272: receipt 0, org 56, mint 88, token_program 120, vault 152, terms 184);
    pin!(RootSet, 96: receipt 0, cap 56, root 64);
    pin!(PageOpened, 96: receipt 0, campaign 56, number 88, spare 92);
    pin!(VoucherClaimed, 176:
        receipt 0, campaign 56, wallet 88, destination 120, entitled 152, amount 160, index 168,
        spare 172
    );
    pin!(PoolCreated, 224:
        receipt 0, org 56, stake_mint 88, reward_mint 120, stake_vault 152, reward_vault 184, id 216
    );
    pin!(PoolFunded, 80: receipt 0, amount 56, budget 64, streams_until 72);
    pin!(Staked, 136: receipt 0, pool 56, wallet 88, amount 120, staked 128);
    pin!(Unstaked, 72: receipt 0, amount 56, staked 64);
    pin!(Harvested, 96: receipt 0, amount 56, destination 64);
    pin!(Closed, 96: receipt 0, lamports 56, head 64);
}

#[test]
fn event_discriminators_are_hashes_of_their_names() {
    fn check<T: EventType>() {
        let expected = discriminator("event", T::NAME);
        assert_eq!(T::DISCRIMINATOR, expected, "{}", T::NAME);
    }
    each_event!(check);
}
