//! Vouchers that the business gives away.

use super::{Business, built, plans::ENDS_AT};
use crate::chain::{Chain, ChainError};
use solana_signer::Signer;
use spl_token_interface::instruction as token;
use tessera_client::{
    address,
    instructions::{CreateCampaign, OpenPage},
    types::{
        Address,
        accounts::{Campaign, PAGE_VOUCHERS},
        args::CreateCampaignArgs,
    },
    voucher::{Gift, Giver, Tree},
};

/// The demo has one campaign.
const CAMPAIGN: u64 = 1;

/// A campaign whose vouchers can be claimed.
pub struct Vouchers {
    /// The campaign as it stands on chain.
    pub campaign: Campaign,
    /// The gifts, in the order of the tree.
    pub gifts: Vec<Gift>,
    /// The tree over the gifts.
    pub tree: Tree,
}

impl Business {
    /// Gives each of these wallets a voucher for `amount`, in the smallest unit; none when there are
    /// no wallets.
    ///
    /// # Errors
    /// [`ChainError`] when a transaction fails.
    pub async fn give(
        &self,
        chain: &Chain,
        wallets: impl Iterator<Item = Address>,
        amount: u64,
    ) -> Result<Option<Vouchers>, ChainError> {
        let gift = |(index, wallet)| Gift {
            wallet,
            amount,
            index,
        };
        let gifts: Vec<Gift> = (0..).zip(wallets).map(gift).collect();
        let address = address::campaign(&self.org, CAMPAIGN);
        let giver = Giver {
            cluster_tag: self.cluster_tag,
            org: self.org,
            campaign: address,
        };
        let Some(tree) = giver.tree(&gifts) else {
            return Ok(None);
        };
        let cap = gifts.iter().map(|gift| gift.amount).sum();
        self.create_campaign(chain, cap, tree.root()).await?;
        let last = gifts.last().map_or(0, |gift| gift.index) / PAGE_VOUCHERS;
        for number in 0..=last {
            let open = OpenPage {
                payer: self.authority.pubkey(),
                campaign: address,
                number,
            };
            chain.send(&[open.into()], &self.authority, &[]).await?;
        }
        Ok(Some(Vouchers {
            campaign: chain.existing(&address).await?,
            gifts,
            tree,
        }))
    }

    async fn create_campaign(
        &self,
        chain: &Chain,
        cap: u64,
        root: [u8; 32],
    ) -> Result<(), ChainError> {
        let authority = self.authority.pubkey();
        let create = CreateCampaign {
            payer: authority,
            authority,
            org: self.org,
            mint: self.mint,
            token_program: spl_token_interface::ID,
            args: CreateCampaignArgs {
                id: CAMPAIGN,
                cap,
                opens_at: 0,
                closes_at: ENDS_AT,
                vesting_starts_at: 0,
                root,
                cliff_secs: 0,
                vesting_secs: 0,
                flags: 0,
                spare: [0; 7],
            },
        };
        let fill = built(token::mint_to(
            &spl_token_interface::ID,
            &self.mint,
            &address::campaign_vault(&address::campaign(&self.org, CAMPAIGN)),
            &authority,
            &[],
            cap,
        ));
        chain
            .send(&[create.into(), fill], &self.authority, &[])
            .await?;
        Ok(())
    }
}
