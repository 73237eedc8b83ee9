//! Accounts as the program would hold them; fields that no receipt states are zero.

use super::{MemberState, State, rules::word};
use crate::decode::Account;
use bytemuck::Zeroable;
use tessera_types::{
    Address, NO_ADDRESS,
    accounts::{Header, Issuer, Ledger, Member, Plan, Position, StakePool},
};

impl State {
    /// The account at an address; none when none is open there.
    pub fn account(&self, address: &Address) -> Option<Account> {
        let header = self.header(address);
        macro_rules! with_header {
            ($kind:ident, $account:expr) => {
                Account::$kind(tessera_types::accounts::$kind { header, ..$account })
            };
        }
        if let Some(it) = self.config_at(address) {
            return Some(with_header!(Config, *it));
        }
        if let Some(it) = self.subscriptions.get(address) {
            return Some(with_header!(Subscription, it.account));
        }
        if let Some(it) = self.members.get(address) {
            return Some(with_header!(Member, member(it)));
        }
        if let Some(it) = self.orgs.get(address) {
            return Some(with_header!(Org, *it));
        }
        if let Some(it) = self.plans.get(address) {
            let creator = self.vaults.get(&it.vault) == Some(address);
            let vault_rent_payer = if creator { it.org } else { NO_ADDRESS };
            let plan = Plan {
                vault_rent_payer,
                ..*it
            };
            return Some(with_header!(Plan, plan));
        }
        if let Some(it) = self.issuers.get(address) {
            let issuer = Issuer {
                highest_reference: it.references.highest(),
                used_references: it.references.window(),
                ..it.account
            };
            return Some(with_header!(Issuer, issuer));
        }
        if let Some(it) = self.codes.get(address) {
            return Some(with_header!(Code, *it));
        }
        if let Some(it) = self.invoices.get(address) {
            return Some(with_header!(Invoice, *it));
        }
        if let Some(it) = self.authorities.get(address) {
            return Some(with_header!(Authority, *it));
        }
        if let Some(it) = self.campaigns.get(address) {
            return Some(with_header!(Campaign, *it));
        }
        if let Some(it) = self.pages.get(address) {
            return Some(with_header!(NullifierPage, *it));
        }
        if let Some(it) = self.claims.get(address) {
            return Some(with_header!(Claim, *it));
        }
        self.wide(address, header)
    }

    /// An account of a kind whose numbers the model keeps wider than the account does.
    fn wide(&self, address: &Address, header: Header) -> Option<Account> {
        if let Some(it) = self.ledgers.get(address) {
            return Some(Account::Ledger(Ledger {
                header,
                org: it.org,
                wallet: it.wallet,
                mint: it.mint,
                vault: crate::address::vault(&it.org, &it.mint),
                held: word(it.held),
                release_at: i64::try_from(it.release_at).unwrap_or(i64::MAX),
                queued: word(it.queued),
                queued_release_at: i64::try_from(it.queued_release_at).unwrap_or(i64::MAX),
                claimable: word(it.claimable),
                claimed: word(it.claimed),
                debt: word(it.debt),
                accrued_at: it.accrued_at,
                ..Ledger::zeroed()
            }));
        }
        if let Some(it) = self.pools.get(address) {
            return Some(Account::StakePool(StakePool {
                header,
                org: it.org,
                stake_mint: it.stake_mint,
                reward_mint: it.reward_mint,
                stake_vault: it.stake_vault,
                reward_vault: it.reward_vault,
                id: it.id,
                staked: it.staked,
                per_share_whole: word(it.per_share >> 64),
                per_share_fraction: low(it.per_share),
                budget: it.budget,
                streamed: it.streamed,
                streams_from: it.streams_from,
                streams_until: it.streams_until,
                forfeited: it.forfeited,
                funded: it.funded,
                paid: it.paid,
                positions: it.positions,
                ..StakePool::zeroed()
            }));
        }
        let it = self.positions.get(address)?;
        Some(Account::Position(Position {
            header,
            pool: it.pool,
            wallet: it.wallet,
            staked: it.staked,
            per_share_whole: word(it.per_share >> 64),
            per_share_fraction: low(it.per_share),
            owed: it.whole(),
            owed_fraction: low(it.owed),
            harvested: it.harvested,
            ..Position::zeroed()
        }))
    }

    fn header(&self, address: &Address) -> Header {
        let chain = self.chains.get(address).copied().unwrap_or_default();
        Header {
            receipt_seq: chain.seq,
            receipt_head: chain.head,
            ..Header::new(0, chain.life, NO_ADDRESS)
        }
    }
}

fn low(wide: u128) -> u64 {
    word(wide & u128::from(u64::MAX))
}

fn member(it: &MemberState) -> Member {
    let (points, expires_at) = it.balance.expiring();
    Member {
        points: word(it.balance.points),
        lifetime_points: word(it.balance.lifetime),
        points_debt: word(it.balance.debt),
        tier: it.balance.tier,
        expiring_points: points.map(word),
        expires_at,
        highest_reference: it.references.highest(),
        used_references: it.references.window(),
        ..it.account
    }
}
