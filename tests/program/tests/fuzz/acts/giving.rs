//! Campaigns and their vouchers.

use super::{Attempt, Dice, Scene};
use solana_address::Address;
use tessera_client::{
    address,
    instructions::{ClaimVoucher, CreateCampaign, OpenPage, SetRoot},
    types::{
        accounts::{Campaign, Claim, NullifierPage, Org},
        args::{CreateCampaignArgs, SetRootArgs},
    },
    voucher::{Gift, Giver},
};
use world::CLUSTER_TAG;

const DAY: u32 = 86_400;
/// A page is shared by the vouchers of two neighbours.
const STRIDE: u32 = 5_000;

impl Scene<'_> {
    fn giver(&self, org: Address, campaign: Address) -> Giver {
        Giver {
            cluster_tag: CLUSTER_TAG,
            org,
            campaign,
        }
    }

    /// A voucher for each wallet, two for the first; the later the list, the higher.
    fn gifts(&self, list: u64) -> Vec<Gift> {
        let wallets = self.people.wallets.iter().chain(&self.people.wallets[..1]);
        let gift = |(index, wallet): (u32, &Address)| Gift {
            wallet: *wallet,
            amount: 1_000 * (u64::from(index) + 1 + list % 7),
            index: index * STRIDE,
        };
        (0..).zip(wallets).map(gift).collect()
    }

    pub(super) fn create_campaign(&self, dice: &mut Dice) -> Option<Attempt> {
        let (org, it) = self.org(dice)?;
        let money = dice.pick(&self.people.money)?;
        let id = it.highest_campaign_id + u64::from(!dice.once_in(12));
        let gifts = self.gifts(dice.below(7) as u64);
        let root = self
            .giver(org, address::campaign(&org, id))
            .tree(&gifts)?
            .root();
        let now = self.now();
        let opens_at = now + i64::from(dice.of_these([0, 0, 3_600, 0, 3 * DAY]));
        let vesting_secs = dice.of_these([0, 0, 30 * DAY, 7]);
        let args = CreateCampaignArgs {
            id,
            cap: dice.of_these([u64::MAX, 9_000, 25_000]),
            opens_at,
            closes_at: opens_at
                + i64::from(dice.of_these([
                    60 * DAY,
                    300 * DAY,
                    DAY,
                    20 * DAY,
                    90 * DAY,
                    400 * DAY,
                    30 * DAY,
                    0,
                ])),
            vesting_starts_at: match vesting_secs {
                0 => 0,
                _ => now - i64::from(dice.of_these([0, 2 * DAY])),
            },
            root,
            cliff_secs: if vesting_secs > DAY {
                dice.of_these([0, 5 * DAY])
            } else {
                0
            },
            vesting_secs,
            flags: u8::from(dice.once_in(2)),
            spare: [0; 7],
        };
        let create = CreateCampaign {
            payer: self.payer(dice, it.authority),
            authority: it.authority,
            org,
            mint: money.mint,
            token_program: money.program,
            args,
        };
        Some(Attempt {
            gifts: Some((root, gifts)),
            ..create.into()
        })
    }

    pub(super) fn set_root(&self, dice: &mut Dice) -> Option<Attempt> {
        let campaigns = self.copies::<Campaign>();
        let cumulative = |(_, it): &(Address, Campaign)| it.flags & Campaign::CUMULATIVE != 0;
        let (campaign, it) = dice.likely(&campaigns, cumulative)?;
        let org: &Org = self.books.get(&it.org)?;
        let gifts = self.gifts(it.header.receipt_seq + dice.below(3) as u64);
        let root = self.giver(it.org, campaign).tree(&gifts)?.root();
        let args = SetRootArgs {
            seq: it.header.receipt_seq,
            cap: dice.of_these([u64::MAX, 40_000, it.claimed, it.claimed.saturating_sub(1)]),
            root,
        };
        let set = SetRoot {
            authority: org.authority,
            org: it.org,
            campaign,
            args,
        };
        Some(Attempt {
            gifts: Some((root, gifts)),
            ..set.into()
        })
    }

    fn is_open(&self, it: &Campaign) -> bool {
        (it.opens_at..it.closes_at).contains(&self.now())
    }

    pub(super) fn open_page(&self, dice: &mut Dice) -> Option<Attempt> {
        let all = self.copies::<Campaign>().into_iter();
        let pages: Vec<(Address, Campaign, u32)> = all
            .flat_map(|(at, it)| (0..5).map(move |number| (at, it, number)))
            .collect();
        let (campaign, _, number) = dice.likely(&pages, |(at, it, number)| {
            let keys = (*at, *number);
            let page = self
                .books
                .find::<NullifierPage>(|it| (it.campaign, it.number) == keys);
            !it.is_kept_by_wallet() && self.now() < it.closes_at && page.is_none()
        })?;
        let payer = dice.pick(&[self.people.sponsor, self.people.wallets[0]])?;
        Some(
            OpenPage {
                payer,
                campaign,
                number,
            }
            .into(),
        )
    }

    pub(super) fn claim_voucher(&self, dice: &mut Dice) -> Option<Attempt> {
        let all = self.copies::<Campaign>().into_iter();
        let vouchers: Vec<(Address, Campaign, usize)> = all
            .flat_map(|(at, it)| {
                let gifts = self.memory.gifts.get(&it.root).map_or(0, Vec::len);
                (0..gifts).map(move |place| (at, it, place))
            })
            .collect();
        let (at, campaign, place) = dice.likely(&vouchers, |(at, it, place)| {
            self.is_open(it) && self.is_claimable(at, it, *place)
        })?;
        let gifts = self.memory.gifts.get(&campaign.root)?;
        let mut gift = gifts[place];
        let mut proof = self.giver(campaign.org, at).tree(gifts)?.proof(place)?;
        match dice.below(24) {
            20 => gift.amount += 1,
            21 => gift.index += 1,
            22 => drop(proof.pop()),
            23 => proof = vec![[7; 32]; 33],
            _ => {}
        }
        let claim = ClaimVoucher {
            payer: self.payer(dice, gift.wallet),
            wallet: gift.wallet,
            campaign: &campaign,
            destination: self.receiver(dice, &gift.wallet, &campaign.mint)?,
            amount: gift.amount,
            index: gift.index,
            proof: &proof,
        };
        Some(claim.into())
    }

    /// Whether the voucher in this place of the list has something left.
    fn is_claimable(&self, at: &Address, campaign: &Campaign, place: usize) -> bool {
        let Some(gift) = self
            .memory
            .gifts
            .get(&campaign.root)
            .map(|gifts| gifts[place])
        else {
            return false;
        };
        let left = if campaign.is_kept_by_wallet() {
            let claim = self
                .books
                .find::<Claim>(|it| (it.campaign, it.wallet) == (*at, gift.wallet));
            let entitled = claim.map_or(0, |it| it.entitled).max(gift.amount);
            let claimed = claim.map_or(0, |it| it.claimed);
            campaign
                .vested(entitled, self.now())
                .saturating_sub(claimed)
        } else {
            let number = gift.index / tessera_client::types::accounts::PAGE_VOUCHERS;
            let page = self
                .books
                .find::<NullifierPage>(|it| (it.campaign, it.number) == (*at, number));
            if page.is_none_or(|page| !{ *page }.take(gift.index)) {
                return false;
            }
            gift.amount
        };
        let vault = self.chain.balance(&campaign.vault);
        left > 0 && left <= vault && campaign.cap - campaign.claimed >= left
    }
}
