//! The client's instruction builders, filled in for the world's org, plan and mint.

use crate::{CLUSTER_TAG, PERIODS, World, scene::code};
use solana_address::Address;
use solana_clock::Clock;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    instructions::{
        Award, Cancel, Charge, ClaimCommission, CreateCode, CreateOrg, CreatePlan, OpenLedger,
        Redeem, RegisterMember, SetConfig, SetIssuer, Subscribe, UpdateOrg,
    },
    keeper,
    quote::{self, Offer, Quote},
    types::{
        accounts::{Issuer, Member, OrgSettings},
        args::{
            AwardArgs, ConfigArgs, CreateOrgArgs, CreatePlanArgs, RedeemArgs, SetIssuerArgs,
            SubscribeArgs, UpdateOrgArgs,
        },
    },
};

impl World {
    /// `set_config` by the world's admin.
    pub fn set_config(&self, args: ConfigArgs) -> Instruction {
        SetConfig {
            payer: self.payer.pubkey(),
            admin: self.admin.pubkey(),
            args,
        }
        .into()
    }

    /// `create_org` by the world's authority.
    pub fn create_org(&self, args: CreateOrgArgs) -> Instruction {
        CreateOrg {
            payer: self.payer.pubkey(),
            authority: self.authority.pubkey(),
            args,
        }
        .into()
    }

    /// `update_org` by the world's authority, to these settings.
    pub fn update_org(&self, settings: OrgSettings) -> Instruction {
        UpdateOrg {
            authority: self.authority.pubkey(),
            org: self.org,
            args: UpdateOrgArgs {
                seq: self.org_account().header.receipt_seq,
                settings,
            },
        }
        .into()
    }

    /// `create_plan` by the world's authority.
    pub fn create_plan(&self, args: CreatePlanArgs) -> Instruction {
        CreatePlan {
            payer: self.payer.pubkey(),
            authority: self.authority.pubkey(),
            org: self.org,
            mint: self.mint,
            token_program: self.token_program,
            destination: self.destination,
            args,
        }
        .into()
    }

    /// `register_member`, with the code used and its owner.
    pub fn register(&self, wallet: &Keypair, referral: Option<(&str, &Keypair)>) -> Instruction {
        RegisterMember {
            payer: self.payer.pubkey(),
            wallet: wallet.pubkey(),
            org: self.org,
            referral: referral.map(|(text, owner)| (code(text), owner.pubkey())),
        }
        .into()
    }

    /// `create_code`.
    pub fn create_code(&self, wallet: &Keypair, code: [u8; 16]) -> Instruction {
        CreateCode {
            payer: self.payer.pubkey(),
            wallet: wallet.pubkey(),
            org: self.org,
            code,
        }
        .into()
    }

    /// `open_ledger` in the world's mint, paid by the world's payer.
    pub fn open_ledger(&self, wallet: &Keypair) -> Instruction {
        OpenLedger {
            payer: self.payer.pubkey(),
            org: self.org,
            wallet: wallet.pubkey(),
            mint: self.mint,
        }
        .into()
    }

    /// `subscribe` of a member.
    pub fn subscribe(
        &self,
        wallet: &Keypair,
        payer_token: Address,
        args: SubscribeArgs,
    ) -> Instruction {
        Subscribe {
            payer: self.payer.pubkey(),
            plan_address: self.plan,
            plan: &self.plan_account(),
            member: &self.member(wallet),
            payer_token,
            args,
        }
        .into()
    }

    /// What the world's org offers `wallet`: up to [`PERIODS`] later periods, nonce 1.
    pub fn offer(&self, wallet: &Keypair, price: u64, deadline: i64) -> Offer {
        Offer {
            cluster_tag: CLUSTER_TAG,
            org: self.org,
            plan: self.plan,
            wallet: wallet.pubkey(),
            price,
            deadline,
            nonce: 1,
            most_periods: PERIODS,
        }
    }

    /// A quote for `wallet`, and its verification signed by the world's quote authority.
    pub fn quote(&self, wallet: &Keypair, price: u64, deadline: i64) -> (Quote, Instruction) {
        let quote = self.offer(wallet, price, deadline).into();
        (quote, self.sign_quote(&self.quote_authority, &quote))
    }

    /// The verification of `quote`, signed by `signer`.
    pub fn sign_quote(&self, signer: &Keypair, quote: &Quote) -> Instruction {
        let signature = signer.sign_message(&quote::message(quote));
        quote::verification(&signer.pubkey(), signature.as_array(), quote)
    }

    /// `charge` of a subscriber.
    pub fn charge(&self, wallet: &Keypair, keeper_token: Option<Address>) -> Instruction {
        let subscription = self.subscription(wallet);
        Charge {
            subscription: &subscription,
            plan: &self.account(&keeper::plan(&subscription)),
            keeper_token,
        }
        .into()
    }

    /// `cancel` of the agreement that the subscription is under.
    #[track_caller]
    pub fn cancel(&self, wallet: &Keypair) -> Instruction {
        Cancel {
            subscription: &self.subscription(wallet),
            token_program: self.token_program,
        }
        .into()
    }

    /// `claim_commission` of a member.
    pub fn claim(&self, wallet: &Keypair, destination: Address, amount: u64) -> Instruction {
        ClaimCommission {
            wallet: wallet.pubkey(),
            org: self.org,
            mint: self.mint,
            token_program: self.token_program,
            destination,
            amount,
        }
        .into()
    }

    /// `set_issuer` with an epoch of a day, as the issuer is now.
    pub fn set_issuer(&self, key: &Keypair, epoch_budget: u64) -> Instruction {
        let known = self.find::<Issuer>(&self.issuer_address(key));
        let name = known.map(|it| (it.header.life, it.header.receipt_seq));
        self.set_issuer_of(key, epoch_budget, name.unwrap_or_default())
    }

    /// The same of an issuer in this life and with so many receipts; zeros are one that is not there.
    pub fn set_issuer_of(
        &self,
        key: &Keypair,
        epoch_budget: u64,
        (life, seq): (u64, u64),
    ) -> Instruction {
        SetIssuer {
            payer: self.payer.pubkey(),
            authority: self.authority.pubkey(),
            org: self.org,
            key: key.pubkey(),
            args: SetIssuerArgs {
                epoch_budget,
                life,
                seq,
                epoch_secs: 86_400,
                spare: [0; 4],
            },
        }
        .into()
    }

    /// `award` by an issuer, with the next unused reference.
    pub fn award(&self, issuer: &Keypair, wallet: &Keypair, points: u64) -> Instruction {
        let issuer_account = self.find::<Issuer>(&self.issuer_address(issuer));
        let highest = issuer_account.map_or(0, |issuer| issuer.highest_reference);
        self.award_as(issuer, wallet, points, highest + 1)
    }

    /// `award` with a reference. An issuer that is missing is made in this slot.
    pub fn award_as(
        &self,
        issuer: &Keypair,
        wallet: &Keypair,
        points: u64,
        reference: u64,
    ) -> Instruction {
        let issuer_account = self.find::<Issuer>(&self.issuer_address(issuer));
        let slot = self.svm.get_sysvar::<Clock>().slot;
        Award {
            key: issuer.pubkey(),
            org: self.org,
            wallet: wallet.pubkey(),
            args: AwardArgs {
                points,
                reference,
                life: issuer_account.map_or(slot, |issuer| issuer.header.life),
                memo: *b"order-0000000001",
            },
        }
        .into()
    }

    /// `redeem` by a member, with the next unused reference.
    pub fn redeem(&self, wallet: &Keypair, points: u64) -> Instruction {
        let member = self.find::<Member>(&self.member_address(wallet));
        let highest = member.map_or(0, |member| member.highest_reference);
        self.redeem_as(wallet, points, highest + 1)
    }

    /// `redeem` with a reference.
    pub fn redeem_as(&self, wallet: &Keypair, points: u64, reference: u64) -> Instruction {
        Redeem {
            wallet: wallet.pubkey(),
            org: self.org,
            args: RedeemArgs {
                points,
                reference,
                memo: *b"order-0000000002",
            },
        }
        .into()
    }
}
