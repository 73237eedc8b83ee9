//! An instruction as it was sent, and the state around it.

use super::{Moment, Refusal, Verdict};
use crate::decode::Event;
use bytemuck::{Pod, pod_read_unaligned};
use solana_instruction::{AccountMeta, Instruction};
use tessera_types::{Address, ID};

/// One of the program's instructions, with everything around it that decides its outcome.
pub struct Call<'a> {
    /// The instruction.
    pub instruction: &'a Instruction,
    /// All instructions of its transaction, in order: a quote's signature is another one of them.
    pub transaction: &'a [Instruction],
    /// The clock and the slot in which it runs.
    pub moment: Moment,
    /// Accounts of other programs.
    pub surroundings: &'a dyn Surroundings,
}

/// Bytes that rent counts for every account on top of its data.
const AROUND_DATA: usize = 128;
/// Rent of a byte, lamports.
const RENT: u64 = 6_960;

/// The state of other programs.
pub trait Surroundings {
    /// A token account, none when there is none at the address.
    fn token_account(&self, address: &Address) -> Option<TokenAccount>;
    /// A mint, none when there is none at the address.
    fn mint(&self, address: &Address) -> Option<Mint>;
    /// The balance of any account, lamports.
    fn lamports(&self, address: &Address) -> u64;
    /// The rent of an account of that many bytes, lamports.
    fn rent(&self, bytes: usize) -> u64 {
        let counted = bytes.saturating_add(AROUND_DATA);
        u64::try_from(counted).map_or(u64::MAX, |it| it.saturating_mul(RENT))
    }
    /// Who may replace the program.
    fn upgrade_authority(&self) -> Option<Address>;
}

/// A token account of SPL Token or Token-2022.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenAccount {
    /// The program that owns it.
    pub program: Address,
    /// Its token.
    pub mint: Address,
    /// Its owner.
    pub owner: Address,
    /// What it holds, in the mint's smallest unit.
    pub amount: u64,
    /// Its delegate, and how much that may still move.
    pub delegate: Option<(Address, u64)>,
    /// Whether its issuer has frozen it.
    pub frozen: bool,
    /// Whether it takes no transfer without a memo.
    pub wants_memo: bool,
    /// Whether no program may change its delegate (CPI guard).
    pub cpi_guarded: bool,
}

/// A mint, and the present effect of its extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mint {
    /// The program that owns it.
    pub program: Address,
    /// Decimals of a whole token.
    pub decimals: u8,
    /// Why its tokens cannot be paid with, but for a permanent delegate.
    pub unpayable: Option<tessera_types::TesseraError>,
    /// Whether it has a permanent delegate, who can take what any of its token accounts holds.
    pub permanent_delegate: bool,
    /// Whether a new token account waits until its issuer thaws it.
    pub frozen_by_default: bool,
}

/// The outcome of an instruction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// Its receipt; none when there was nothing left to do.
    pub event: Option<Event>,
    /// The tokens that move, in any order.
    pub transfers: Vec<Transfer>,
    /// The new approval of a token account, when it changes.
    pub approval: Option<Approval>,
    /// Accounts of this program that are created, and who pays their rent.
    pub created: Vec<(Address, Address)>,
}

impl From<Event> for Effects {
    fn from(event: Event) -> Self {
        Self {
            event: Some(event),
            ..Self::default()
        }
    }
}

/// Tokens that move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    /// The token account that pays.
    pub from: Address,
    /// The token account that receives.
    pub to: Address,
    /// In the mint's smallest unit, at least 1.
    pub amount: u64,
}

/// An approval of a token account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Approval {
    /// The token account.
    pub token_account: Address,
    /// Its delegate.
    pub delegate: Address,
    /// How much it may move, in the mint's smallest unit; 0 revokes the approval.
    pub amount: u64,
}

/// How an instruction uses an account in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Signs.
    Signer,
    /// Is read, called, or gets lamports only.
    Read,
    /// Is written, and stands nowhere else.
    Written,
    /// Is read, and may be absent.
    OptionalRead,
    /// Is written, and may be absent.
    OptionalWritten,
}

impl Place {
    fn is_written(self) -> bool {
        matches!(self, Self::Written | Self::OptionalWritten)
    }

    fn is_optional(self) -> bool {
        matches!(self, Self::OptionalRead | Self::OptionalWritten)
    }
}

impl Call<'_> {
    /// The first `N` accounts; none when there are fewer. The program's own address stands for an
    /// absent one: see [`present`].
    pub(crate) fn accounts<const N: usize>(
        &self,
        places: [Place; N],
        verdict: &mut Verdict,
    ) -> Option<[Address; N]> {
        let metas = self.instruction.accounts.first_chunk::<N>();
        verdict.require(metas.is_some(), Refusal::Runtime("an account is not named"));
        let metas = metas?;
        let absent = |at: usize| places[at].is_optional() && metas[at].pubkey == ID;
        for (at, place) in places.iter().enumerate() {
            // One signature serves wherever the address stands.
            let signs = || {
                self.instruction
                    .accounts
                    .iter()
                    .any(|it| it.pubkey == metas[at].pubkey && it.is_signer)
            };
            verdict.require(
                *place != Place::Signer || signs(),
                Refusal::Runtime("a signature is missing"),
            );
            let doubled = (0..at).any(|before| {
                metas[before].pubkey == metas[at].pubkey
                    && !absent(before)
                    && !absent(at)
                    && (place.is_written() || places[before].is_written())
            });
            let rule = Refusal::Runtime("a written account stands in two places");
            verdict.require(!doubled, rule);
        }
        Some(metas.each_ref().map(|meta| meta.pubkey))
    }

    /// Checks that the instruction names a program that it calls, anywhere among its accounts.
    pub(crate) fn require_named(&self, program: &Address, verdict: &mut Verdict) {
        let named = |it: &AccountMeta| it.pubkey == *program;
        let holds = self.instruction.accounts.iter().any(named);
        let rule = Refusal::Runtime("a program that is called is not named");
        verdict.require(holds, rule);
    }

    /// The arguments; bytes behind them are ignored.
    pub(crate) fn args<T: Pod>(&self, verdict: &mut Verdict) -> Option<T> {
        let args = self.instruction.data.get(1..1 + size_of::<T>());
        let rule = Refusal::Runtime("the arguments are too short");
        verdict.require(args.is_some(), rule);
        args.map(pod_read_unaligned)
    }
}

/// The account, unless it is absent.
pub(crate) fn present(address: Address) -> Option<Address> {
    (address != ID).then_some(address)
}
