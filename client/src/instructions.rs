//! Typed instruction builders, one file each. No other module assembles an instruction by hand.

mod authority;
mod campaign;
mod cancel;
mod change_plan;
mod charge;
mod charge_up_to;
mod claim_commission;
mod claim_voucher;
mod close;
mod close_campaign;
mod close_pool;
mod close_vault;
mod create_code;
mod create_org;
mod create_plan;
mod mark_past_due;
mod open_ledger;
mod pause;
mod pay_invoice;
mod points;
mod pool;
mod refund;
mod register_member;
mod release;
mod resume;
mod set_config;
mod set_issuer;
mod stake;
mod subscribe;
mod sunset_plan;
mod transfer_code;
mod update_org;

pub use authority::{AcceptAuthority, ProposeAuthority};
pub use campaign::{CreateCampaign, OpenPage, SetRoot};
pub use cancel::{Cancel, CancelNow};
pub use change_plan::ChangePlan;
pub use charge::Charge;
pub use charge_up_to::ChargeUpTo;
pub use claim_commission::ClaimCommission;
pub use claim_voucher::ClaimVoucher;
pub use close::Close;
pub use close_campaign::CloseCampaign;
pub use close_pool::ClosePool;
pub use close_vault::CloseVault;
pub use create_code::CreateCode;
pub use create_org::CreateOrg;
pub use create_plan::CreatePlan;
pub use mark_past_due::MarkPastDue;
pub use open_ledger::OpenLedger;
pub use pause::Pause;
pub use pay_invoice::PayInvoice;
pub use points::{Award, Redeem};
pub use pool::{CreatePool, FundPool};
pub use refund::{Refund, Refundable};
pub use register_member::RegisterMember;
pub use release::Release;
pub use resume::Resume;
pub use set_config::SetConfig;
pub use set_issuer::SetIssuer;
pub use stake::{Harvest, Stake, Unstake};
pub use subscribe::Subscribe;
pub use sunset_plan::SunsetPlan;
pub use transfer_code::{AcceptCode, TransferCode};
pub use update_org::{PauseOrg, UpdateOrg};

use crate::address;
use bytemuck::{Pod, bytes_of};
use solana_instruction::{AccountMeta, Instruction};
use tessera_types::{
    Address, ID, NO_ADDRESS, REFERRAL_LEVELS,
    accounts::{Member, Plan, Subscription},
    args::InstructionNumber,
    carrier::TOKEN_PROGRAM,
};

fn instruction(number: InstructionNumber, args: &[u8], accounts: Vec<AccountMeta>) -> Instruction {
    let mut data = Vec::with_capacity(1 + args.len());
    data.push(number as u8);
    data.extend_from_slice(args);
    Instruction {
        program_id: ID,
        accounts,
        data,
    }
}

fn with_args<A: Pod>(
    number: InstructionNumber,
    args: &A,
    accounts: Vec<AccountMeta>,
) -> Instruction {
    instruction(number, bytes_of(args), accounts)
}

fn writable(address: Address) -> AccountMeta {
    AccountMeta::new(address, false)
}

fn readonly(address: Address) -> AccountMeta {
    AccountMeta::new_readonly(address, false)
}

fn payer(address: Address) -> AccountMeta {
    AccountMeta::new(address, true)
}

fn signer(address: Address) -> AccountMeta {
    AccountMeta::new_readonly(address, true)
}

/// An absent optional account is named by the program's own id.
fn optional(address: Option<Address>, meta: fn(Address) -> AccountMeta) -> AccountMeta {
    address.map_or_else(|| readonly(ID), meta)
}

/// The mint, which Token-2022 asks for and SPL Token does not.
fn mint(plan: &Plan) -> AccountMeta {
    mint_for(plan.token_program, plan.mint)
}

fn mint_for(token_program: Address, mint: Address) -> AccountMeta {
    optional((token_program != TOKEN_PROGRAM).then_some(mint), readonly)
}

/// The program itself, which calls itself with the receipt where the token program carries none.
fn itself(token_program: Address) -> Option<AccountMeta> {
    (token_program != TOKEN_PROGRAM).then(|| readonly(ID))
}

/// The subscription's address, which a change of plan leaves as it is.
fn subscription(it: &Subscription) -> Address {
    address::subscription(&it.first_plan, &it.wallet)
}

/// The ledgers of the member's referrers in the plan's mint; the zero address is no ledger.
fn referral_ledgers(plan: &Plan, member: &Member) -> [Address; REFERRAL_LEVELS] {
    member.referrers.map(|referrer| match referrer {
        NO_ADDRESS => NO_ADDRESS,
        referrer => address::ledger(&plan.org, &referrer, &plan.mint),
    })
}

/// The vault, when a level is paid, and the three ledgers; the zero address is no ledger.
fn commission(vault: Address, ledgers: [Address; REFERRAL_LEVELS]) -> [AccountMeta; 4] {
    let ledgers = ledgers.map(|ledger| (ledger != NO_ADDRESS).then_some(ledger));
    let vault = ledgers.iter().any(Option::is_some).then_some(vault);
    let [first, second, third] = ledgers;
    [vault, first, second, third].map(|account| optional(account, writable))
}
