//! The program's derived addresses. Each function returns the canonical one.

use tessera_types::{Address, ID, seeds};

fn derive(seeds: &[&[u8]]) -> Address {
    Address::find_program_address(seeds, &ID).0
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

/// The subscription of `wallet` to `plan`.
pub fn subscription(plan: &Address, wallet: &Address) -> Address {
    derive(&[seeds::SUBSCRIPTION, plan.as_ref(), wallet.as_ref()])
}

/// The commission ledger of `wallet` in `org` for `mint`.
pub fn ledger(org: &Address, wallet: &Address, mint: &Address) -> Address {
    derive(&[seeds::LEDGER, org.as_ref(), wallet.as_ref(), mint.as_ref()])
}

/// The token account that holds the commission of `org` in `mint`.
pub fn vault(org: &Address, mint: &Address) -> Address {
    derive(&[seeds::VAULT, org.as_ref(), mint.as_ref()])
}
