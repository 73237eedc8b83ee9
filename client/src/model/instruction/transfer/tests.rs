//! What the token programs refuse, one thing at a time.

use super::Payment;
use crate::model::{Call, Mint, Moment, Surroundings, TokenAccount, Verdict};
use solana_instruction::Instruction;
use tessera_types::{
    Address, ID, TesseraError,
    carrier::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM},
};

const ANN: Address = Address::new_from_array([1; 32]);
const BOB: Address = Address::new_from_array([2; 32]);
const MINT: Address = Address::new_from_array([3; 32]);
const FROM: Address = Address::new_from_array([4; 32]);
const TO: Address = Address::new_from_array([5; 32]);

struct Scene {
    from: TokenAccount,
    to: TokenAccount,
    mint: Mint,
    payment: Payment,
}

impl Surroundings for Scene {
    fn token_account(&self, address: &Address) -> Option<TokenAccount> {
        match *address {
            FROM => Some(self.from),
            TO => Some(self.to),
            _ => None,
        }
    }

    fn mint(&self, address: &Address) -> Option<Mint> {
        (*address == MINT).then_some(self.mint)
    }

    fn lamports(&self, _: &Address) -> u64 {
        0
    }

    fn upgrade_authority(&self) -> Option<Address> {
        None
    }
}

/// Ann pays 6 and 4 of the 10 that she holds.
fn scene(program: Address) -> Scene {
    let account = TokenAccount {
        program,
        mint: MINT,
        owner: ANN,
        amount: 10,
        delegate: None,
        frozen: false,
        wants_memo: false,
        cpi_guarded: false,
    };
    Scene {
        from: account,
        to: account,
        mint: Mint {
            program,
            decimals: 6,
            unpayable: None,
            permanent_delegate: false,
            frozen_by_default: false,
        },
        payment: Payment {
            program,
            mint: (program == TOKEN_2022_PROGRAM).then_some(MINT),
            from: FROM,
            signer: ANN,
            legs: vec![(TO, 6), (TO, 0), (TO, 4)],
        },
    }
}

/// The number of transfers, if all are allowed.
fn passes(program: Address, edit: impl FnOnce(&mut Scene)) -> Option<usize> {
    let mut scene = scene(program);
    edit(&mut scene);
    let instruction = Instruction {
        program_id: ID,
        accounts: vec![],
        data: vec![],
    };
    let call = Call {
        instruction: &instruction,
        transaction: &[],
        moment: Moment { now: 0, slot: 0 },
        surroundings: &scene,
    };
    let mut verdict = Verdict::default();
    let transfers = scene.payment.send(&call, &mut verdict);
    let refused = verdict.refusals().next().is_some();
    (!refused).then_some(transfers.len())
}

#[test]
fn a_transfer_that_either_program_refuses_does_not_pass() {
    let edits: [fn(&mut Scene); 9] = [
        |it| it.from.amount = 9,
        |it| it.from.frozen = true,
        |it| it.from.owner = BOB,
        |it| it.from.program = BOB,
        |it| it.from.delegate = Some((ANN, 9)),
        |it| it.to.frozen = true,
        |it| it.to.mint = BOB,
        |it| it.to.program = BOB,
        |it| it.payment.legs.push((BOB, 1)),
    ];
    for program in [TOKEN_PROGRAM, TOKEN_2022_PROGRAM] {
        for (number, edit) in edits.into_iter().enumerate() {
            assert_eq!(passes(program, edit), None, "{program} {number}");
        }
        assert_eq!(passes(program, |_| {}), Some(2));
    }
}

#[test]
fn token_2022_refuses_what_extensions_forbid() {
    let edits: [fn(&mut Scene); 6] = [
        |it| it.payment.mint = None,
        |it| (it.from.mint, it.to.mint) = (BOB, BOB),
        |it| it.from.cpi_guarded = true,
        |it| it.to.wants_memo = true,
        |it| it.mint.unpayable = Some(TesseraError::MintPaused),
        |it| it.mint.unpayable = Some(TesseraError::TransferHookActive),
    ];
    for (number, edit) in edits.into_iter().enumerate() {
        assert_eq!(passes(TOKEN_2022_PROGRAM, edit), None, "{number}");
    }
    // A fee is taken from what arrives.
    let fee = |it: &mut Scene| it.mint.unpayable = Some(TesseraError::TransferFeeActive);
    assert_eq!(passes(TOKEN_2022_PROGRAM, fee), Some(2));
}

#[test]
fn a_delegate_moves_what_is_approved_also_where_programs_may_not() {
    let delegated = |it: &mut Scene| {
        it.payment.signer = BOB;
        it.from.delegate = Some((BOB, 10));
        it.from.cpi_guarded = true;
    };
    assert_eq!(passes(TOKEN_2022_PROGRAM, delegated), Some(2));
    let short = |it: &mut Scene| {
        delegated(it);
        it.from.delegate = Some((BOB, 9));
    };
    assert_eq!(passes(TOKEN_2022_PROGRAM, short), None);
}

#[test]
fn where_nothing_moves_nothing_is_looked_at() {
    let nothing = |it: &mut Scene| {
        it.payment.legs = vec![(BOB, 0)];
        it.from.frozen = true;
    };
    assert_eq!(passes(TOKEN_PROGRAM, nothing), Some(0));
}
