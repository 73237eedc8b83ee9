//! What happens next, as plain data: a sequence of steps can be played again, made shorter and
//! printed.
//!
//! A step holds numbers only. What they choose is looked up when it is played, among what there is
//! then; so every step means something in every sequence, also when others are taken out.

use std::fmt;

/// Numbers that a step may choose by.
pub(crate) const CHOICES: usize = 12;

macro_rules! acts {
    ($($act:ident $weight:literal,)*) => {
        /// What a step does: one of the program's instructions, or something around it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Act { $($act,)* }

        /// How often each comes.
        const WEIGHTS: &[(Act, u32)] = &[$((Act::$act, $weight),)*];

        /// The program's instruction of this number, which the first acts stand for in their order.
        pub(crate) fn instruction_name(number: u8) -> &'static str {
            const NAMES: &[&str] = &[$(stringify!($act),)*];
            match NAMES.get(usize::from(number)) {
                Some(name) if number < crate::tally::INSTRUCTIONS => name,
                _ => "no instruction",
            }
        }
    };
}

// Instructions come first, in the order of their numbers.
acts! {
    CreateOrg 3,
    CreatePlan 6,
    RegisterMember 12,
    CreateCode 5,
    OpenLedger 8,
    Subscribe 55,
    Charge 70,
    Cancel 14,
    ClaimCommission 28,
    SetIssuer 6,
    Award 20,
    Redeem 18,
    SetConfig 2,
    UpdateOrg 9,
    ProposeAuthority 4,
    AcceptAuthority 5,
    PauseOrg 4,
    SunsetPlan 4,
    TransferCode 5,
    AcceptCode 5,
    MarkPastDue 22,
    CancelNow 8,
    Resume 20,
    Pause 10,
    ChangePlan 28,
    Refund 30,
    Release 16,
    PayInvoice 24,
    ChargeUpTo 22,
    CreateCampaign 8,
    SetRoot 6,
    OpenPage 7,
    ClaimVoucher 36,
    CreatePool 4,
    FundPool 10,
    Stake 20,
    Unstake 14,
    Harvest 16,
    Close 34,
    CloseVault 6,
    CloseCampaign 5,
    ClosePool 5,
    // An instruction that was sent before, once more.
    Again 14,
    // Time passes: so long, or until something is due.
    Wait 16,
    Until 24,
    // What wallets and issuers do without the program.
    Revoke 9,
    Approve 6,
    Drain 6,
    Refill 12,
    Shut 2,
    Sell 2,
    Freeze 5,
    Thaw 10,
    Donate 8,
    ChangeMint 10,
    ChangeAccount 10,
}

/// One step.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) act: Act,
    /// What it chooses, in the order in which it asks; small numbers choose what is plain.
    pub(crate) choices: [u32; CHOICES],
    /// What an attacker does to the instruction; 0 is nothing.
    pub(crate) attack: u32,
}

/// A step with its first choices; the rest are 0.
pub(crate) fn step(act: Act, choices: &[u32], attack: u32) -> Step {
    let mut all = [0; CHOICES];
    all[..choices.len()].copy_from_slice(choices);
    Step {
        act,
        choices: all,
        attack,
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.choices.iter().rposition(|choice| *choice != 0);
        let choices = &self.choices[..last.map_or(0, |last| last + 1)];
        write!(f, "step({:?}, &{choices:?}, {})", self.act, self.attack)
    }
}

/// Numbers that follow from a seed.
pub(crate) struct Source(u64);

impl Source {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn number(&mut self) -> u32 {
        u32::try_from(self.next() >> 32).expect("32 bits")
    }
}

/// The sequence of a seed.
pub(crate) fn sequence(seed: u64, len: usize) -> Vec<Step> {
    let mut source = Source::new(seed);
    (0..len).map(|_| random(&mut source)).collect()
}

fn random(source: &mut Source) -> Step {
    let total: u32 = WEIGHTS.iter().map(|(_, weight)| weight).sum();
    let mut at = source.number() % total;
    let mut chosen = WEIGHTS[0].0;
    for (act, weight) in WEIGHTS {
        if at < *weight {
            chosen = *act;
            break;
        }
        at -= weight;
    }
    let attacked = source.number().is_multiple_of(5);
    let attack = source.number();
    Step {
        act: chosen,
        choices: std::array::from_fn(|_| source.number()),
        attack: if attacked { attack } else { 0 },
    }
}
