//! The program's derived addresses. Each function returns the canonical one.

use solana_sdk_ids::bpf_loader_upgradeable;
use std::sync::LazyLock;
use tessera_types::{Address, ID, seeds};

fn derive(seeds: &[&[u8]]) -> Address {
    Address::find_program_address(seeds, &ID).0
}

/// The program's own settings.
pub fn config() -> Address {
    static CONFIG: LazyLock<Address> = LazyLock::new(|| derive(&[seeds::CONFIG]));
    *CONFIG
}

/// Where the loader keeps the program's code and its upgrade authority.
pub fn program_data() -> Address {
    Address::find_program_address(&[ID.as_ref()], &bpf_loader_upgradeable::ID).0
}

/// The org that `creator` created with this id.
pub fn org(creator: &Address, id: u64) -> Address {
    derive(&[seeds::ORG, creator.as_ref(), &id.to_le_bytes()])
}

/// The issuer account of `key` in `org`.
pub fn issuer(org: &Address, key: &Address) -> Address {
    derive(&[seeds::ISSUER, org.as_ref(), key.as_ref()])
}

/// The plan with this id in `org`.
pub fn plan(org: &Address, id: u64) -> Address {
    derive(&[seeds::PLAN, org.as_ref(), &id.to_le_bytes()])
}

/// The member account of `wallet` in `org`.
pub fn member(org: &Address, wallet: &Address) -> Address {
    derive(&[seeds::MEMBER, org.as_ref(), wallet.as_ref()])
}

/// The referral code in `org`; `code` is zero-padded.
pub fn code(org: &Address, code: &[u8; 16]) -> Address {
    derive(&[seeds::CODE, org.as_ref(), code])
}

/// The delegate of a token account.
pub fn authority(token_account: &Address) -> Address {
    derive(&[seeds::AUTHORITY, token_account.as_ref()])
}

/// The subscription that `wallet` opened under `first_plan`.
pub fn subscription(first_plan: &Address, wallet: &Address) -> Address {
    derive(&[seeds::SUBSCRIPTION, first_plan.as_ref(), wallet.as_ref()])
}

/// The invoice with this id that `wallet` paid by `plan`.
pub fn invoice(plan: &Address, wallet: &Address, id: u64) -> Address {
    derive(&[
        seeds::INVOICE,
        plan.as_ref(),
        wallet.as_ref(),
        &id.to_le_bytes(),
    ])
}

/// The commission ledger of `wallet` in `org` for `mint`.
pub fn ledger(org: &Address, wallet: &Address, mint: &Address) -> Address {
    derive(&[seeds::LEDGER, org.as_ref(), wallet.as_ref(), mint.as_ref()])
}

/// The token account that holds the commission of `org` in `mint`.
pub fn vault(org: &Address, mint: &Address) -> Address {
    derive(&[seeds::VAULT, org.as_ref(), mint.as_ref()])
}

/// The campaign with this id in `org`.
pub fn campaign(org: &Address, id: u64) -> Address {
    derive(&[seeds::CAMPAIGN, org.as_ref(), &id.to_le_bytes()])
}

/// The token account that holds what `campaign` gives.
pub fn campaign_vault(campaign: &Address) -> Address {
    derive(&[seeds::CAMPAIGN_VAULT, campaign.as_ref()])
}

/// The page with this number of the vouchers of `campaign`.
pub fn page(campaign: &Address, number: u32) -> Address {
    derive(&[seeds::PAGE, campaign.as_ref(), &number.to_le_bytes()])
}

/// The claim of `wallet` on `campaign`: what it was paid so far.
pub fn claim(campaign: &Address, wallet: &Address) -> Address {
    derive(&[seeds::CLAIM, campaign.as_ref(), wallet.as_ref()])
}

/// The stake pool with this id in `org`.
pub fn pool(org: &Address, id: u64) -> Address {
    derive(&[seeds::POOL, org.as_ref(), &id.to_le_bytes()])
}

/// The token account that holds what is staked in `pool`.
pub fn stake_vault(pool: &Address) -> Address {
    derive(&[seeds::STAKE_VAULT, pool.as_ref()])
}

/// The token account that holds what `pool` gives.
pub fn reward_vault(pool: &Address) -> Address {
    derive(&[seeds::REWARD_VAULT, pool.as_ref()])
}

/// The stake of `wallet` in `pool`.
pub fn position(pool: &Address, wallet: &Address) -> Address {
    derive(&[seeds::POSITION, pool.as_ref(), wallet.as_ref()])
}
