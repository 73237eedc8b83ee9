//! What wallets and issuers do with tokens, without the program.

use super::extensions;
use crate::{books::Books, chain::Chain, dice::Dice, people::People, step::Act};
use solana_address::Address;
use spl_token_interface::state::{Account as TokenAccount, AccountState};
use tessera_client::{
    address,
    types::accounts::{Campaign, Plan, StakePool},
};

/// Plays such a step and returns the token account whose approval it changed, if any.
pub(crate) fn play(
    act: Act,
    dice: &mut Dice,
    chain: &mut Chain,
    books: &Books,
    people: &People,
) -> Option<Address> {
    let token = dice.pick(&people.tokens)?;
    match act {
        Act::Revoke => {
            let all = delegated(chain, people);
            let token = dice.pick(&all)?;
            chain.edit_token(&token, |it| {
                (it.delegate, it.delegated_amount) = (None.into(), 0);
            });
            return Some(token);
        }
        Act::Approve => {
            let ours = dice.once_in(2);
            let token = match dice.once_in(2) {
                true => dice.pick(&delegated(chain, people))?,
                false => token,
            };
            let delegate = match ours {
                true => address::authority(&token),
                false => people.keeper,
            };
            let amount = dice.of_these([u64::MAX, 1_000, 500_000_000]);
            chain.edit_token(&token, |it| {
                (it.delegate, it.delegated_amount) = (Some(delegate).into(), amount);
            });
            return Some(token);
        }
        Act::Drain => {
            let amount = dice.amount(chain.balance(&token));
            let sink = sink_of(chain, people, &token)?;
            transfer(chain, &token, &sink, amount);
        }
        Act::Refill => {
            let poor = |it: &Address| chain.balance(it) < 1_000_000_000;
            let all: Vec<Address> = people.tokens.iter().copied().filter(poor).collect();
            let token = dice.pick(&all)?;
            let sink = sink_of(chain, people, &token)?;
            let amount = dice.amount(chain.balance(&sink));
            transfer(chain, &sink, &token, amount);
        }
        // Closed and opened again at the same address, as anybody can who has its key.
        Act::Shut => {
            let sink = sink_of(chain, people, &token)?;
            transfer(chain, &token, &sink, chain.balance(&token));
            let owner = dice.pick(&people.wallets)?;
            chain.edit_token(&token, |it| {
                *it = TokenAccount {
                    mint: it.mint,
                    owner,
                    state: AccountState::Initialized,
                    is_native: it.is_native,
                    ..TokenAccount::default()
                };
            });
            return Some(token);
        }
        Act::Sell => {
            let owner = dice.pick(&people.wallets)?;
            chain.edit_token(&token, |it| {
                it.owner = owner;
                (it.delegate, it.delegated_amount) = (None.into(), 0);
            });
            return Some(token);
        }
        Act::Freeze => {
            let all = [people.tokens.clone(), vaults(books)].concat();
            let token = dice.pick(&all)?;
            chain.edit_token(&token, |it| it.state = AccountState::Frozen);
        }
        Act::Thaw => {
            let all = [people.tokens.clone(), vaults(books)].concat();
            let frozen = |it: &Address| chain.token(it).is_some_and(|it| it.is_frozen());
            let all: Vec<Address> = all.into_iter().filter(frozen).collect();
            let token = dice.pick(&all)?;
            chain.edit_token(&token, |it| it.state = AccountState::Initialized);
        }
        Act::Donate => {
            // Campaigns live of it.
            let campaigns = books.all::<Campaign>().into_iter();
            let open = campaigns.filter(|(_, it)| it.closes_at > chain.now);
            let vaults_of = open.map(|(_, it)| it.vault);
            let campaigns: Vec<Address> =
                vaults_of.filter(|it| chain.balance(it) < 20_000).collect();
            let vaults = match dice.once_in(5) || campaigns.is_empty() {
                true => vaults(books),
                false => campaigns,
            };
            let vault = dice.pick(&vaults)?;
            let mint = chain.token(&vault)?.mint;
            let treasury = people.treasuries[0];
            let source = people.tokens.iter().copied().find(|it| {
                let token = chain.token(it);
                token.is_some_and(|it| it.owner == treasury && it.mint == mint)
            })?;
            let amount = dice.of_these([50_000, 1, 5_000]);
            transfer(chain, &source, &vault, amount);
        }
        Act::ChangeMint => extensions::change_mint(dice, chain, people),
        Act::ChangeAccount => extensions::change_account(dice, chain, people),
        _ => {}
    }
    None
}

/// The token accounts that somebody may move of besides their owner.
fn delegated(chain: &Chain, people: &People) -> Vec<Address> {
    let has = |it: &Address| chain.token(it).is_some_and(|it| it.delegate.is_some());
    people.tokens.iter().copied().filter(has).collect()
}

fn vaults(books: &Books) -> Vec<Address> {
    let mut vaults: Vec<Address> = books.all::<Plan>().iter().map(|(_, it)| it.vault).collect();
    for (_, pool) in books.all::<StakePool>() {
        vaults.extend([pool.stake_vault, pool.reward_vault]);
    }
    vaults.extend(books.all::<Campaign>().iter().map(|(_, it)| it.vault));
    vaults.sort_unstable();
    vaults.dedup();
    vaults
}

fn sink_of(chain: &Chain, people: &People, token: &Address) -> Option<Address> {
    let mint = chain.token(token)?.mint;
    let of = |it: &Address| chain.token(it).is_some_and(|it| it.mint == mint);
    people.sinks.iter().copied().find(of)
}

/// Moves what the accounts can give and take.
fn transfer(chain: &mut Chain, from: &Address, to: &Address, amount: u64) {
    let amount = amount.min(chain.balance(from));
    let amount = amount.min(u64::MAX - chain.balance(to));
    chain.edit_token(from, |it| it.amount -= amount);
    chain.edit_token(to, |it| it.amount += amount);
}
