//! Who has to have entered and got what: counted from the story and the chain's accounts.

use super::{
    journeys::{NURTURING, PAST_DUE},
    templates::{PAYMENT_MISSED, PURCHASE_THANKS, WELCOME_OFFER},
    user,
};
use crate::{
    chain::{Chain, ChainError},
    demo::{
        Customer, Sales,
        sales::{BUYERS, expected::OnChain},
        visitors::address_of,
    },
};
use std::collections::BTreeSet;
use tessera_client::types::{Address, accounts::SubscriptionState};

/// A message, and who has to have got it.
pub(super) struct Reached {
    pub(super) template: &'static str,
    /// Addresses of a mail, or users whose inbox has it.
    pub(super) users: BTreeSet<String>,
    pub(super) is_mail: bool,
}

/// A journey, how many have to have entered it, and what it has to have sent.
pub(super) struct Walked {
    pub(super) journey: &'static str,
    pub(super) entered: usize,
    pub(super) messages: Vec<Reached>,
}

impl Sales {
    pub(super) async fn walks(
        &self,
        chain: &Chain,
        customers: &[Customer],
    ) -> Result<Vec<Walked>, ChainError> {
        let offered: BTreeSet<String> = self
            .reachable()
            .map(|it| address_of(&it.user_id()))
            .collect();
        let first = customers.len() - BUYERS;
        let thanked: BTreeSet<String> = (first..customers.len()).map(user).collect();
        let since = self.follows_up_since;
        let on_chain = OnChain::read(chain).await?;
        let late = on_chain.missed_in(SubscriptionState::Lapsed, since..i64::MAX);
        let place = |wallet: Address| customers.iter().position(|it| it.address() == wallet);
        let reminded = late.filter_map(|it| place(it.wallet));
        let reminded: BTreeSet<String> = reminded.map(|it| address_of(&user(it))).collect();
        let reached = |template, users, is_mail| Reached {
            template,
            users,
            is_mail,
        };
        Ok(vec![
            Walked {
                journey: NURTURING,
                entered: offered.len() + thanked.len(),
                messages: vec![
                    reached(WELCOME_OFFER, offered, true),
                    reached(PURCHASE_THANKS, thanked, false),
                ],
            },
            Walked {
                journey: PAST_DUE,
                entered: reminded.len(),
                messages: vec![reached(PAYMENT_MISSED, reminded, true)],
            },
        ])
    }
}
