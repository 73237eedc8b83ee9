//! Arguments, and the numbers in front of them.

use super::*;
use tessera_client::types::args::{
    AwardArgs, CancelArgs, ChangePlanArgs, ChargeUpToArgs, ClaimCommissionArgs, ClaimVoucherArgs,
    ConfigArgs, CreateCampaignArgs, CreateCodeArgs, CreateOrgArgs, CreatePlanArgs, CreatePoolArgs,
    FundPoolArgs, InstructionNumber, OpenPageArgs, PauseArgs, PauseOrgArgs, PayInvoiceArgs,
    ProposeAuthorityArgs, RedeemArgs, RefundArgs, ResumeArgs, SetIssuerArgs, SetRootArgs,
    SignedTerms, StakeArgs, SubscribeArgs, SunsetPlanArgs, TransferCodeArgs, UpdateOrgArgs,
};

#[test]
fn arguments_keep_their_layout() {
    pin!(CreateOrgArgs, 192: id 0, cluster_tag 8, settings 16);
    pin!(CreatePlanArgs, 72:
        id 0, price 8, price_floor 16, price_ceiling 24, points_per_charge 32, keeper_fee_cap 40,
        ends_at 48, period_secs 56, trial_secs 60, grace_secs 64, period_months 68, flags 69,
        spare 70
    );
    pin!(CreateCodeArgs, 16: code 0);
    pin!(SignedTerms, 56:
        price 0, deadline 8, quote_deadline 16, quote_nonce 24, period_secs 32, approved_periods 36,
        quote_most_periods 40, period_months 44, quoted 45, quote_index 46, replace_delegate 47,
        consents 48, spare 49
    );
    pin!(SubscribeArgs, 64: terms 0, trial_secs 56, spare 60);
    pin!(CancelArgs, 16: life 0, agreement_seq 8);
    pin!(ClaimCommissionArgs, 8: amount 0);
    pin!(SetIssuerArgs, 32: epoch_budget 0, life 8, seq 16, epoch_secs 24, spare 28);
    pin!(AwardArgs, 40: points 0, reference 8, life 16, memo 24);
    pin!(RedeemArgs, 32: points 0, reference 8, memo 16);
    pin!(ConfigArgs, 16: seq 0, max_commission_bps 8, pause_flags 10, spare 11);
    pin!(UpdateOrgArgs, 184: seq 0, settings 8);
    pin!(ProposeAuthorityArgs, 40: seq 0, pending 8);
    pin!(PauseOrgArgs, 16: seq 0, flags 8, spare 9);
    pin!(SunsetPlanArgs, 8: at 0);
    pin!(TransferCodeArgs, 48: life 0, seq 8, pending_owner 16);
    pin!(ResumeArgs, 32: life 0, seq 8, deadline 16, replace_delegate 24, spare 25);
    pin!(PauseArgs, 24: life 0, seq 8, until 16);
    pin!(ChangePlanArgs, 88:
        terms 0, life 56, agreement_seq 64, most_debit 72, at_period_end 80, spare 81
    );
    pin!(RefundArgs, 24: amount 0, life 8, seq 16);
    pin!(PayInvoiceArgs, 40:
        id 0, amount 8, points 16, deadline 24, quote_index 32, consents 33, spare 34
    );
    pin!(ChargeUpToArgs, 24: amount 0, life 8, seq 16);
    pin!(CreateCampaignArgs, 88:
        id 0, cap 8, opens_at 16, closes_at 24, vesting_starts_at 32, root 40, cliff_secs 72,
        vesting_secs 76, flags 80, spare 81
    );
    pin!(SetRootArgs, 48: seq 0, cap 8, root 16);
    pin!(OpenPageArgs, 8: number 0, spare 4);
    pin!(ClaimVoucherArgs, 16: amount 0, index 8, spare 12);
    pin!(CreatePoolArgs, 8: id 0);
    pin!(FundPoolArgs, 24: amount 0, seq 8, secs 16, spare 20);
    pin!(StakeArgs, 8: amount 0);
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
        (InstructionNumber::SetConfig, 12),
        (InstructionNumber::UpdateOrg, 13),
        (InstructionNumber::ProposeAuthority, 14),
        (InstructionNumber::AcceptAuthority, 15),
        (InstructionNumber::PauseOrg, 16),
        (InstructionNumber::SunsetPlan, 17),
        (InstructionNumber::TransferCode, 18),
        (InstructionNumber::AcceptCode, 19),
        (InstructionNumber::MarkPastDue, 20),
        (InstructionNumber::CancelNow, 21),
        (InstructionNumber::Resume, 22),
        (InstructionNumber::Pause, 23),
        (InstructionNumber::ChangePlan, 24),
        (InstructionNumber::Refund, 25),
        (InstructionNumber::Release, 26),
        (InstructionNumber::PayInvoice, 27),
        (InstructionNumber::ChargeUpTo, 28),
        (InstructionNumber::CreateCampaign, 29),
        (InstructionNumber::SetRoot, 30),
        (InstructionNumber::OpenPage, 31),
        (InstructionNumber::ClaimVoucher, 32),
        (InstructionNumber::CreatePool, 33),
        (InstructionNumber::FundPool, 34),
        (InstructionNumber::Stake, 35),
        (InstructionNumber::Unstake, 36),
        (InstructionNumber::Harvest, 37),
        (InstructionNumber::Close, 38),
        (InstructionNumber::CloseVault, 39),
        (InstructionNumber::CloseCampaign, 40),
        (InstructionNumber::ClosePool, 41),
        (InstructionNumber::Receipt, 255),
    ];
    for (instruction, number) in numbers {
        assert_eq!(instruction as u8, number, "{instruction:?}");
    }
}

#[test]
fn unknown_instructions_are_refused() {
    let mut world = World::new();
    let known = world.create_org(world.create_org_args());
    let next = 42;
    for data in [vec![], vec![next], vec![254], vec![next; 200]] {
        let unknown = Instruction {
            data,
            ..known.clone()
        };
        assert!(world.send(&[unknown], &[&key(2)]).is_err());
    }
}
