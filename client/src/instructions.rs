//! Typed instruction builders, one file each. Nobody assembles an instruction by hand elsewhere.

mod cancel;
mod charge;
mod claim_commission;
mod create_code;
mod create_org;
mod create_plan;
mod open_ledger;
mod points;
mod register_member;
mod set_issuer;
mod subscribe;

pub use cancel::Cancel;
pub use charge::Charge;
pub use claim_commission::ClaimCommission;
pub use create_code::CreateCode;
pub use create_org::CreateOrg;
pub use create_plan::CreatePlan;
pub use open_ledger::OpenLedger;
pub use points::{Award, Redeem};
pub use register_member::RegisterMember;
pub use set_issuer::SetIssuer;
pub use subscribe::Subscribe;

use bytemuck::{Pod, bytes_of};
use solana_instruction::{AccountMeta, Instruction};
use tessera_types::{
    Address, ID, NO_ADDRESS, REFERRAL_LEVELS, accounts::Plan, args::InstructionNumber,
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

/// The program itself, which it calls with the receipt where the token program carries none.
fn itself(token_program: Address) -> Option<AccountMeta> {
    (token_program != TOKEN_PROGRAM).then(|| readonly(ID))
}

/// The vault, when a level is paid, and the three ledgers; the zero address is no ledger.
fn commission(vault: Address, ledgers: [Address; REFERRAL_LEVELS]) -> [AccountMeta; 4] {
    let ledgers = ledgers.map(|ledger| (ledger != NO_ADDRESS).then_some(ledger));
    let vault = ledgers.iter().any(Option::is_some).then_some(vault);
    let [first, second, third] = ledgers;
    [vault, first, second, third].map(|account| optional(account, writable))
}
