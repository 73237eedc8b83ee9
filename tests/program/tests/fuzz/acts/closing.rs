//! What closes, of every kind.

use super::{Attempt, Dice, Scene};
use solana_address::Address;
use tessera_client::{
    Account,
    instructions::{Close, CloseCampaign, CloseVault},
    types::{
        NO_ADDRESS,
        accounts::{Campaign, Org, Plan, StakePool, SubscriptionState},
    },
};

impl Scene<'_> {
    pub(super) fn close(&self, dice: &mut Dice) -> Option<Attempt> {
        // The kind first, else there would be nothing but codes and authorities.
        let mut unused: Vec<(&str, Vec<Account>)> = Vec::new();
        let any = dice.once_in(8);
        for account in self.books.accounts.values() {
            let closable = account.header().life < self.chain.slot && self.is_unused(account);
            if !any && !closable {
                continue;
            }
            match unused.iter_mut().find(|(kind, _)| *kind == account.name()) {
                Some((_, same)) => same.push(*account),
                None => unused.push((account.name(), vec![*account])),
            }
        }
        let kind = dice.below(unused.len());
        let account = dice.pick(&unused.get(kind)?.1)?;
        let owner = self.closer(dice, &account);
        Some(
            Close {
                owner,
                account: &account,
            }
            .into(),
        )
    }

    /// Who may close an account.
    fn closer(&self, dice: &mut Dice, account: &Account) -> Address {
        let org = |org: &Address| self.books.get::<Org>(org).map(|it| it.authority);
        let sponsor = account.header().rent_payer;
        let sponsored = dice.once_in(3);
        let owner = match account {
            Account::Org(it) => Some(it.authority),
            Account::Plan(it) => org(&it.org),
            Account::Issuer(it) => org(&it.org),
            Account::Code(it) => Some(it.owner),
            Account::Ledger(it) => Some(it.wallet),
            Account::Authority(it) => Some(it.wallet),
            Account::Position(it) => Some(it.wallet),
            Account::Subscription(it) if !sponsored => Some(it.wallet),
            Account::Invoice(it) if !sponsored => Some(it.wallet),
            Account::Claim(it) if !sponsored => Some(it.wallet),
            _ => None,
        };
        owner.unwrap_or(sponsor)
    }

    /// Whether nothing needs it any more, as far as one can see.
    fn is_unused(&self, account: &Account) -> bool {
        let now = self.now();
        let is_over = |campaign: &Address| {
            let campaign = self.books.get::<Campaign>(campaign);
            campaign.is_none_or(|it| now >= it.closes_at)
        };
        match account {
            Account::Org(it) => it.open_accounts == 0,
            Account::Plan(it) => now >= it.sunset_at && it.vault_rent_payer == NO_ADDRESS,
            Account::Issuer(_) | Account::Code(_) => true,
            Account::Ledger(it) => it.is_settled(now),
            Account::Authority(it) => it.live_subscriptions == 0 && it.outstanding == 0,
            Account::Subscription(it) => {
                let live = SubscriptionState::is_live(it.state);
                !live && !it.is_paid(now) && now > it.quote_deadline
            }
            Account::Invoice(it) => now > it.deadline,
            Account::NullifierPage(it) => is_over(&it.campaign),
            Account::Claim(it) => is_over(&it.campaign),
            Account::Position(it) => {
                it.staked == 0 && it.owed == 0 && self.books.get::<StakePool>(&it.pool).is_some()
            }
            Account::Config(_)
            | Account::Member(_)
            | Account::Campaign(_)
            | Account::StakePool(_) => false,
        }
    }

    pub(super) fn close_vault(&self, dice: &mut Dice) -> Option<Attempt> {
        let now = self.now();
        let plans = self.copies::<Plan>();
        let (_, plan) = dice.likely(&plans, |(_, it)| {
            let org = self.books.get::<Org>(&it.org);
            it.vault_rent_payer != NO_ADDRESS
                && now >= it.sunset_at
                && org.is_some_and(|org| org.plans_on_vaults == 0)
                && self.chain.balance(&it.vault) == 0
        })?;
        let authority = self.books.get::<Org>(&plan.org)?.authority;
        Some(
            CloseVault {
                authority,
                plan: &plan,
            }
            .into(),
        )
    }

    pub(super) fn close_campaign(&self, dice: &mut Dice) -> Option<Attempt> {
        let campaigns = self.copies::<Campaign>();
        let (_, campaign) = dice.likely(&campaigns, |(_, it)| self.now() >= it.closes_at)?;
        let org: &Org = self.books.get(&campaign.org)?;
        let close = CloseCampaign {
            authority: org.authority,
            campaign: &campaign,
            destination: self.receiver(dice, &org.settings.treasury, &campaign.mint)?,
        };
        Some(close.into())
    }
}
